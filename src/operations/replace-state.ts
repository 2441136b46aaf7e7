import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { RestorePlace } from '../openclaw/restore/node-side.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { Context } from './context.ts'
import type { Call, Outcome } from './operation.ts'
import type { Restoration } from './restoration.ts'
import { impossible } from './restore-refusal.ts'
import type { RunningWork } from './running-work.ts'
import { stoppedOr } from './stopped.ts'
import { drainBeforeStop, isSilence, NotStopped } from './stopped-gateway.ts'
import { type Down, downFromNow } from './time-down.ts'

/** Steps of putting a backup in the place of what is there, as they happen. */
export type ReplaceStep =
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

/** What became of the state of a node. */
export interface Replaced<Compared> {
  /** Which state the node has: the restored one, the one from before, or nobody knows. */
  state: 'restored' | 'before' | 'unproven'
  /** Whether a gateway was seen to serve at the end. */
  serving: boolean
  fault: RestoreFault | null
  /** Why the gateway did not serve. */
  reason: Reason | null
  /** Redacted tail of the gateway's log when it did not start; untrusted. */
  logTail: string[]
  /** How long no gateway served, until one serves again; null when none does. */
  secondsDown: number | null
  compared: Compared | null
  /** What was put aside and stays, and the command that removes it. */
  asides: { path: string; bytes: number | null; removal: string }[]
  /** What came up meanwhile and is in no backup, or what could not be removed; `bytes` null where nobody could look. */
  kept: { path: string; bytes: number | null }[]
  /** Where things lie while nobody knows; empty otherwise. */
  places: RestorePlace[]
}

/** One replacement, brought and checked, and how its effect is judged. */
export interface Replacing<Compared> {
  context: Context
  call: Call<ReplaceStep>
  restoration: Restoration
  nodeId: string
  /** Whether a gateway ran before: one that did not is not started by going back. */
  ranBefore: boolean
  /** What the end of earlier restores left. */
  kept: Replaced<Compared>['kept']
  /** How the node compares with the backup. `missing`: an agent is not there, and all of it goes back. */
  compare(): Promise<{ compared: Compared; missing: boolean; whole: boolean }>
}
type Ended<Compared> = { outcome: Outcome; data: Replaced<Compared> }

const CLEAN_MS = 120_000
const SHOW_EVERY_MS = 500

