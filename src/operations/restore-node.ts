import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { RestorePlace } from '../openclaw/restore/node-side.ts'
import { sh } from '../ssh/shell-quote.ts'
import { backupNameSchema } from './backups.ts'
import type { Context } from './context.ts'
import { type Call, definePlanned, type Outcome } from './operation.ts'
import { Restoration } from './restoration.ts'
import { type Compared, compareRestored } from './restore-compare.ts'
import {
  impossible,
  planRestore,
  type RestorePlan,
  type RestoreSeen,
  restorePlanSchema,
  sameRestore,
} from './restore-plan.ts'
import { drainBeforeStop, isSilence, NotStopped } from './stopped-gateway.ts'

/** Steps of a restore as they happen. */
export type RestoreStep =
  | { step: 'verifying'; bytes: number; total: number }
  | { step: 'staging'; bytes: number; total: number }
  /** The node reads again what it was sent. */
  | { step: 'checking-staged' }
  | { step: 'draining'; running: number; waitedMs: number; limitMs: number }
  | { step: 'stopping'; waitedMs: number; limitMs: number }
  | { step: 'swapping' }
  | { step: 'starting' }
  | { step: 'waiting'; waitedMs: number; limitMs: number; reason: Reason | null }
  | { step: 'comparing' }
  | { step: 'rolling-back' }
  | { step: 'verified' }

/** Why a restore did not do what it was to do. */
export type RestoreFault =
  | 'not-stopped'
  | 'not-swapped'
  | 'not-serving'
  | 'agents-missing'
  | 'silent'
  | 'other'

/** restore-node. */
export interface RestoreResult {
  nodeId: string
  backup: string
  takenAt: number
  /** Which state the node has: the restored one, the one from before, or nobody knows. */
  state: 'restored' | 'before' | 'unproven'
  /** Whether a gateway was seen to serve at the end. */
  serving: boolean
  fault: RestoreFault | null
  /** Why the gateway did not serve. */
  reason: Reason | null
  /** Redacted tail of the gateway's log when it did not start; untrusted. */
  logTail: string[]
  /** From the stop to a serving gateway; null when it does not serve. */
  secondsDown: number | null
  compared: Compared | null
  /** What was put aside and stays, and the command that removes it. */
  asides: { path: string; bytes: number | null; removal: string }[]
  /** What came up meanwhile and is in no backup, or what could not be removed; `bytes` null where nobody could look. */
  kept: { path: string; bytes: number | null }[]
  /** Where things lie while nobody knows; empty otherwise. */
  places: RestorePlace[]
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  backup: backupNameSchema.default('latest'),
  /** Whoever restores says that the backup is of another machine, and that nothing of it runs there any more. */
  otherMachine: z.boolean().default(false),
})

type Run = {
  context: Context
  call: Call<RestoreStep>
  plan: RestorePlan
  seen: RestoreSeen
  restoration: Restoration
  /** What the end of earlier restores left. */
  kept: RestoreResult['kept']
}
type Ended = { outcome: Outcome; data: RestoreResult }

const CLEAN_MS = 120_000
const SHOW_EVERY_MS = 500

/**
 * Puts a backup of a node in the place of its present state, on the same node. Everything is brought there and read again
 * before the gateway is stopped; what was there is put aside and comes back when anything fails afterwards.
 */
export const restoreNode = definePlanned<
  z.infer<typeof inputSchema>,
  RestoreResult,
  RestoreStep,
  RestorePlan,
  RestoreSeen
>({
  name: 'restore-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema: restorePlanSchema,
  prepare: (context, input, call) => planRestore(context, input, call),
  holds: sameRestore,
  async run(context, _input, call, { plan, seen }) {
    await verify(context, call, plan)
    const restoration = new Restoration(context, call, plan, seen)
    const kept = await restoration.settle()
    const run: Run = { context, call, plan, seen, restoration, kept }
    try {
      await restoration.stage()
      await drainBeforeStop(context, call, seen.link, seen.work, (waits) =>
        call.progress({ step: 'draining', ...waits }),
      )
      call.signal.throwIfAborted()
    } catch (error) {
      // Nothing was changed: what was brought goes again, now or with the next restore.
      await restoration.side.clean({ deadlineMs: CLEAN_MS }).catch(() => null)
      throw explained(error, plan.nodeId, call.signal)
    }
    return await replace(run)
  },
})

async function verify(
  { backups, clock }: Context,
  call: Call<RestoreStep>,
  plan: RestorePlan,
): Promise<void> {
  const { backup, nodeId, bytes: total } = plan
  let shownAt = Number.NEGATIVE_INFINITY
  const show = (bytes: number) => {
    const now = clock.monotonic()
    if (now - shownAt < SHOW_EVERY_MS) return
    shownAt = now
    call.progress({ step: 'verifying', bytes, total })
  }
  show(0)
  const found = await backups.verify(nodeId, backup, { signal: call.signal, onProgress: show })
  if (!found.sound) throw impossible(nodeId, 'unsound')
}

