import type { Reading, Reason } from '../../base/reading.ts'
import type { Severity } from '../../monitor/conditions.ts'
import { formatDuration, formatNumber, formatPercent } from '../../text/format.ts'
import type { Ink } from '../ink.ts'
import type { Section } from '../paging.ts'
import { SEVERITY_SYMBOLS } from './symbols.ts'

/** A reason in words; remote detail is quoted after it. */
export function reasonText(ink: Ink, reason: Reason): string {
  const text = ink.coded(`reason.${reason.code}`, reason.params)
  return reason.detail ? `${text}: ${ink.code(reason.detail, 160)}` : text
}

/** A reading as text: the value, the value with the reason for doubt, or "unknown" with its reason. */
export function readingText<T>(
  ink: Ink,
  reading: Reading<T>,
  render: (value: T) => string,
  told: string | null = null,
): string {
  if (reading.freshness === 'fresh') return render(reading.value)
  const reason = reasonText(ink, reading.reason)
  if (reason === told) return withoutReason(ink, reading, render)
  const value = reading.freshness === 'unknown' ? ink.t('word.unknown') : render(reading.value)
  const doubt = reading.freshness === 'stale' ? ink.t('value.stale', {}, { reason }) : reason
  return ink.t('value.because', {}, { value, reason: doubt })
}

/** The same where the reason stands above already: then the age says enough. */
function withoutReason<T>(
  ink: Ink,
  reading: Exclude<Reading<T>, { freshness: 'fresh' }>,
  render: (value: T) => string,
): string {
  if (reading.freshness === 'unknown') return ink.t('word.unknown')
  const seen = ink.t('word.observed', {}, { when: ink.time(reading.observedAt) })
  return ink.t('value.because', {}, { value: render(reading.value), reason: seen })
}

/** A section that has nothing to tell but why it was not read. */
export function unreadSection(ink: Ink, title: string, reason: string): Section {
  const text = ink.t('value.because', {}, { value: ink.t('word.unknown'), reason })
  return { heading: ink.heading(title), items: [text], unread: { title, reason } }
}

/**
 * Tells the sections that were not read for one and the same reason together, and a reason that stands above already not
 * again.
 */
export function unreadOnce(sections: readonly Section[], ink: Ink, told: string | null): Section[] {
  const titles = new Map<string, string[]>()
  for (const { unread } of sections) {
    if (unread) titles.set(unread.reason, [...(titles.get(unread.reason) ?? []), unread.title])
  }
  return sections.flatMap((section) => {
    if (!section.unread) return [section]
    const { reason } = section.unread
    const together = titles.get(reason)
    if (together === undefined) return []
    titles.delete(reason)
    const { heading, items } = unreadSection(ink, together.join(' · '), reason)
    return [{ heading, items: reason === told ? [ink.t('word.unknown')] : items }]
  })
}

/** The bar and the number of a share, and its sign where the rules give it a level. */
export function meter(ink: Ink, percent: number, level: Severity | null = null): string {
  const sign = level === null ? '' : `${SEVERITY_SYMBOLS[level]} `
  return `${sign}${ink.bar(percent)} ${percentText(ink, percent)}`
}

export function numberText(ink: Ink, value: number, digits = 0): string {
  return formatNumber(ink.locale, value, digits)
}

export function percentText(ink: Ink, percent: number): string {
  return formatPercent(ink.locale, percent)
}

export function durationText(ink: Ink, ms: number): string {
  return formatDuration(ink.locale, ms)
}

/** Joins what is there with the sign used between figures. */
export function dotted(parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ')
}

/** Shows the first `max` of many and says how many more there are. */
export function firstOf(ink: Ink, items: readonly string[], max: number): string {
  if (items.length <= max) return items.join(', ')
  const more = ink.t('word.more', { count: items.length - max })
  return `${items.slice(0, max).join(', ')} ${more}`
}

/** A name, and the id behind it when it differs. */
export function nodeTitle(ink: Ink, node: { id: string; name: string }): string {
  const name = ink.strong(ink.remote(node.name, 80))
  return node.name === node.id ? name : `${name} ${ink.code(node.id)}`
}
