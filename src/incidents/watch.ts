import type { Severity } from '../monitor/conditions.ts'
import { type Measurement, rank } from '../monitor/signal.ts'
import type { Watch } from './incident.ts'
import type { Confirmation } from './settings.ts'

/** Notes one look. A new epoch forgets the looks before it. */
export function noteLook(
  before: Watch | undefined,
  seen: Measurement,
  look: { at: number; epoch: string | null; confirmation: Confirmation },
): Watch {
  const kept = before && before.epoch === look.epoch ? before : { levels: [], holds: [] }
  const depth = depthOf(look.confirmation)
  return {
    levels: [...kept.levels, seen.level].slice(-depth),
    holds: [...kept.holds, seen.holdLevel].slice(-depth),
    epoch: look.epoch,
    at: look.at,
  }
}

/** How many looks count; where it is one, nothing has to be remembered. */
export function depthOf({ of, clear }: Confirmation): number {
  return Math.max(of, clear)
}

/** A watch that only grew older is not worth writing down more often than this. */
const SAME_FOR = 24 * 3_600_000

/** Whether a look taught nothing new. */
export function isSameWatch(a: Watch, b: Watch): boolean {
  return (
    a.epoch === b.epoch &&
    b.at - a.at < SAME_FOR &&
    isSameList(a.levels, b.levels) &&
    isSameList(a.holds, b.holds)
  )
}

function isSameList(a: Watch['levels'], b: Watch['levels']): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index])
}

/** The highest level that enough of the last looks reached; null when none did. */
export function confirmedLevel(watch: Watch, { needed, of }: Confirmation): Severity | null {
  const sorted = watch.levels.slice(-of).sort((a, b) => rank(b) - rank(a))
  return sorted[needed - 1] ?? null
}

/**
 * The level that a condition at `current` still has. It falls only when `clear` looks in a row no longer sustain it;
 * null means that it is over.
 */
export function sustainedLevel(watch: Watch, current: Severity, { clear }: Confirmation): Severity | null {
  const last = watch.holds.slice(-clear)
  if (last.length < clear) return current
  const held = last.reduce<Severity | null>((best, hold) => (rank(hold) > rank(best) ? hold : best), null)
  return rank(held) >= rank(current) ? current : held
}
