import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { Context } from './context.ts'
import { type Call, definePlanned, type Outcome } from './operation.ts'
import { stoppedOr } from './stopped.ts'
import { drainBeforeStop, isSilence, NotStopped } from './stopped-gateway.ts'
import { type Down, downFromNow } from './time-down.ts'
import type { TurnCheck } from './turn-check.ts'
import { type GateFound, passGate } from './update-gate.ts'
import { planUpdate, sameUpdate, type UpdatePlan, type UpdateSeen, updatePlanSchema } from './update-plan.ts'
import { bringPrograms, takeCheckpoint } from './update-preparation.ts'
import { UpdateRun } from './update-run.ts'
import { versionInputSchema } from './version-input.ts'

/** Steps of an update as they happen. */
export type UpdateStep =
  | { step: 'backing-up'; bytes: number; total: number | null }
  | { step: 'bringing-node'; bytes: number; total: number | null }
  | { step: 'bringing-openclaw'; bytes: number; total: number | null }
  | { step: 'draining'; running: number; waitedMs: number; limitMs: number }
  | { step: 'stopping'; waitedMs: number; limitMs: number }
  | { step: 'switching' }
  | { step: 'migrating' }
  | { step: 'starting' }
  | { step: 'waiting'; waitedMs: number; limitMs: number; reason: Reason | null }
  | { step: 'checking'; waitedMs: number; limitMs: number }
  | { step: 'trying-turn'; agent: string }
  | { step: 'rolling-back' }
  | { step: 'restoring' }
  | { step: 'verified' }

/** Why an update did not do what it was to do. */
export type UpdateFault =
  | 'not-stopped'
  | 'not-switched'
  | 'not-migrated'
  | 'not-serving'
  | 'crashed'
  | 'agents-missing'
  | 'channels-down'
  | 'other-version'
  | 'turn-failed'
  | 'turn-silent'
  | 'silent'
  | 'other'

/** update-node. */
export interface UpdateResult {
  nodeId: string
  from: string
  to: string
  /** Which OpenClaw the node has: the new one, the one from before, or nobody knows. */
  state: 'updated' | 'rolled-back' | 'unproven'
  /** Whether a gateway was seen to serve at the end. */
  serving: boolean
  fault: UpdateFault | null
  /** Why the gateway did not serve. */
  reason: Reason | null
  /** Redacted tail of the gateway's log when it did not start; untrusted. */
  logTail: string[]
  /** How long no gateway served, until one serves again; null when none does. */
  secondsDown: number | null
  /** The backup that was made first. */
  checkpoint: string
  /** Whether the node's state was taken back to it. */
  restored: boolean
  /** Agents, and channels as `id/account`, that were there before and were not afterwards; untrusted. */
  agentsMissing: string[]
  channelsDown: string[]
  /** The turn at the gate; null where it did not come to that. */
  turn: TurnCheck | null
  /** Folders of older programs that were removed. */
  swept: string[]
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** The version to run, for example `2026.9.6`. */
  to: versionInputSchema,
  /** Whether the gate may have an agent answer once, in a session of its own. */
  turn: z.boolean().default(false),
})

type Run = { context: Context; call: Call<UpdateStep>; plan: UpdatePlan; seen: UpdateSeen; update: UpdateRun }
type Ended = { outcome: Outcome; data: UpdateResult }

/**
 * Runs another OpenClaw on a node. Everything is brought and a backup verified before the gateway is stopped; the old
 * program stays until the new gateway has passed its gate, and comes back when it does not, with the state from the
 * backup where that was migrated. One that was cut goes on where it was.
 */
export const updateNode = definePlanned<
  z.infer<typeof inputSchema>,
  UpdateResult,
  UpdateStep,
  UpdatePlan,
  UpdateSeen
>({
  name: 'update-node',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema: updatePlanSchema,
  prepare: (context, input, call) => planUpdate(context, input, call),
  holds: sameUpdate,
  async run(context, _input, call, { plan, seen }) {
    try {
      const backup = seen.journal?.backup ?? (await takeCheckpoint(context, call, plan))
      const programs = await bringPrograms(context, call, plan, seen)
      const update = new UpdateRun(context, call, plan, seen, { programs, backup })
      await drainBeforeStop(context, call, seen.link, seen.work, (waits) =>
        call.progress({ step: 'draining', ...waits }),
      )
      call.signal.throwIfAborted()
      await update.begin()
      return await replace({ context, call, plan, seen, update })
    } catch (error) {
      // Nothing was stopped: what was brought lies beside the old one, and the next update uses it.
      throw explained(error, plan.nodeId, call.signal)
    }
  },
})

