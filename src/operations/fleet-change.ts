import pLimit from 'p-limit'
import type { z } from 'zod'
import type { NodeRecord } from '../../registry/schema.ts'
import { stopperOf } from '../base/abort.ts'
import { type ErrorCode, type ErrorParams, OperatorError } from '../base/errors.ts'
import type { AccessLevel } from './access.ts'
import type { Context } from './context.ts'
import {
  coversFleet,
  type FleetPlan,
  fleetPlanSchema,
  type LeftOut,
  type NodeLook,
  type PlannedNode,
  planFleet,
} from './fleet-plan.ts'
import { type Call, definePlanned, type Operation, type Outcome } from './operation.ts'
import { resultOf } from './run-failure.ts'
import type { UpdateResult, UpdateStep } from './update-node.ts'

/** How the update of one of many nodes ended. */
export type UpdateEnd = Pick<
  UpdateResult,
  'from' | 'to' | 'state' | 'serving' | 'fault' | 'checkpoint' | 'restored' | 'turn'
>

/**
 * One node of a change of many. `refused`: nothing was done to it; `stopped`: it was stopped before anything was changed on it;
 * `not-begun`: it was not its turn any more.
 */
export interface FleetRow {
  id: string
  name: string
  state: Outcome | 'waiting' | 'running' | 'refused' | 'stopped' | 'not-begun'
  error: { code: ErrorCode; params: ErrorParams } | null
  tookMs: number | null
  /** What is being done to it, where that takes long. */
  step?: UpdateStep
  update?: UpdateEnd
}

/** A node has moved: its row as it stands now. */
export interface FleetStep {
  step: 'node'
  changed: FleetRow
}

/** How a change of many nodes ended. */
export interface FleetResult {
  tags: readonly string[]
  rows: readonly FleetRow[]
  left: FleetPlan['left']
  /** The node whose ending kept others from being begun; null where none did. */
  haltedBy: string | null
  /** It was stopped before every node had its turn to the end. */
  stopped: boolean
  /** Who stopped it, as they call themselves; null where nobody did, or nobody knows. */
  stoppedBy: string | null
}

export interface Tagged {
  tags: string[]
}

/** Nothing was done to these. */
const UNTOUCHED: ReadonlySet<FleetRow['state']> = new Set(['refused', 'stopped'])

/** What makes one operation out of the same one on many nodes. */
export interface FleetChange<Input extends Tagged> {
  name: string
  access: AccessLevel
  input: z.ZodType<Input>
  /** The name of the operation that it does to each node. */
  part: string
  /** The look before it takes the full key, as each node's own operation does. */
  needsFullKey?: boolean
  /** What is asked of each node, for the plan. */
  asked(input: Input): FleetPlan['asked']
  /** Why a node is left out though it has the tag; null where it is not. */
  leaveOut?(context: Context, input: Input, node: NodeRecord): LeftOut | null
  /** Looks at a node that is not left out. Never rejects for what the node is. */
  look?(context: Context, input: Input, call: Call<never>): Promise<NodeLook>
  /**
   * The sizes of the first waves of a careful change: the next wave begins once every node of the last one is `done`, and
   * a node that is not halts it. Left out where no node keeps another from its turn.
   */
  firstWaves?: readonly number[]
  /** How many nodes at once, at most. */
  atOnce: number
  /** Whether this error of one node is one of all: no more are begun. */
  endsAll?(code: ErrorCode): boolean
  /** Does it to one node, with everything that the operation on a single one does. */
  act(
    context: Context,
    call: Call<UpdateStep>,
    input: Input,
    planned: PlannedNode,
  ): Promise<{ outcome: Outcome; update?: UpdateEnd }>
}

/**
 * The same change for many nodes: one plan that names each, one run, each node through its own operation with its own
 * checks, lock, journal and audit. A careful one begins with a single node and halts where a node that was changed is not
 * `done`; what had begun goes on to its end, and the rest is told as not begun. One that is stopped begins nothing more, and what
 * has begun goes on or is left as it was, as the operation on a single node does.
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
    stops: true,
    ...(change.needsFullKey ? { needsFullKey: true } : {}),
    planSchema: fleetPlanSchema,
    nodesIn: ({ nodes }) => nodes.map(({ id }) => id),
    prepare: async (context, input, call) => ({
      plan: await planFleet(change, context, input, call),
      seen: null,
    }),
    holds: coversFleet,
    run: (context, input, call, { plan }) => runFleet(change, context, input, call, plan),
  })
}

async function runFleet<Input extends Tagged>(
  change: FleetChange<Input>,
  context: Context,
  input: Input,
  call: Call<FleetStep>,
  plan: FleetPlan,
): Promise<{ outcome: Outcome; data: FleetResult }> {
  const rows = plan.nodes.map(
    ({ id, name }): FleetRow => ({ id, name, state: 'waiting', error: null, tookMs: null }),
  )
  let haltedBy: string | null = null
  const limit = pLimit(change.atOnce)
  const moved = (row: FleetRow) => call.progress({ step: 'node', changed: { ...row } })

  const one = async (row: FleetRow, planned: PlannedNode): Promise<void> => {
    if (haltedBy !== null || call.signal.aborted) return
    const began = context.clock.monotonic()
    row.state = 'running'
    moved(row)
    const progress = (step: UpdateStep) => {
      row.step = step
      moved(row)
    }
    try {
      const { outcome, update } = await change.act(context, { ...call, progress }, input, planned)
      row.state = outcome
      if (update) row.update = update
    } catch (error) {
      const known =
        error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
      row.state = resultOf(known)
      row.error = { code: known.code, params: known.params }
    }
    delete row.step
    row.tookMs = Math.round(context.clock.monotonic() - began)
    const bad = row.state !== 'done' && !UNTOUCHED.has(row.state)
    const all = row.error !== null && (change.endsAll?.(row.error.code) ?? false)
    if ((change.firstWaves !== undefined && bad) || all) haltedBy ??= row.id
    moved(row)
  }

  let begun = 0
  for (const size of plan.waves) {
    const wave = plan.nodes.slice(begun, begun + size)
    await Promise.all(
      wave.map((planned, index) => limit(() => one(rows[begun + index] as FleetRow, planned))),
    )
    begun += size
  }
  for (const row of rows) if (row.state === 'waiting') row.state = 'not-begun'
  // Of a run that was halted already a stop kept nothing.
  const stopped =
    call.signal.aborted &&
    rows.some(({ state }) => state === 'stopped' || (state === 'not-begun' && haltedBy === null))
  const stoppedBy = stopped ? stopperOf(call.signal) : null
  const data = { tags: plan.tags, rows, left: plan.left, haltedBy, stopped, stoppedBy }
  return { outcome: outcomeOf(rows), data }
}

function outcomeOf(rows: readonly FleetRow[]): Outcome {
  const count = (...states: FleetRow['state'][]) => rows.filter(({ state }) => states.includes(state)).length
  if (count('done') === rows.length) return 'done'
  if (count('done', 'partial') > 0) return 'partial'
  if (count('unknown') > 0) return 'unknown'
  // What somebody stopped has done less than was asked; nothing of it went wrong.
  return count('stopped') > 0 && count('failed', 'refused') === 0 ? 'partial' : 'failed'
}
