import type { Reading, Reason } from '../../base/reading.ts'
import type { Severity } from '../../monitor/conditions.ts'
import type { NodeState } from '../../openclaw/snapshot.ts'
import type { Outcome } from '../../operations/operation.ts'
import type { Ink, Tone } from '../ink.ts'
import { padTo, widthOf } from '../width.ts'

const LONGEST_DETAIL = 160

export const STATE_TONES: Record<NodeState, Tone> = {
  serving: 'good',
  'not-serving': 'warning',
  'service-down': 'bad',
  unreachable: 'bad',
  unknown: 'warning',
}

export const SEVERITY_TONES: Record<Severity, Tone> = {
  critical: 'bad',
  warning: 'warning',
  notice: 'strong',
}

export const OUTCOME_TONES: Record<Outcome, Tone> = {
  done: 'good',
  partial: 'warning',
  failed: 'bad',
  unknown: 'warning',
}

/** A reason in words; remote detail is quoted after it. */
export function reasonText(ink: Ink, reason: Reason): string {
  const text = ink.coded(`reason.${reason.code}`, reason.params)
  return reason.detail ? `${text}: ${ink.plain(reason.detail, LONGEST_DETAIL)}` : text
}

/** The value, the value with the reason for doubt, or "unknown" with its reason. */
export function readingText<T>(ink: Ink, reading: Reading<T>, write: (value: T) => string): string {
  if (reading.freshness === 'fresh') return write(reading.value)
  const reason = reasonText(ink, reading.reason)
  if (reading.freshness === 'unknown')
    return ink.paint('dim', ink.t('value.because', { value: ink.t('word.unknown'), reason }))
  return ink.t('value.because', { value: write(reading.value), reason: ink.t('value.stale', { reason }) })
}

/** A value for a cell; `?` for what is not known, `~` before what may no longer hold. */
export function cellText<T>(reading: Reading<T>, write: (value: T) => string): string {
  if (reading.freshness === 'unknown') return '?'
  return reading.freshness === 'stale' ? `~${write(reading.value)}` : write(reading.value)
}

/** The tone of a figure by the level that the rules give it. */
export function levelTone(level: Severity | null): Tone | null {
  return level === null ? null : SEVERITY_TONES[level]
}

/** A state with its reason, coloured. */
export function stateText(ink: Ink, at: { state: NodeState; reason: Reason | null }): string {
  const state = ink.paint(STATE_TONES[at.state], ink.t(`state.${at.state}`))
  return at.reason === null ? state : `${state} (${reasonText(ink, at.reason)})`
}

/** Labels and values under each other, the values in one column. */
export function facts(ink: Ink, lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...lines.map(([label]) => widthOf(label)))
  return lines.map(([label, value]) => `  ${ink.paint('dim', padTo(label, width))}  ${value}`)
}

/** A name, and the id behind it when it differs. */
export function nodeTitle(ink: Ink, node: { id: string; name: string }): string {
  const name = ink.plain(node.name, 80)
  return node.name === node.id ? name : `${name} (${node.id})`
}