/** From here on giving up would leave a half-made update without a witness: the caller's signal no longer counts. */
async function replace(run: Run): Promise<Ended> {
  const { context, call, update, plan } = run
  const down = downFromNow(context.clock)
  let fault: UpdateFault = 'not-stopped'
  try {
    await update.stop()
    fault = 'not-switched'
    call.progress({ step: 'switching' })
    await update.switch()
    fault = 'not-migrated'
    if (plan.doctor) {
      call.progress({ step: 'migrating' })
      await update.migrate()
    }
    fault = 'other'
    call.progress({ step: 'starting' })
    const started = await update.start()
    const { reason, logTail } = started
    // A node that is not seen may serve the new version: nothing is taken back from it.
    if (started.outcome === 'unknown') return unproven(run, 'silent', { reason })
    if (started.outcome !== 'done') return await undo(run, down, 'not-serving', { reason, logTail })
    const secondsDown = down.seconds()
    const gate = await passGate(context, call, run.seen.link, update.expected, started.snapshot)
    const { agentsMissing, channelsDown, reason: blocked, turn } = gate
    const found = { agentsMissing, channelsDown, reason: blocked, turn }
    if (gate.fault === 'silent') return unproven(run, 'silent', found)
    // It serves, and may answer: nothing is taken back from it.
    if (gate.fault === 'turn-silent') return unproven(run, 'turn-silent', { ...found, serving: true })
    if (gate.fault !== null)
      return await undo(run, downFromNow(context.clock, secondsDown), gate.fault, found)
    await update.end(true)
    const swept = await update.sweep()
    call.progress({ step: 'verified' })
    return {
      outcome: 'done',
      data: { ...resultOf(run), state: 'updated', serving: true, secondsDown, turn, swept },
    }
  } catch (error) {
    context.log.warn({ err: error, node: plan.nodeId }, 'an update failed after the stop')
    if (isSilence(error)) return unproven(run, 'silent')
    return await undo(run, down, error instanceof NotStopped ? 'not-stopped' : fault)
  }
}

type Told = Partial<Pick<UpdateResult, 'reason' | 'logTail'>> &
  Partial<Pick<GateFound, 'agentsMissing' | 'channelsDown' | 'turn'>>

/** Brings the old program back, and the state where it was migrated, starts it, and says what was seen. */
async function undo(run: Run, down: Down, fault: UpdateFault, told: Told = {}): Promise<Ended> {
  const { call, context, update, plan } = run
  try {
    call.progress({ step: 'rolling-back' })
    await update.stop()
    await update.back()
    const restored = await update.migrated()
    if (restored) call.progress({ step: 'restoring' })
    const ended = restored ? await update.restore() : await update.start()
    if (ended.outcome === 'unknown') return unproven(run, fault, { ...told, restored })
    await update.end(false)
    const serving = ended.outcome === 'done'
    const secondsDown = serving ? down.seconds() : null
    return {
      outcome: 'failed',
      data: { ...resultOf(run), ...told, state: 'rolled-back', fault, serving, secondsDown, restored },
    }
  } catch (error) {
    context.log.warn({ err: error, node: plan.nodeId }, 'an update could not be taken back')
    return unproven(run, isSilence(error) ? 'silent' : fault, told)
  }
}

function unproven(
  run: Run,
  fault: UpdateFault,
  told: Told & { restored?: boolean; serving?: boolean } = {},
): Ended {
  return { outcome: 'unknown', data: { ...resultOf(run), ...told, fault } }
}

function resultOf({ plan, update }: Run): UpdateResult {
  return {
    nodeId: plan.nodeId,
    from: plan.from,
    to: plan.to,
    state: 'unproven',
    serving: false,
    fault: null,
    reason: null,
    logTail: [],
    secondsDown: null,
    checkpoint: update.backup,
    restored: false,
    agentsMissing: [],
    channelsDown: [],
    turn: null,
    swept: [],
  }
}

/** Before the stop silence leaves nothing in doubt: the node runs what it ran. */
function explained(error: unknown, node: string, signal: AbortSignal): unknown {
  if (signal.aborted) return stoppedOr(error, 'update-stopped', { node, signal })
  if (isSilence(error)) return new OperatorError('update-torn', { node, why: 'silent' }, { cause: error })
  return error
}
