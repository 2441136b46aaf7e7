import { z } from 'zod'
import type { Context, NodeLink } from '../context.ts'
import { OperatorError } from '../errors.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { fresh, mapReading, type Reading, unknown } from '../reading.ts'
import type { RunningTurn } from './results.ts'

/** What a restart would interrupt. */
export interface RunningWork {
  /** Sessions with a turn in progress. */
  running: Reading<RunningTurn[]>
  /** Everything else the gateway counts as work, only what is not zero. */
  otherWork: Reading<{ kind: string; count: number }[]>
  /** All work together as the gateway counts it; 0 means that nothing is lost by a restart now. */
  total: Reading<number>
  /** Whether the gateway can say when it is idle. */
  canDrain: boolean
}

/** The answer of `gateway.restart.preflight` (2026.9.6); older gateways do not have the method. */
const preflightSchema = z.looseObject({
  counts: z.record(z.string(), z.unknown()).optional(),
})

/** Counters of the preflight that are sums or that the list of running turns already shows. */
const NOT_OTHER_WORK: ReadonlySet<string> = new Set(['totalActive', 'embeddedRuns'])

/** Asks a node what it is doing: its sessions by the snapshot, the rest by the gateway's own restart preflight. */
export async function readRunningWork(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  limits: { deadlineMs: number; signal: AbortSignal },
): Promise<RunningWork> {
  const running = mapReading(snapshot.sessions, (sessions) =>
    sessions
      .filter((session) => session.running === true)
      .map(({ key, agentId, startedAt }) => ({ sessionKey: key, agentId, startedAt })),
  )
  const now = context.clock.now()
  try {
    const hello = await link.hello(limits)
    if (!hello.methods.has('gateway.restart.preflight')) {
      const missing = unknown<never>({ code: 'not-supported' }, now, 'rpc')
      const total = mapReading(running, (turns) => turns.length)
      return { running, otherWork: missing, total, canDrain: false }
    }
    const answer = await link.rpc('gateway.restart.preflight', {}, limits)
    const counts = numbersOf(preflightSchema.parse(answer.payload).counts ?? {})
    const other = [...counts]
      .filter(([kind, count]) => count > 0 && !NOT_OTHER_WORK.has(kind))
      .map(([kind, count]) => ({ kind, count }))
    const turns = running.value?.length ?? 0
    const total = Math.max(counts.get('totalActive') ?? 0, counts.get('embeddedRuns') ?? 0, turns)
    return {
      running,
      otherWork: fresh(other, answer.source, now),
      total: fresh(total, answer.source, now),
      canDrain: true,
    }
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'cancelled') throw error
    const code = error instanceof OperatorError ? 'gateway-offline' : 'parse-failed'
    const nothing = unknown<never>({ code }, now)
    return { running, otherWork: nothing, total: nothing, canDrain: false }
  }
}

function numbersOf(counts: Record<string, unknown>): Map<string, number> {
  return new Map(
    Object.entries(counts).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}
