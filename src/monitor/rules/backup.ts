import type { Reading } from '../../base/reading.ts'
import type { Measurement } from '../signal.ts'

const HOUR = 3_600_000
/** A backup is too old once this many are missing. */
const MISSING = 2

/** What the schedule remembers of a node. Epoch milliseconds. */
export interface BackupAttempts {
  /** Since when backups of it are scheduled: what was before is nobody's fault. */
  since: number
  /** The last scheduled run that began; null before the first. */
  startedAt: number | null
  /** When that run ended; null while it runs, and when the program ended before it. */
  endedAt: number | null
  /** How many runs in a row failed. */
  failures: number
}

/** How it stands with the backups of a node. The same object while nothing has changed. */
export interface BackupStanding {
  /** The newest proven backup; null when there is none. */
  proven: Reading<{ id: string; takenAt: number; verifiedAt: number } | null>
  /** The last trial to restore one of them; null when there was none, or it is not known. */
  drilled: { id: string; at: number; ok: boolean } | null
  /** Null where no backups are scheduled. */
  attempts: BackupAttempts | null
}

/** Whether a newest proven backup of this age is too old where one is due each `everyMs`. Milliseconds. */
export function isTooOld(ageMs: number, everyMs: number): boolean {
  return ageMs > MISSING * everyMs
}

/**
 * Whether a node has the backups that its schedule asks for. Null where that is not known: a store that cannot be read is
 * neither a node without a backup nor one that has a new one.
 * @param every hours between two backups; 0 where none are asked for
 */
export function measureBackup(
  { nodeId, observedAt }: { nodeId: string; observedAt: number },
  every: number,
  { proven, drilled, attempts }: BackupStanding,
): Measurement | null {
  const params = { node: nodeId }
  if (every === 0) return { level: null, holdLevel: null, cause: 'backup-stale', params }
  if (proven.freshness === 'unknown' || attempts === null) return null
  const takenAt = proven.value?.takenAt ?? null
  const everyMs = every * HOUR
  const lateMs = observedAt - Math.max(takenAt ?? 0, attempts.since)
  if (isTooOld(lateMs, everyMs))
    return {
      level: 'warning',
      holdLevel: 'warning',
      cause: 'backup-stale',
      // In whole intervals: a message is not written anew with every look.
      params:
        takenAt === null
          ? { ...params, every: everyMs }
          : { ...params, every: everyMs, age: Math.floor((observedAt - takenAt) / everyMs) * everyMs },
    }
  if (drilled?.ok === false)
    return { level: 'warning', holdLevel: 'warning', cause: 'backup-unrestorable', params }
  if (attempts.failures > 0) return { level: 'notice', holdLevel: 'notice', cause: 'backup-failed', params }
  return { level: null, holdLevel: null, cause: 'backup-stale', params }
}
