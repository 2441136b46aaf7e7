import { createHash } from 'node:crypto'
import type { BackupAttempts } from './rules/backup.ts'

const MINUTE = 60_000
/** After a run that failed, then twice as long after each further one. */
const FIRST_PAUSE_MS = 30 * MINUTE
const LONGEST_PAUSE_MS = 6 * 60 * MINUTE
/** A run of which the end is not known was cut off with the program: it may be what ended it. */
const CUT_OFF_PAUSE_MS = 10 * MINUTE
/** A node that somebody else works on. */
const BUSY_PAUSE_MS = 5 * MINUTE

/** A node of which backups are scheduled. Times are epoch milliseconds. */
export interface BackupTurn {
  nodeId: string
  everyMs: number
  /** When its newest proven backup was taken, also by hand; null when there is none. */
  provenAt: number | null
  attempts: BackupAttempts | null
}

/**
 * Where in its interval a node has its turn, milliseconds: by its id, so that it is the same after each start of the
 * program and in each of them, and a fleet does not ask for all its backups at once.
 */
export function offsetOf(nodeId: string, everyMs: number): number {
  return createHash('sha256').update(nodeId.toLowerCase()).digest().readUIntBE(0, 6) % everyMs
}

/** The last turn of a node up to now. */
function lastTurn({ nodeId, everyMs }: BackupTurn, now: number): number {
  const offset = offsetOf(nodeId, everyMs)
  return Math.floor((now - offset) / everyMs) * everyMs + offset
}

/**
 * The nodes of which a backup is to be begun now, the longest overdue first. Pure. However many turns were missed while
 * the program was down, a node is due once, and the rest of the fleet waits until there is room.
 * @param around.running nodes of which a backup is being taken; each counts
 * @param around.atOnce how many may be taken at once
 */
export function dueBackups(
  turns: readonly BackupTurn[],
  { now, running, atOnce }: { now: number; running: ReadonlySet<string>; atOnce: number },
): string[] {
  const free = atOnce - running.size
  if (free <= 0) return []
  return turns
    .filter((turn) => !running.has(turn.nodeId) && isDue(turn, now))
    .map(({ nodeId, provenAt }) => ({ nodeId, provenAt: provenAt ?? Number.NEGATIVE_INFINITY }))
    .sort((a, b) => a.provenAt - b.provenAt || (a.nodeId < b.nodeId ? -1 : 1))
    .slice(0, free)
    .map(({ nodeId }) => nodeId)
}

function isDue(turn: BackupTurn, now: number): boolean {
  const { provenAt, attempts, everyMs } = turn
  // A time ahead of now was written before the clock was set back, and says nothing.
  if (provenAt !== null && provenAt <= now && provenAt >= lastTurn(turn, now)) return false
  if (attempts === null || attempts.startedAt === null || attempts.startedAt > now) return true
  const { startedAt, endedAt, failures } = attempts
  if (endedAt === null) return now - startedAt >= CUT_OFF_PAUSE_MS
  return endedAt > now || now - endedAt >= pauseAfter(failures, everyMs)
}

function pauseAfter(failures: number, everyMs: number): number {
  if (failures === 0) return BUSY_PAUSE_MS
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS, everyMs / 2)
}
