import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { fresh, itemsOf, mapReading, type Reading, unknown } from '../base/reading.ts'
import { readingSchema } from '../base/reading-schema.ts'
import { wasNotRead } from '../openclaw/last-known.ts'
import { readPreflight } from '../openclaw/methods/restart.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { sessionsRunning } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

const runningTurnSchema = z.strictObject({
  sessionKey: z.string(),
  agentId: z.string(),
  startedAt: z.number().nullable(),
})
/** A run that a restart would interrupt. */
export type RunningTurn = z.infer<typeof runningTurnSchema>

/** What a plan says about work under way. */
export const runningWorkFields = {
  /** unknown when the gateway cannot be asked. */
  running: readingSchema(z.array(runningTurnSchema)),
  /** Other work the gateway reports: queued replies, cron runs, background commands. */
  otherWork: readingSchema(z.array(z.strictObject({ kind: z.string(), count: z.number() }))),
  /** Whether OpenClaw can let running turns finish first. */
  canDrain: z.boolean(),
}

/** What a restart would interrupt. */
export interface RunningWork {
  /** Sessions with a turn in progress. */
  running: Reading<RunningTurn[]>
  /** Everything else the gateway counts as work, only what is not zero. */
  otherWork: Reading<{ kind: string; count: number }[]>
  /** All work together as the gateway counts it; 0 means that nothing is lost by a restart now. */
  total: Reading<number>
  /** Whether the gateway can say when it is idle, as far as is known. */
  canDrain: boolean
}

/** The preflight's counter for what the list of running turns already shows. */
const RUNNING_TURNS = 'embeddedRuns'

/** Asks a node what it is doing: its sessions by the snapshot, the rest by the gateway's own restart preflight. */
export async function readRunningWork(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  limits: { deadlineMs: number; signal: AbortSignal },
): Promise<RunningWork> {
  const now = context.clock.now()
  const running = runningTurns(snapshot, now)
  try {
    const preflight = await readPreflight(link, now, limits)
    if (preflight.value === null) {
      const total = mapReading(running, (turns) => turns.length)
      return { running, otherWork: unknown(preflight.reason, now, 'rpc'), total, canDrain: false }
    }
    const other = preflight.value.work.filter(({ kind }) => kind !== RUNNING_TURNS)
    const total = Math.max(preflight.value.total, itemsOf(running).length)
    return {
      running,
      otherWork: fresh(other, preflight.source, now),
      total: fresh(total, preflight.source, now),
      canDrain: true,
    }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    const nothing = unknown<never>(reasonOfError(error), now, 'rpc')
    // A gateway that serves and is late can be asked again; one that does not answer at all has nobody to wait for.
    return {
      running,
      otherWork: nothing,
      total: nothing,
      canDrain: snapshot.state === 'serving' && wasNotRead(nothing),
    }
  }
}

/** A gateway that says of no session whether it is running (2026.2.17) may be running them all. */
function runningTurns({ sessions }: NodeSnapshot, now: number): Reading<RunningTurn[]> {
  const rows = itemsOf(sessions)
  if (rows.length > 0 && rows.every((session) => session.running === null && session.status === null))
    return unknown({ code: 'not-supported' }, now, sessions.source)
  return mapReading(sessions, (all) =>
    sessionsRunning(all).map(({ key, agentId, startedAt }) => ({ sessionKey: key, agentId, startedAt })),
  )
}
