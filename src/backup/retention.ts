/** How many backups of a node stay: the newest ones, and the newest of each day, week and month (UTC). */
export interface RetentionPolicy {
  last: number
  daily: number
  weekly: number
  monthly: number
}

/** What retention has to know of a backup. Epoch milliseconds. */
export interface Dated {
  id: string
  startedAt: number
  /** Whether everything that it needs was looked at and found right; null when nobody has looked yet. */
  good: boolean | null
}

/** Which backups of one node stay, and which may go. */
export interface Kept<T extends Dated> {
  keep: T[]
  remove: T[]
}

/**
 * Decides over the backups of one node. Damaged ones fill no place. The last good one always stays, and so does whatever
 * is newer than it; one whose time lies in the future counts as of now.
 */
export function keep<T extends Dated>(backups: readonly T[], policy: RetentionPolicy, now: number): Kept<T> {
  const newestFirst = [...backups].sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1))
  const lastGood = newestFirst.find(({ good }) => good === true)
  const sound = newestFirst.filter(({ good }) => good !== false)
  const kept = new Set<T>(sound.slice(0, Math.max(policy.last, 0)))
  const spans: [number, (time: number) => string][] = [
    [policy.daily, dayOf],
    [policy.weekly, weekOf],
    [policy.monthly, (time) => dayOf(time).slice(0, 7)],
  ]
  for (const [count, spanOf] of spans) {
    const filled = new Set<string>()
    for (const backup of sound) {
      const span = spanOf(Math.min(backup.startedAt, now))
      if (filled.has(span) || filled.size >= count) continue
      filled.add(span)
      kept.add(backup)
    }
  }
  // Of those that nobody looked at, the newest could be the only one that can be restored.
  const last = lastGood ?? sound[0] ?? newestFirst[0]
  for (const backup of newestFirst) {
    if (last === undefined) break
    if (backup === last || backup.startedAt > last.startedAt) kept.add(backup)
  }
  return {
    keep: newestFirst.filter((backup) => kept.has(backup)),
    remove: newestFirst.filter((backup) => !kept.has(backup)),
  }
}

/** Whether a backup may go although nobody asked for its place: never the last good one of its node. */
export function isLastGood(backup: Dated, ofNode: readonly Dated[]): boolean {
  const others = ofNode.filter(({ id }) => id !== backup.id)
  if (backup.good === true) return !others.some(({ good }) => good === true)
  if (backup.good === false) return false
  return !others.some(
    ({ good, startedAt }) => good === true || (good === null && startedAt > backup.startedAt),
  )
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** The Monday of a time's week. */
function weekOf(time: number): string {
  const date = new Date(time)
  return dayOf(time - ((date.getUTCDay() + 6) % 7) * 86_400_000)
}
