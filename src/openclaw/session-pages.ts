import { MOST_SESSIONS } from './node-budget.ts'
import type { SessionPage, SessionRow } from './session-rows.ts'

/** Rows of 3 kB: a page is parsed in one piece. */
const PAGE_ROWS = 100

/** All pages of `sessions.list` together. */
export interface SessionList {
  rows: SessionRow[]
  defaultWindow: number | null
  /** Whether the gateway has more than these. */
  more: boolean
}

/** What to ask for first: protocol 3 gives everything at once. */
export function firstPage(protocol: 3 | 4): object {
  return { limit: protocol === 3 ? MOST_SESSIONS + 1 : PAGE_ROWS }
}

/** A session that moved between two pages stands on both. */
export function uniqueRows(rows: readonly SessionRow[]): SessionRow[] {
  return [...new Map(rows.map((row) => [row.key, row])).values()]
}

/** What to ask for after a page; null when it was the last one. */
export function nextPage({ nextOffset, more, totalCount, rows }: SessionPage, asked: object): object | null {
  const offset = 'offset' in asked ? Number(asked.offset) : 0
  if (nextOffset !== null) return nextOffset > offset ? { limit: PAGE_ROWS, offset: nextOffset } : null
  const all = Math.min(totalCount ?? 0, MOST_SESSIONS + 1)
  const isFirst = 'limit' in asked && asked.limit === PAGE_ROWS && !('offset' in asked)
  return more && isFirst && all > Math.max(rows.length, PAGE_ROWS) ? { limit: all } : null
}
