import type { Reading, Reason } from '../base/reading.ts'
import type { Ink } from './ink.ts'

const LONGEST_DETAIL = 160

/** A reason in words; remote detail is quoted after it. */
export function reasonText(ink: Ink, reason: Reason): string {
  const text = ink.coded(`reason.${reason.code}`, reason.params)
  return reason.detail ? `${text}: ${ink.code(reason.detail, LONGEST_DETAIL)}` : text
}

/**
 * A reading as text: the value, the value with the reason for doubt, or "unknown" with its reason.
 * @param told a reason that stands above already, as {@link reasonText} words it: then the age says enough
 */
export function readingText<T>(
  ink: Ink,
  reading: Reading<T>,
  render: (value: T) => string,
  told: string | null = null,
): string {
  if (reading.freshness === 'fresh') return render(reading.value)
  const reason = reasonText(ink, reading.reason)
  if (reading.freshness === 'unknown')
    return reason === told ? ink.paint('dim', ink.t('word.unknown')) : unknownText(ink, reason)
  const value = render(reading.value)
  const doubt =
    reason === told
      ? ink.t('word.observed', {}, { when: ink.time(reading.observedAt) })
      : ink.t('value.stale', {}, { reason })
  return ink.t('value.because', {}, { value, reason: doubt })
}

/** Says of a list that a node has more than ocm takes in, and how much of it is shown; null where it is whole. */
export function limitText(
  ink: Ink,
  { limitedTo }: { limitedTo?: number | null },
  shown: number,
): string | null {
  return limitedTo === undefined || limitedTo === null ? null : ink.t('word.limited', { count: shown })
}

/** "unknown" with a reason that this ink has written. */
export function unknownText(ink: Ink, reason: string): string {
  return ink.paint('dim', ink.t('value.because', {}, { value: ink.t('word.unknown'), reason }))
}

/** Joins what is there with the sign used between facts. */
export function dotted(parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ')
}

/** Shows the first `max` of many and says how many more there are. */
export function firstOf(ink: Ink, items: readonly string[], max: number): string {
  if (items.length <= max) return items.join(', ')
  const more = ink.t('word.more', { count: items.length - max })
  return `${items.slice(0, max).join(', ')} ${more}`
}
