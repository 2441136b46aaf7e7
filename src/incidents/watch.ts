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
  const depth = Math.max(look.confirmation.of, look.confirmation.clear)
  return {
    levels: [...kept.levels, seen.level].slice(-depth),
    holds: [...kept.holds, seen.holdLevel].slice(-depth),
    epoch: look.epoch,
    at: look.at,
  }
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