/** From here on giving up would leave a half-made restore without a witness: the caller's signal no longer counts. */
async function replace(run: Run): Promise<Ended> {
  const { context, call, restoration } = run
  const stoppedAt = context.clock.monotonic()
  let mayBeSwapped = false
  try {
    await restoration.stop()
    call.progress({ step: 'swapping' })
    mayBeSwapped = true
    const swapped = await restoration.persist(() => restoration.side.swap({ deadlineMs: CLEAN_MS }))
    if (swapped.told !== 'swapped') return await undo(run, { fault: 'not-swapped' })
    call.progress({ step: 'starting' })
    const started = await restoration.start()
    const { reason, logTail } = started
    // A node that is not seen may serve what was restored: nothing is taken back from it.
    if (started.outcome === 'unknown') return unproven(run, 'silent', reason)
    if (started.outcome !== 'done') return await undo(run, { fault: 'not-serving', reason, logTail })
    call.progress({ step: 'comparing' })
    const secondsDown = Math.round((context.clock.monotonic() - stoppedAt) / 1000)
    const compared = await compareRestored(context, call, run.seen, restoration)
    if (compared.agentsMissing.length > 0) return await undo(run, { fault: 'agents-missing', compared })
    const { asides, kept } = await cleaned(run)
    call.progress({ step: 'verified' })
    const whole = !compared.unread && compared.fewer.length === 0 && compared.unusable.length === 0
    return {
      outcome: whole ? 'done' : 'partial',
      data: { ...resultOf(run), state: 'restored', serving: true, secondsDown, compared, asides, kept },
    }
  } catch (error) {
    context.log.warn({ err: error, node: run.plan.nodeId }, 'a restore failed after the stop')
    if (isSilence(error)) return unproven(run, 'silent')
    const fault = error instanceof NotStopped ? 'not-stopped' : 'other'
    return await undo(run, { fault, swapped: mayBeSwapped })
  }
}

/** Removes what the run brought, and tells what stays on the node. */
async function cleaned({ restoration, kept }: Run): Promise<Pick<RestoreResult, 'asides' | 'kept'>> {
  const unseen = (path: string) => ({ path, bytes: null })
  const found = await restoration
    .persist(() => restoration.side.clean({ deadlineMs: CLEAN_MS }))
    .catch(() => ({
      asides: restoration.places.flatMap(({ aside }) => (aside === null ? [] : [unseen(aside)])),
      kept: [unseen(restoration.folder)],
    }))
  const asides = found.asides.map(({ path, bytes }) => ({
    path,
    bytes,
    removal: sh`rm -rf -- ${path}`.shellText,
  }))
  return { asides, kept: [...kept, ...found.kept] }
}

/** Brings the state from before back, starts it, and says what was seen. */
async function undo(
  run: Run,
  why: Pick<RestoreResult, 'fault'> &
    Partial<Pick<RestoreResult, 'reason' | 'logTail' | 'compared'>> & { swapped?: boolean },
): Promise<Ended> {
  const { call, context, restoration, seen } = run
  const { swapped = true, ...told } = why
  const startedAt = context.clock.monotonic()
  try {
    call.progress({ step: 'rolling-back' })
    if (swapped) await restoration.stop()
    const back = await restoration.persist(() => restoration.side.back({ deadlineMs: CLEAN_MS }))
    if (back.told !== 'untouched') return unproven(run, why.fault)
    const ranBefore = seen.snapshot.state === 'serving' || seen.snapshot.state === 'not-serving'
    const ended = ranBefore ? await restoration.start() : null
    if (ended?.outcome === 'unknown') return unproven(run, why.fault, ended.reason)
    const { kept } = await cleaned(run)
    const serving = ended?.outcome === 'done'
    const secondsDown = serving ? Math.round((context.clock.monotonic() - startedAt) / 1000) : null
    const reason = told.reason ?? ended?.reason ?? null
    const logTail = told.logTail ?? ended?.logTail ?? []
    return {
      outcome: 'failed',
      data: { ...resultOf(run), ...told, state: 'before', serving, secondsDown, reason, logTail, kept },
    }
  } catch (error) {
    context.log.warn({ err: error, node: run.plan.nodeId }, 'a restore could not be taken back')
    return unproven(run, isSilence(error) ? 'silent' : why.fault)
  }
}

function unproven(run: Run, fault: RestoreFault | null, reason: Reason | null = null): Ended {
  const places = [...run.restoration.places]
  return { outcome: 'unknown', data: { ...resultOf(run), fault, reason, places } }
}

function resultOf({ plan, kept }: Run): RestoreResult {
  return {
    nodeId: plan.nodeId,
    backup: plan.backup,
    takenAt: plan.takenAt,
    state: 'unproven',
    serving: false,
    fault: null,
    reason: null,
    logTail: [],
    secondsDown: null,
    compared: null,
    asides: [],
    kept,
    places: [],
  }
}

/** Before the stop silence leaves nothing in doubt: the node's state was not touched. */
function explained(error: unknown, node: string, signal: AbortSignal): unknown {
  if (signal.aborted) return new OperatorError('restore-torn', { node }, { cause: error })
  const torn =
    isSilence(error) ||
    (error instanceof OperatorError && ['cancelled', 'remote-command-failed'].includes(error.code))
  if (!torn) return error
  const detail = error instanceof OperatorError && error.detail !== undefined ? { detail: error.detail } : {}
  return new OperatorError('restore-torn', { node }, { cause: error, ...detail })
}
