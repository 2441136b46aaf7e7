import type { Reading } from '../../base/reading.ts'
import type { Severity } from '../../monitor/conditions.ts'
import type { NodeState } from '../../openclaw/snapshot.ts'
import type { Outcome } from '../../operations/operation.ts'
import type { Ink, Tone } from '../../presenters/ink.ts'
import { SEVERITY_TONES } from '../ink.ts'
import { padTo, widthOf } from '../width.ts'

export const STATE_TONES: Record<NodeState, Tone> = {
  serving: 'good',
  'not-serving': 'warning',
  'service-down': 'bad',
  unreachable: 'bad',
  unknown: 'warning',
}

export const OUTCOME_TONES: Record<Outcome, Tone> = {
  done: 'good',
  partial: 'warning',
  failed: 'bad',
  unknown: 'warning',
}

/** A value for a cell; `?` for what is not known, `~` before what may no longer hold, `+` where there is more of it. */
export function cellText<T>(reading: Reading<T>, write: (value: T) => string): string {
  if (reading.freshness === 'unknown') return '?'
  const text = `${write(reading.value)}${reading.limitedTo === undefined ? '' : '+'}`
  return reading.freshness === 'stale' ? `~${text}` : text
}

/** The tone of a figure by the level that the rules give it. */
export function levelTone(level: Severity | null): Tone | null {
  return level === null ? null : SEVERITY_TONES[level]
}

/** A state with its reason, coloured. */
export function stateText(
  ink: Ink,
  { state, text, reason }: { state: NodeState; text: string; reason: string | null },
): string {
  const shown = ink.paint(STATE_TONES[state], text)
  return reason === null ? shown : `${shown} (${reason})`
}

/** Labels and values under each other, the values in one column. */
export function facts(ink: Ink, lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...lines.map(([label]) => widthOf(label)))
  return lines.map(([label, value]) => `  ${ink.paint('dim', padTo(label, width))}  ${value}`)
}
