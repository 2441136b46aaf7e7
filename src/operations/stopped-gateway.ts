import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { RestoreSide } from '../openclaw/restore/node-side.ts'
import { stopCommand, unitStateCommand } from '../openclaw/service.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import { type RunningWork, readRunningWork } from './running-work.ts'

const SHORT_MS = 60_000
/** The unit of OpenClaw lets running turns finish for up to 330 s. */
const STOP_MS = 345_000
const POLL_MS = 500
const RETRY_MS = 1_000
const DRAIN_POLL_MS = 1_000
/** A connection that was cut comes back within this, or nobody knows what became of the node. */
const PATIENCE_MS = 20_000

/** How a stop ended that did not stop everything. */
export class NotStopped extends Error {
  override readonly name = 'NotStopped'
}

/** A gateway whose service is to be stopped, and what is to be quiet then. */
export interface StoppedGateway {
  link: NodeLink
  unit: { name: string; level: 'user' | 'system' }
  port: number | null
  /** Its process before the stop; null or 0 where it had none. */
  pid: number | null
  /** Folders of which nobody may have a database open. */
  places: readonly string[]
  side: RestoreSide
}

/**
 * Stops the unit and proves it: the unit is inactive, the process has ended, its port is closed, and nobody has a
 * database open. @throws NotStopped when that cannot be proven though the node answers; what the link throws
 */
export async function stopGateway(
  clock: Clock,
  gateway: StoppedGateway,
  told: (waitedMs: number, limitMs: number) => void = () => undefined,
): Promise<void> {
  const { link, unit } = gateway
  const startedAt = clock.monotonic()
  for (let asked = false; ; ) {
    const proof = await persist(clock, () => stoppedProof(gateway))
    if (proof.stopped) return
    const waitedMs = Math.round(clock.monotonic() - startedAt)
    told(waitedMs, STOP_MS)
    if (waitedMs >= STOP_MS) throw new NotStopped()
    // A command whose connection was cut may not have arrived.
    if (!asked || proof.active === 'active' || proof.active === 'activating') {
      asked = true
      const result = await link
        .exec(stopCommand(unit.name, unit.level), { deadlineMs: STOP_MS - waitedMs, fresh: true })
        .catch(whenSilent)
      if (result !== null && result.code !== 0)
        throw new NotStopped(`systemctl stop ended with ${result.code}`)
      continue
    }
    await clock.sleep(POLL_MS)
  }
}

/** Whether nothing of a gateway is there any more; one look. */
export async function stoppedProof(gateway: StoppedGateway): Promise<{ stopped: boolean; active: string }> {
  const { link, unit, port, pid: was, places, side } = gateway
  const limits = { deadlineMs: SHORT_MS, fresh: true }
  const { stdout } = await link.exec(unitStateCommand(unit.name, unit.level), limits)
  const active = /^ActiveState=(\S+)$/m.exec(stdout)?.[1] ?? 'unknown'
  const pid = Number(/^MainPID=(\d+)$/m.exec(stdout)?.[1] ?? Number.NaN)
  if ((active !== 'inactive' && active !== 'failed') || pid !== 0) return { stopped: false, active }
  const quiet = await side.quiet({ port, pid: was === 0 ? null : was, places }, limits)
  return { stopped: !quiet.listening && !quiet.lives && quiet.holders.length === 0, active }
}

/** Repeats for a short while what may be repeated when the node fell silent. */
export async function persist<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const startedAt = clock.monotonic()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isSilence(error) || clock.monotonic() - startedAt >= PATIENCE_MS) throw error
      await clock.sleep(RETRY_MS)
    }
  }
}

/** Whether nothing was heard of the node, so that nobody knows what it did. */
export function isSilence(error: unknown): boolean {
  const codes = ['connection-lost', 'deadline', 'node-unreachable']
  return error instanceof OperatorError && codes.includes(error.code)
}

function whenSilent(error: unknown): null {
  if (isSilence(error)) return null
  throw error
}

/**
 * Waits until nothing runs that a stop would interrupt. Where the gateway cannot tell, the plan has said so.
 * @param first what is known already; null where it has to be read
 * @throws OperatorError turns-running
 */
export async function drainBeforeStop(
  context: Context,
  call: Call<never>,
  link: NodeLink,
  first: RunningWork | null,
  told: (progress: { running: number; waitedMs: number; limitMs: number }) => void,
): Promise<void> {
  const { drainDeadlineMs: limitMs, statusDeadlineMs: deadlineMs } = context.limits
  const bounds = { deadlineMs, signal: call.signal }
  const read = async () => {
    const snapshot = await observeNode(context, call.node(), { kind: 'asked', ...bounds })
    return await readRunningWork(context, link, snapshot, bounds)
  }
  if (first !== null && !first.canDrain) return
  const startedAt = context.clock.monotonic()
  for (;;) {
    const { canDrain, total } = await read()
    if (!canDrain || total.value === null || total.value === 0) return
    const waitedMs = Math.round(context.clock.monotonic() - startedAt)
    told({ running: total.value, waitedMs, limitMs })
    if (waitedMs >= limitMs)
      throw new OperatorError('turns-running', {
        node: call.node().id,
        count: total.value,
        seconds: Math.round(limitMs / 1000),
      })
    await context.clock.sleep(Math.min(DRAIN_POLL_MS, limitMs - waitedMs), call.signal)
  }
}
