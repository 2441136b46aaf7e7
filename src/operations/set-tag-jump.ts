import { z } from 'zod'
import { jumpName, jumpOf, type TagJumps } from '../../registry/jumps.ts'
import { type JumpHost, type NodeRecord, tagSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Context } from './context.ts'
import { approvedJump, jumpTextSchema, offeredJumpSchema, offerJump, wantedJump } from './jump-host.ts'
import { strayTags } from './known-tags.ts'
import { type Call, definePlanned } from './operation.ts'

/** So many of the nodes behind it are looked for; the rest of a fleet says by itself how it is. */
const MOST_LOOKS = 8

const inputSchema = z.strictObject({
  tag: tagSchema,
  /** Null for none any more. */
  jump: jumpTextSchema.nullable(),
  /** Saves it also when no node is reached that way. */
  force: z.boolean().default(false),
})
type Input = z.infer<typeof inputSchema>

const planSchema = z.strictObject({
  tag: tagSchema,
  /** What it is called, as `user@host:port`; null for none. */
  from: z.string().nullable(),
  to: z.string().nullable(),
  jump: offeredJumpSchema.nullable(),
  /** The nodes that are reached another way from then on. */
  nodes: z.array(z.string()),
  force: z.boolean(),
  /** Set where no node carries the tag. */
  stray: z.strictObject({ tag: z.string(), near: z.string().nullable() }).nullable(),
})
/** What set-tag-jump is about to change. */
export type TagJumpPlan = z.infer<typeof planSchema>

export type TagJumpStep = { step: 'connecting' } | { step: 'saving' }

/** set-tag-jump. */
export interface TagJumpResult {
  tag: string
  jump: JumpHost | null
  /** How many nodes are reached another way now. */
  nodes: number
  /** How many of them were looked for, and how many of those showed their approved host key. */
  looked: number
  reached: number
}

/**
 * Says through which jump host the nodes with a tag are reached that have none of their own. Its host key is approved as
 * that of a node is. Before it is saved, ocm logs in there and looks for some of the nodes behind it: nothing is saved
 * when none is found, unless that is forced; `partial` when not all of them were.
 */
export const setTagJump = definePlanned<Input, TagJumpResult, TagJumpStep, TagJumpPlan>({
  name: 'set-tag-jump',
  access: 'admin',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  tagsOf: ({ tag }) => [tag],
  planSchema,
  async prepare(context, { tag, jump: text, force }, call) {
    const jumps = context.registry.jumps()
    const before = jumpOf({ jump: null, tags: [tag] }, jumps)
    const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal, fresh: true, force }
    const jump =
      text === null ? null : await offerJump(context, wantedJump(text, before?.user ?? null), before, limits)
    const [from, to] = [before && jumpName(before), jump && jumpName(jump)]
    const newKey = jump !== null && jump.offered !== null && jump.known !== 'same'
    if (from === to && !newKey) throw new OperatorError('nothing-to-change')
    const next = withTagJump(jumps, tag, jump && approvedJump(jump, before, call.actor, context.clock.now()))
    const nodes = movedNodes(context, jumps, next).map(({ id }) => id)
    const [stray = null] = jump === null ? [] : strayTags(context, call.actor, [tag])
    return { plan: { tag, from, to, jump, nodes, force, stray }, seen: null }
  },
  async run(context, input, call, { plan }) {
    const jumps = context.registry.jumps()
    const before = jumpOf({ jump: null, tags: [plan.tag] }, jumps)
    const jump = plan.jump && approvedJump(plan.jump, before, call.actor, context.clock.now())
    const nodes = movedNodes(context, jumps, withTagJump(jumps, plan.tag, jump))
    call.progress({ step: 'connecting' })
    const seen = await lookThrough(context, jump, nodes.slice(0, MOST_LOOKS), call).catch(
      (error: unknown) => {
        if (input.force && error instanceof OperatorError && error.code !== 'cancelled') return null
        throw error
      },
    )
    const reached = seen?.reached ?? 0
    if (seen?.failure && reached === 0 && !input.force) throw seen.failure
    call.progress({ step: 'saving' })
    await context.registry.setTagJump(plan.tag, jump)
    await Promise.all(nodes.map(({ id }) => context.nodes.forget(id)))
    const looked = Math.min(nodes.length, MOST_LOOKS)
    const outcome = seen !== null && reached === looked ? 'done' : 'partial'
    return { outcome, data: { tag: plan.tag, jump, nodes: nodes.length, looked, reached } }
  },
})

function withTagJump(jumps: TagJumps, tag: string, jump: JumpHost | null): TagJumps {
  const { [tag]: _before, ...others } = jumps
  return jump ? { ...others, [tag]: jump } : others
}

/** Nodes in service whose way changes. */
function movedNodes({ registry }: Context, before: TagJumps, after: TagJumps): NodeRecord[] {
  const way = (node: NodeRecord, jumps: TagJumps) => {
    const jump = jumpOf(node, jumps)
    return jump && [jumpName(jump), ...jump.hostKeys.map(({ key }) => key)].join(' ')
  }
  return registry.list().filter((node) => node.state !== 'retired' && way(node, before) !== way(node, after))
}

/**
 * Logs in to the jump host and looks for the nodes behind it; for the nodes alone where the way is to be direct.
 * @throws OperatorError what stands against the jump host itself
 */
async function lookThrough(
  { nodes, limits }: Context,
  jump: JumpHost | null,
  records: readonly NodeRecord[],
  { signal }: Call<TagJumpStep>,
): Promise<{ reached: number; failure: unknown }> {
  const within = { deadlineMs: limits.statusDeadlineMs, signal, fresh: true }
  if (jump) await nodes.tryJump(jump, within)
  const looks = await Promise.allSettled(
    records.map(async ({ id, host, sshPort, hostKeys }) => {
      const offered = await nodes.scanHostKey({ host, sshPort, jump }, within)
      const [pinned] = hostKeys
      if (!pinned || hostKeys.some(({ key, type }) => key === offered.key || type !== offered.type)) return
      throw new OperatorError('host-key-changed', {
        node: id,
        expected: pinned.fingerprint,
        offered: offered.fingerprint,
      })
    }),
  )
  const failed = looks.filter((look) => look.status === 'rejected')
  return { reached: looks.length - failed.length, failure: failed[0]?.reason ?? null }
}
