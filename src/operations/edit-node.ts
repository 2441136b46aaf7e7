import { z } from 'zod'
import { jumpName, jumpOf, type TagJumps } from '../../registry/jumps.ts'
import {
  type NodeRecord,
  nodeIdSchema,
  nodeRecordSchema,
  remotePathSchema,
  sshUserSchema,
  tagSchema,
  typedNameSchema,
  unitNameSchema,
  unitSchema,
} from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { rememberSnapshot } from '../monitor/observe.ts'
import { unitOf } from '../openclaw/service.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { firstLook, isUnseen, refuseUnseen } from './first-look.ts'
import { approvedKey, offeredKeySchema, refuseForeignKey } from './host-key.ts'
import {
  approvedJump,
  jumpTextSchema,
  type OfferedJump,
  offeredJumpSchema,
  offerJump,
  wantedJump,
} from './jump-host.ts'
import { namesakeOf, refuseTakenAddress } from './node-address.ts'
import { type Call, definePlanned } from './operation.ts'
import { isRuled } from './second-person.ts'
import { spelledHostSchema, unfoldHost } from './spelled-host.ts'

const { sshPort, gatewayPort } = nodeRecordSchema.shape

const inputSchema = z
  .strictObject({
    node: nodeIdSchema,
    name: typedNameSchema.optional(),
    host: spelledHostSchema.optional(),
    sshPort: sshPort.optional(),
    sshUser: sshUserSchema.optional(),
    gatewayPort: gatewayPort.optional(),
    ocPath: remotePathSchema.optional(),
    /** Null for the unit that OpenClaw itself writes. */
    unit: unitNameSchema.nullable().optional(),
    unitLevel: unitSchema.shape.level.optional(),
    /** Null for no jump host of its own. */
    jump: jumpTextSchema.nullable().optional(),
    /** All the tags that it is to have. */
    tags: z.array(tagSchema).max(32).optional(),
    /** Saves it also when the node cannot be looked at as it would then be. */
    force: z.boolean().default(false),
  })
  .transform(unfoldHost)
type Input = z.infer<typeof inputSchema>

const FIELDS = [
  'name',
  'host',
  'sshPort',
  'sshUser',
  'gatewayPort',
  'ocPath',
  'unit',
  'jump',
  'tags',
] as const
export type EditedField = (typeof FIELDS)[number]
/** What decides whether and how the node is reached: none of it is saved unseen. */
const REACH: ReadonlySet<EditedField> = new Set([
  'host',
  'sshPort',
  'sshUser',
  'gatewayPort',
  'ocPath',
  'unit',
  'jump',
])
/** What decides which machine it is. */
const ADDRESS: ReadonlySet<EditedField> = new Set(['host', 'sshPort', 'jump'])

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  /** Values as text; null where nothing was set. */
  changes: z.array(
    z.strictObject({ field: z.enum(FIELDS), from: z.string().nullable(), to: z.string().nullable() }),
  ),
  /** The key that the new address offers; null where the address stays, or did not answer and `force` is set. */
  offered: offeredKeySchema.nullable(),
  /** `same` when it is approved for this node; null without a key. */
  known: z.enum(['known-hosts', 'new', 'same']).nullable(),
  /** The jump host that it gets for its own; null where it gets none. */
  jump: offeredJumpSchema.nullable(),
  /** Whether the node is looked at before anything is saved. */
  looks: z.boolean(),
  force: z.boolean(),
  /** Another node that is shown under the same name. */
  namesake: z.string().nullable().default(null),
})
/** What edit-node is about to change. */
export type EditPlan = z.infer<typeof planSchema>

export type EditStep = { step: 'probing' } | { step: 'saving' }

/** edit-node. */
export interface EditResult {
  node: NodeRecord
  changes: EditPlan['changes']
  /** How it stands as it is now; null where it did not have to be looked at. */
  state: NodeState | null
  reason: Reason | null
}

/**
 * Changes what ocm knows of a node. A new address needs its host key approved; whatever decides how the node is reached
 * is saved only after a look with it, unless that is forced: then the result is `partial` when the look failed.
 */
