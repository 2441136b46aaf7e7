import { CARD_LIMITS } from './card.ts'

/** Stands for the page numbers before they are known, so that their width is reckoned with. */
export const MOST_PAGES = 9999
/** Kept free for line breaks between the parts. */
const SPARE = 60

/** A part of a long answer: a heading that is repeated on every page it reaches, and lines that stay whole. */
export interface Section {
  heading: string | null
  items: readonly string[]
  /** Set when the section has nothing to tell but why it was not read. */
  unread?: { title: string; reason: string }
}

/** One page: a text for each section it shows, and how many items these hold. */
export interface Page {
  texts: string[]
  items: number
}

/**
 * Packs sections into pages of at most `budget` characters. An item is never split and never dropped: a page holds at
 * least one, so the caller keeps each item shorter than the budget.
 */
export function paginate(
  sections: readonly Section[],
  budget: number,
  itemsPerPage = Number.POSITIVE_INFINITY,
): Page[] {
  const pages: Page[] = []
  let page: Page = { texts: [], items: 0 }
  let size = 0
  for (const { heading, items } of sections) {
    let lines: string[] = []
    const close = () => {
      if (lines.length > 0) page.texts.push([...(heading === null ? [] : [heading]), ...lines].join('\n'))
      lines = []
    }
    const costOf = (item: string) =>
      item.length + 1 + (lines.length === 0 && heading !== null ? heading.length + 1 : 0)
    for (const item of items) {
      if (page.items > 0 && (size + costOf(item) > budget || page.items >= itemsPerPage)) {
        close()
        pages.push(page)
        page = { texts: [], items: 0 }
        size = 0
      }
      size += costOf(item)
      page.items += 1
      lines.push(item)
    }
    close()
  }
  if (page.items > 0) pages.push(page)
  return pages
}

/** The page that was asked for, 1-based, kept within what there is. */
export function clampPage(page: number, pages: number): number {
  return Math.min(Math.max(Math.trunc(page) || 1, 1), Math.max(pages, 1))
}

/** What is left of a message's characters beside the given fixed texts. */
export function textBudget(...fixed: readonly string[]): number {
  return CARD_LIMITS.text - SPARE - fixed.reduce((sum, text) => sum + text.length, 0)
}
