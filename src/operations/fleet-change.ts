import pLimit from 'p-limit'
import { z } from 'zod'
import { type NodeRecord, tagSchema } from '../../registry/schema.ts'
import { type ErrorCode, type ErrorParams, OperatorError } from '../base/errors.ts'
import { nodeStateSchema } from '../openclaw/snapshot.ts'
import { type AccessLevel, mayUse } from './access.ts'
import type { Context } from './context.ts'
import { type Call, definePlanned, type Operation, type Outcome } from './operation.ts'

/** Which nodes are meant: those that carry every one of the tags; all without any. */
export const fleetInput = { tags: z.array(tagSchema).max(8).default([]) }

/** What is asked with a change of many nodes that asks nothing more of each. */
export const fleetChangeInput = z.strictObject({
  ...fleetInput,
  reason: z.string().trim().max(300).nullable().default(null),
})

/** Why a node is left out of a change of many. */
const LEFT_OUT = ['retired', 'maintenance', 'not-permitted', 'not-reachable', 'already'] as const
export type LeftOut = (typeof LEFT_OUT)[number]

const fleetPlanSchema = z.strictObject({
  tags: z.array(z.string()),
  /** In the order in which they are begun. */
  nodes: z.array(z.strictObject({ id: z.string(), name: z.string(), state: nodeStateSchema })),
  left: z.array(z.strictObject({ id: z.string(), name: z.string(), why: z.enum(LEFT_OUT) })),
  /** How many are done one after the other, or a few at once, before the next; the last goes on to the end. */
  waves: z.array(z.number()),
  /** What is asked of each node; each operation has its own. */
  asked: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
/** What is about to be done to many nodes. */
export type FleetPlan = z.infer<typeof fleetPlanSchema>

/** One node of a change of many. `refused`: nothing was done to it; `not-begun`: it was not its turn any more. */
export interface FleetRow {
  id: string
  name: string
  state: Outcome | 'waiting' | 'running' | 'refused' | 'not-begun'
  error: { code: ErrorCode; params: ErrorParams } | null
  tookMs: number | null
}

/** `changed` is the row that has just moved; `rows` are all of them as they stand. */
export interface FleetStep {
  step: 'node'
  changed: FleetRow
  rows: readonly FleetRow[]
}

/** How a change of many nodes ended. */
export interface FleetResult {
  tags: readonly string[]
  rows: readonly FleetRow[]
  left: FleetPlan['left']
  /** The node whose ending kept others from being begun; null where none did. */
  haltedBy: string | null
  /** Somebody stopped it: what had begun went on to its end. */
  stopped: boolean
}

interface Tagged {
  tags: string[]
}

/** What makes one operation out of the same one on many nodes. */
interface FleetChange<Input extends Tagged> {
  name: string
  access: AccessLevel
  input: z.ZodType<Input>
  /** The name of the operation that it does to each node. */
  part: string
  /** What is asked of each node, for the plan. */
  asked(input: Input): FleetPlan['asked']
  /** Why a node is left out though it has the tag; null where it is not. */
  leaveOut?(context: Context, input: Input, node: NodeRecord): LeftOut | null
  /** The first nodes are done in small waves; the next wave begins once every node of the last one is `done`. */
  careful: boolean
  /** How many nodes at once, at most. */
  atOnce: number
  /** Whether this error of one node is one of all: no more are begun. */
  endsAll?(code: ErrorCode): boolean
  /** Does it to one node, with everything that the operation on a single one does. */
  act(context: Context, call: Call<FleetStep>, input: Input, nodeId: string): Promise<Outcome>
}

/** Nodes of the first waves of a careful change: one, then a few. */
const FIRST_WAVES = [1, 3] as const

/**
 * The same change for many nodes: one plan that names each, one run, each node through its own operation with its own
 * checks, lock, journal and audit. A careful one begins with a single node and halts where a node that was changed is not
 * `done`; what had begun goes on to its end, and the rest is told as not begun.
 */
export function defineFleetChange<Input extends Tagged>(
  change: FleetChange<Input>,
): Operation<Input, FleetResult, FleetStep, FleetPlan> {
  return definePlanned<Input, FleetResult, FleetStep, FleetPlan>({
    name: change.name,
    access: change.access,
    effect: 'change',
    input: change.input,
    nodeOf: () => null,
    tagsOf: ({ tags }) => tags,
    parts: [change.part],
    planSchema: fleetPlanSchema,
    nodesIn: ({ nodes }) => nodes.map(({ id }) => id),
    async prepare(context, input, call) {
      const plan = planOf(change, context, input, call)
      if (plan.nodes.length === 0)
        throw new OperatorError('no-nodes', plan.tags.length > 0 ? { tag: plan.tags.join(', ') } : {})
      return { plan, seen: null }
    },
    holds: (confirmed, now) => {
      const shown = new Set(confirmed.nodes.map(({ id }) => id))
      const same = JSON.stringify(confirmed.asked) === JSON.stringify(now.asked)
      return same && confirmed.tags.join() === now.tags.join() && now.nodes.every(({ id }) => shown.has(id))
    },
    run: (context, input, call, { plan }) => runFleet(change, context, input, call, plan),
  })
}

function planOf<Input extends Tagged>(
  change: FleetChange<Input>,
  context: Context,
  input: Input,
  { actor }: Call<never>,
): FleetPlan {
  const nodes: FleetPlan['nodes'] = []
  const left: FleetPlan['left'] = []
  const { tags } = input
  for (const node of context.registry.list()) {
    // Who may not see a node is not told that it is there.
    if (!tags.every((tag) => node.tags.includes(tag)) || !mayUse(actor, 'viewer', node)) continue
    const { id, name } = node
    const state = context.snapshots.get(id)?.state ?? 'unknown'
    const why = mayUse(actor, change.access, node)
      ? node.state === 'retired'
        ? 'retired'
        : (change.leaveOut?.(context, input, node) ?? null)
      : 'not-permitted'
    if (why === null) nodes.push({ id, name, state })
    else left.push({ id, name, why })
  }
  const waves = change.careful ? wavesOf(nodes.length) : [nodes.length]
  return { tags, nodes, left, waves, asked: change.asked(input) }
}

function wavesOf(count: number): number[] {
  const waves: number[] = []
  let rest = count
  for (const size of FIRST_WAVES) {
    const now = Math.min(size, rest)
    if (now > 0) waves.push(now)
    rest -= now
  }
  return rest > 0 ? [...waves, rest] : waves
}

async function runFleet<Input extends Tagged>(
  change: FleetChange<Input>,
  context: Context,
  input: Input,
  call: Call<FleetStep>,
  plan: FleetPlan,
): Promise<{ outcome: Outcome; data: FleetResult }> {
  const rows: FleetRow[] = plan.nodes.map(({ id, name }) => ({
    id,
    name,
    state: 'waiting',
    error: null,
    tookMs: null,
  }))
  let haltedBy: string | null = null
  const limit = pLimit(change.atOnce)
  const moved = (row: FleetRow) => call.progress({ step: 'node', changed: { ...row }, rows })

  const one = async (row: FleetRow): Promise<void> => {
    if (haltedBy !== null || call.signal.aborted) return
    const began = context.clock.monotonic()
    row.state = 'running'
    moved(row)
    try {
      row.state = await change.act(context, call, input, row.id)
    } catch (error) {
      const known =
        error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
      row.state = stateOf(known)
      row.error = { code: known.code, params: known.params }
    }
    row.tookMs = Math.round(context.clock.monotonic() - began)
    const bad = row.state !== 'done' && row.state !== 'refused'
    const all = row.error !== null && (change.endsAll?.(row.error.code) ?? false)
    if ((change.careful && bad) || all) haltedBy ??= row.id
    moved(row)
  }

  let begun = 0
  for (const size of plan.waves) {
    await Promise.all(rows.slice(begun, begun + size).map((row) => limit(() => one(row))))
    begun += size
  }
  const stopped = call.signal.aborted && rows.some(({ state }) => state === 'waiting')
  for (const row of rows) if (row.state === 'waiting') row.state = 'not-begun'
  const data = { tags: plan.tags, rows, left: plan.left, haltedBy, stopped }
  return { outcome: outcomeOf(rows), data }
}

/** What a single operation could not do because of a rule or a name has changed nothing. */
function stateOf({ kind }: OperatorError): FleetRow['state'] {
  if (kind === 'refused' || kind === 'usage') return 'refused'
  return kind === 'unknown' ? 'unknown' : 'failed'
}

function outcomeOf(rows: readonly FleetRow[]): Outcome {
  const count = (...states: FleetRow['state'][]) => rows.filter(({ state }) => states.includes(state)).length
  if (count('done') === rows.length) return 'done'
  if (count('done', 'partial') > 0) return 'partial'
  return count('unknown') > 0 ? 'unknown' : 'failed'
}