export const editNode = definePlanned<Input, EditResult, EditStep, EditPlan>({
  name: 'edit-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  tagsOf: ({ tags }, node) => movedTags(node?.tags ?? [], tags),
  // Without its tag a rule would no longer find the node.
  loosens: ({ approvals }, { tags }, node) =>
    (node?.tags ?? []).some((tag) => tags !== undefined && !tags.includes(tag) && isRuled(approvals, tag)),
  acts: { sessionOf: () => null },
  planSchema,
  async prepare(context, input, call) {
    const before = call.node()
    const jumps = context.registry.jumps()
    const jump = input.jump ? await askedJump(context, before, input, call) : null
    const after = withOwnJump(edited(before, input), input, jump, call, context.clock.now())
    const changes = changesBetween(before, after, jumps)
    if (changes.length === 0) throw new OperatorError('nothing-to-change', { node: before.id })
    // Another key at the same jump host is another way, though it is called the same.
    const newKey = jump !== null && jump.offered !== null && jump.known !== 'same'
    const looks = newKey || changes.some(({ field }) => REACH.has(field))
    if (looks) refuseTakenAddress(context, call.actor, after, before.id)
    const moves = changes.some(({ field }) => ADDRESS.has(field))
    const key = moves ? await offeredKey(context, after, input, call) : { offered: null, known: null }
    const { id: nodeId, name: nodeName } = before
    const namesake = after.name === before.name ? null : namesakeOf(context, call.actor, after)
    const plan = { nodeId, nodeName, changes, ...key, jump, looks, force: input.force, namesake }
    return { plan, seen: null }
  },
  async run(context, input, call, { plan }) {
    const moved = plan.changes.some(({ field }) => ADDRESS.has(field))
    const now = context.clock.now()
    const change = (record: NodeRecord): NodeRecord => ({
      ...withOwnJump(edited(record, input), input, plan.jump, call, now),
      hostKeys: moved ? keysAt(plan, record, call, now) : record.hostKeys,
    })
    const looked = async () => {
      call.progress({ step: 'probing' })
      return await firstLook(context, change(call.node()), call)
    }
    const snapshot = plan.looks ? await looked() : null
    if (snapshot && !input.force) refuseUnseen(change(call.node()), snapshot)
    call.progress({ step: 'saving' })
    const node = await context.registry.update(call.node().id, change)
    if (snapshot) {
      await context.nodes.forget(node.id)
      rememberSnapshot(context, snapshot)
    }
    const { state, reason } = snapshot ?? { state: null, reason: null }
    const outcome = snapshot !== null && isUnseen(snapshot) ? 'partial' : 'done'
    return { outcome, data: { node, changes: plan.changes, state, reason } }
  },
})

/** Tags that are given or taken, each with the nodes behind it; null when they stay as they are. */
function movedTags(before: readonly string[], after: readonly string[] | undefined): string[] | null {
  if (after === undefined) return null
  const moved = [
    ...before.filter((tag) => !after.includes(tag)),
    ...after.filter((tag) => !before.includes(tag)),
  ]
  return moved.length === 0 ? null : moved
}

function edited(record: NodeRecord, input: Input): NodeRecord {
  return {
    ...record,
    name: input.name ?? record.name,
    host: input.host ?? record.host,
    sshPort: input.sshPort ?? record.sshPort,
    sshUser: input.sshUser ?? record.sshUser,
    gatewayPort: input.gatewayPort ?? record.gatewayPort,
    ocPath: input.ocPath ?? record.ocPath,
    unit: editedUnit(record, input),
    tags: input.tags ? [...new Set(input.tags)] : record.tags,
  }
}

function editedUnit(record: NodeRecord, { unit, unitLevel }: Input): NodeRecord['unit'] {
  if (unit === null) return null
  if (unit === undefined && unitLevel === undefined) return record.unit
  const before = unitOf(record)
  return { name: unit ?? before.name, level: unitLevel ?? before.level }
}

function changesBetween(before: NodeRecord, after: NodeRecord, jumps: TagJumps): EditPlan['changes'] {
  const text = (record: NodeRecord, field: EditedField) => {
    // The way that it is reached by: with other tags it may be another one.
    const jump = field === 'jump' ? jumpOf(record, jumps) : null
    if (field === 'jump') return jump && jumpName(jump)
    if (field === 'unit') return record.unit && `${record.unit.name} (${record.unit.level})`
    const value = record[field]
    return Array.isArray(value) ? value.join(', ') || null : value === null ? null : String(value)
  }
  return FIELDS.map((field) => ({ field, from: text(before, field), to: text(after, field) })).filter(
    ({ from, to }) => from !== to,
  )
}

function askedJump(context: Context, before: NodeRecord, input: Input, call: Call<never>) {
  const { force } = input
  const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal, fresh: true, force }
  const wanted = wantedJump(input.jump ?? '', input.sshUser ?? before.sshUser)
  return offerJump(context, wanted, before.jump, limits)
}

/** The record with the jump host that was asked for: an approved one, none, or the one that it has. */
function withOwnJump(
  record: NodeRecord,
  { jump }: Input,
  offered: OfferedJump | null,
  { actor }: Call<EditStep>,
  now: number,
): NodeRecord {
  if (offered) return { ...record, jump: approvedJump(offered, record.jump, actor, now) }
  return jump === null ? { ...record, jump: null } : record
}

/** The key that the new address offers. @throws OperatorError node-unreachable unless forced, host-key-taken */
async function offeredKey(
  context: Context,
  after: NodeRecord,
  input: Input,
  call: Call<never>,
): Promise<Pick<EditPlan, 'offered' | 'known'>> {
  const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal, fresh: true }
  const { host, sshPort } = after
  const address = { host, sshPort, jump: jumpOf(after, context.registry.jumps()) }
  const offered = await context.nodes.scanHostKey(address, limits).catch((error: unknown) => {
    if (input.force && error instanceof OperatorError && error.code !== 'cancelled') return null
    throw error
  })
  if (offered === null) return { offered: null, known: null }
  await refuseForeignKey(context, call.actor, offered, after.id, address, limits)
  const among = (keys: readonly { key: string }[]) => keys.some(({ key }) => key === offered.key)
  const elsewhere = among(context.nodes.knownHostKeys(after)) ? 'known-hosts' : 'new'
  return { offered, known: among(after.hostKeys) ? 'same' : elsewhere }
}

/** The keys of a node that moved: what was approved for another address counts no longer. */
function keysAt(plan: EditPlan, record: NodeRecord, { actor }: Call<EditStep>, now: number) {
  if (plan.offered === null) return []
  return plan.known === 'same' ? record.hostKeys : [approvedKey(plan.offered, actor, now)]
}
