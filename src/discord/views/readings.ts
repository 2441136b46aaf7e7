import { unknownText } from '../../presenters/readings.ts'
import type { DiscordInk } from '../ink.ts'
import type { Section } from '../paging.ts'

/** A section that has nothing to tell but why it was not read. */
export function unreadSection(ink: DiscordInk, title: string, reason: string): Section {
  return { heading: ink.heading(title), items: [unknownText(ink, reason)], unread: { title, reason } }
}

/**
 * Tells the sections that were not read for one and the same reason together, and a reason that stands above already not
 * again.
 */
export function unreadOnce(sections: readonly Section[], ink: DiscordInk, told: string | null): Section[] {
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
