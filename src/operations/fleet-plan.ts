import pLimit from 'p-limit'
import { z } from 'zod'
import { tagSchema } from '../../registry/schema.ts'
import { ERROR_CODES, type ErrorCode, OperatorError } from '../base/errors.ts'
import { nodeStateSchema } from '../openclaw/snapshot.ts'
import { mayUse } from './access.ts'
import type { Context } from './context.ts'
import type { FleetChange, Tagged } from './fleet-change.ts'
import { noNodes } from './known-tags.ts'
import type { Call } from './operation.ts'

/** Which nodes are meant: those that carry every one of the tags; all without any. */
export const fleetInput = { tags: z.array(tagSchema).max(8).default([]) }

/** What is asked with a change of many nodes that asks nothing more of each. */
export const fleetChangeInput = z.strictObject({
  ...fleetInput,
  reason: z.string().trim().max(300).nullable().default(null),
})

/** Why a node is left out of a change of many. `impossible`: a look at it found what stands against it. */
const LEFT_OUT = [
  'retired',
  'maintenance',
  'not-permitted',
  'not-reachable',
  'already',
  'impossible',
] as const
export type LeftOut = (typeof LEFT_OUT)[number]

const isCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CODES, code)

/** What an update would do to one node. */
const plannedUpdateSchema = z.strictObject({
  from: z.string(),
  bringsNode: z.boolean(),
  /** `openclaw doctor` migrates its state. */
  doctor: z.boolean(),
  /** An earlier update to this version did not end there. */
  resumes: z.boolean(),
  /** Its OpenClaw tells of no turn whether it runs, and lets none end first (2026.2.17). */
  blind: z.boolean().default(false),
})

const plannedNodeSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  state: nodeStateSchema,
  update: plannedUpdateSchema.optional(),
})
/** One node of a plan, with what will be done to it where that differs from node to node. */
export type PlannedNode = z.infer<typeof plannedNodeSchema>

const leftNodeSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  why: z.enum(LEFT_OUT),
  /** What stands against it; only with `impossible`. */
  error: z
    .strictObject({
      code: z.custom<ErrorCode>((code) => typeof code === 'string' && isCode(code)),
      params: z.record(z.string(), z.union([z.string(), z.number()])),
    })
    .optional(),
})
type LeftNode = z.infer<typeof leftNodeSchema>

/** What a look at one node finds: what will be done to it, or why nothing. */
export type NodeLook = Pick<PlannedNode, 'update'> | Pick<LeftNode, 'why' | 'error'>

/** How the plan of a change of many nodes comes back from a file. */
export const fleetPlanSchema = z.strictObject({
  tags: z.array(z.string()),
  /** In the order in which they are begun. */
  nodes: z.array(plannedNodeSchema),
  left: z.array(leftNodeSchema),
  /** How many are done one after the other, or a few at once, before the next; the last goes on to the end. */
  waves: z.array(z.number()),
  /** What is asked of each node; each operation has its own. */
  asked: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
/** What is about to be done to many nodes. */
export type FleetPlan = z.infer<typeof fleetPlanSchema>

/** Nodes that are looked at at once before a change. */
const LOOKS_AT_ONCE = 8
/** Nodes that an error names for one reason when there is nothing to do. */
const NAMES_TOLD = 6
/** Which nodes a change is made on and which it leaves out. @throws OperatorError no-nodes, nodes-left-out */
export async function planFleet<Input extends Tagged>(
  change: FleetChange<Input>,
  context: Context,
  input: Input,
  call: Call<never>,
): Promise<FleetPlan> {
  const { tags } = input
  const asked = change.asked(input)
  const limit = pLimit(LOOKS_AT_ONCE)
  const meant = context.registry
    .list()
    // Who may not see a node is not told that it is there.
    .filter((node) => tags.every((tag) => node.tags.includes(tag)) && mayUse(call.actor, 'viewer', node))
  const found = await Promise.all(
    meant.map(async (node): Promise<PlannedNode | LeftNode> => {
      const { id, name } = node
      const why = mayUse(call.actor, change.access, node)
        ? node.state === 'retired'
          ? 'retired'
          : (change.leaveOut?.(context, input, node) ?? null)
        : 'not-permitted'
      if (why !== null) return { id, name, why }
      const look = await limit(async () => change.look?.(context, input, { ...call, node: () => node }))
      if (look !== undefined && 'why' in look) return { id, name, ...look }
      // The look has just read it.
      return { id, name, state: context.snapshots.get(id)?.state ?? 'unknown', ...look }
    }),
  )
  const left = found.filter((node) => 'why' in node)
  // What was cut is brought to its end before anything else is begun.
  const nodes = found.filter((node) => 'state' in node).sort((a, b) => rankOf(a) - rankOf(b))
  if (nodes.length === 0) throw nothingToDo(tags, left) ?? noNodes(context, call.actor, tags)
  return { tags, nodes, left, waves: wavesOf(change.firstWaves ?? [], nodes.length), asked }
}

function rankOf({ update }: PlannedNode): number {
  return update?.resumes ? 0 : 1
}

/** Why nothing is begun at all: what most of the nodes have in common is told in words, the others by name; null where none was found. */
function nothingToDo(tags: readonly string[], left: readonly LeftNode[]): OperatorError | null {
  const tag = tags.length > 0 ? { tag: tags.join(', ') } : {}
  const alike = new Map<string, LeftNode[]>()
  for (const node of left) {
    const { why, from } = node.error?.params ?? {}
    const key = JSON.stringify([node.why, node.error?.code, why, from])
    alike.set(key, [...(alike.get(key) ?? []), node])
  }
  const [most = [], ...fewer] = [...alike.values()].sort((a, b) => b.length - a.length)
  const [first] = most
  if (first === undefined) return null
  const { reason, why: problem, from, to } = first.error?.params ?? {}
  // What else stands against a node has no words of its own here.
  const isUpdate = first.error?.code === 'update-impossible' && problem !== undefined
  return new OperatorError('nodes-left-out', {
    ...(reason === undefined ? {} : { reason }),
    ...(from === undefined || to === undefined ? {} : { from, to }),
    ...(fewer.length > 0 ? { others: namesOf(fewer.flat()) } : {}),
    ...tag,
    ...{ total: left.length, names: namesOf(most), left: isUpdate ? problem : first.why },
  })
}

function namesOf(nodes: readonly LeftNode[]): string {
  const more = nodes.length - NAMES_TOLD
  return [...nodes.slice(0, NAMES_TOLD).map(({ id }) => id), ...(more > 0 ? [`+${more}`] : [])].join(', ')
}

/** What was confirmed covers the same asked of the same nodes or fewer, each done in the same way. */
export function coversFleet(confirmed: FleetPlan, now: FleetPlan): boolean {
  const shown = new Map(confirmed.nodes.map((node) => [node.id, JSON.stringify(node.update)]))
  const same = JSON.stringify(confirmed.asked) === JSON.stringify(now.asked)
  const covered = ({ id, update }: PlannedNode) => shown.has(id) && shown.get(id) === JSON.stringify(update)
  return same && confirmed.tags.join() === now.tags.join() && now.nodes.every(covered)
}

function wavesOf(first: readonly number[], count: number): number[] {
  const waves: number[] = []
  let rest = count
  for (const size of first) {
    const now = Math.min(size, rest)
    if (now > 0) waves.push(now)
    rest -= now
  }
  return rest > 0 ? [...waves, rest] : waves
}