/** Reads all of a backup before anything is done with it. @throws OperatorError restore-impossible {why: unsound} */
export async function verifyBefore(
  { backups, clock }: Context,
  call: Call<ReplaceStep>,
  plan: { nodeId: string; backup: string; bytes: number },
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

/**
 * Brings and checks what will be swapped, and waits for running turns. When that fails nothing was changed: what was brought
 * goes again, now or with the next restore.
 * @throws OperatorError restore-torn, restore-stopped, and what a look at the node throws
 */
export async function bringAndDrain(
  context: Context,
  call: Call<ReplaceStep>,
  restoration: Restoration,
  { link, work }: { link: NodeLink; work: RunningWork },
): Promise<void> {
  try {
    await restoration.stage()
    await drainBeforeStop(context, call, link, work, (waits) => call.progress({ step: 'draining', ...waits }))
    call.signal.throwIfAborted()
  } catch (error) {
    await giveBack(restoration)
    throw explained(error, link.nodeId, call.signal)
  }
}

/** Removes what was brought and not used, now or with the next restore. */
export async function giveBack(restoration: Restoration): Promise<void> {
  await restoration.side.clean({ deadlineMs: CLEAN_MS }).catch(() => null)
}

/**
 * Stops the gateway, swaps, starts and compares; when anything fails after the stop, what was there comes back. From here on
 * giving up would leave a half-made restore without a witness: the caller's signal no longer counts.
 */
export async function replaceState<Compared>(run: Replacing<Compared>): Promise<Ended<Compared>> {
  const { context, call, restoration } = run
  let down = downFromNow(context.clock)
  let mayBeSwapped = false
  try {
    await restoration.stop()
    call.progress({ step: 'swapping' })
    mayBeSwapped = true
    const swapped = await restoration.persist(() => restoration.side.swap({ deadlineMs: CLEAN_MS }))
    if (swapped.told !== 'swapped') return await undo(run, down, { fault: 'not-swapped' })
    call.progress({ step: 'starting' })
    const started = await restoration.start()
    const { reason, logTail } = started
    // A node that is not seen may serve what was restored: nothing is taken back from it.
    if (started.outcome === 'unknown') return unproven(run, 'silent', reason)
    if (started.outcome !== 'done') return await undo(run, down, { fault: 'not-serving', reason, logTail })
    call.progress({ step: 'comparing' })
    const secondsDown = down.seconds()
    const { compared, missing, whole } = await run.compare()
    down = downFromNow(context.clock, secondsDown)
    if (missing) return await undo(run, down, { fault: 'agents-missing', compared })
    const { asides, kept } = await cleaned(run)
    return {
      outcome: whole ? 'done' : 'partial',
      data: { ...begun(run), state: 'restored', serving: true, secondsDown, compared, asides, kept },
    }
  } catch (error) {
    context.log.warn({ err: error, node: run.nodeId }, 'a restore failed after the stop')
    if (isSilence(error)) return unproven(run, 'silent')
    const fault = error instanceof NotStopped ? 'not-stopped' : 'other'
    return await undo(run, down, { fault, swapped: mayBeSwapped })
  }
}

/** Removes what the run brought, and tells what stays on the node. */
async function cleaned<Compared>({
  restoration,
  kept,
}: Replacing<Compared>): Promise<Pick<Replaced<Compared>, 'asides' | 'kept'>> {
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
async function undo<Compared>(
  run: Replacing<Compared>,
  down: Down,
  why: Pick<Replaced<Compared>, 'fault'> &
    Partial<Pick<Replaced<Compared>, 'reason' | 'logTail' | 'compared'>> & { swapped?: boolean },
): Promise<Ended<Compared>> {
  const { call, context, restoration } = run
  const { swapped = true, ...told } = why
  try {
    call.progress({ step: 'rolling-back' })
    if (swapped) await restoration.stop()
    const back = await restoration.persist(() => restoration.side.back({ deadlineMs: CLEAN_MS }))
    if (back.told !== 'untouched') return unproven(run, why.fault)
    const ended = run.ranBefore ? await restoration.start() : null
    if (ended?.outcome === 'unknown') return unproven(run, why.fault, ended.reason)
    const { kept } = await cleaned(run)
    const serving = ended?.outcome === 'done'
    const secondsDown = serving ? down.seconds() : null
    const reason = told.reason ?? ended?.reason ?? null
    const logTail = told.logTail ?? ended?.logTail ?? []
    return {
      outcome: 'failed',
      data: { ...begun(run), ...told, state: 'before', serving, secondsDown, reason, logTail, kept },
    }
  } catch (error) {
    context.log.warn({ err: error, node: run.nodeId }, 'a restore could not be taken back')
    return unproven(run, isSilence(error) ? 'silent' : why.fault)
  }
}

function unproven<Compared>(
  run: Replacing<Compared>,
  fault: RestoreFault | null,
  reason: Reason | null = null,
): Ended<Compared> {
  const places = [...run.restoration.places]
  return { outcome: 'unknown', data: { ...begun(run), fault, reason, places } }
}

function begun<Compared>({ kept }: Replacing<Compared>): Replaced<Compared> {
  return {
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
  if (signal.aborted) return stoppedOr(error, 'restore-stopped', { node, signal })
  const torn =
    isSilence(error) ||
    (error instanceof OperatorError && ['cancelled', 'remote-command-failed'].includes(error.code))
  if (!torn) return error
  const detail = error instanceof OperatorError && error.detail !== undefined ? { detail: error.detail } : {}
  return new OperatorError('restore-torn', { node }, { cause: error, ...detail })
}
