import type { Reason } from '../base/reading.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { resetFailedCommand, startCommand } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { awaitRestarted, type Restarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import { persist } from './stopped-gateway.ts'

const SHORT_MS = 60_000
/** A gateway under load needs minutes until it is ready. */
const START_MS = 300_000

/** How long it is being waited for a gateway that was started. */
export interface Waiting {
  step: 'waiting'
  waitedMs: number
  limitMs: number
  reason: Reason | null
}

/** A gateway that was proven to be stopped, and what was seen of it before. */
export interface StoppedUnit {
  link: NodeLink
  unit: { name: string; level: 'user' | 'system' }
  snapshot: NodeSnapshot
}

/**
 * Starts a unit and watches until the gateway serves, or it is certain that it will not. The caller's signal does not
 * count any more. `leastMs`: how long it is waited at least.
 */
export async function startStopped(
  context: Context,
  call: Call<never>,
  { link, unit, snapshot }: StoppedUnit,
  told: (waiting: Waiting) => void,
  leastMs: number = START_MS,
): Promise<Restarted> {
  const limits = { deadlineMs: SHORT_MS, fresh: true }
  const startedAt = context.clock.monotonic()
  await persist(context.clock, () => link.exec(resetFailedCommand(unit.name, unit.level), limits))
  await persist(context.clock, () => link.exec(startCommand(unit.name, unit.level), limits))
  const restartDeadlineMs = Math.max(leastMs, context.limits.restartDeadlineMs)
  const bounded = { ...context, limits: { ...context.limits, restartDeadlineMs } }
  // It was proven to be stopped: whatever serves now is new.
  return await awaitRestarted(bounded, link, { ...snapshot, state: 'service-down' }, startedAt, {
    ...call,
    progress: (step) => {
      if (step.step === 'waiting') told(step)
    },
  })
}
