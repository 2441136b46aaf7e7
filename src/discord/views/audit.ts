import type { AuditCheck } from '../../operations/audit.ts'
import type { Report } from '../../operations/operation.ts'
import type { AuditList } from '../../operations/read-audit.ts'
import { auditCheck, auditList } from '../../presenters/audit.ts'
import { buttonRow, CARD_LIMITS, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { resultCard, textsOf } from './told.ts'

const SYMBOL = '📒'
/** The longest id of a button. */
const LONGEST_ID = 100
/** What the words below the lines need. */
const ROOM_BELOW = 200

/** What is looked for; empty is everything. */
export interface AuditFilter {
  since: string
  who: string
  node: string
  operation: string
}

/** A page of the audit. Lines for which the card has no room are the first of the next page. */
export function auditListView(
  report: Report<AuditList>,
  filter: AuditFilter,
  isLater: boolean,
  reader: Reader,
): Card {
  const { ink } = reader
  const { rows, next } = report.data
  let shown = rows.length
  let texts = textsOf(SYMBOL, auditList(report.data, ink), ink)
  while (shown > 1 && texts.join('\n').length > CARD_LIMITS.text - ROOM_BELOW) {
    shown -= 1
    texts = textsOf(SYMBOL, auditList({ rows: rows.slice(0, shown), next }, ink), ink)
  }
  const older = shown < rows.length ? (rows[shown - 1]?.seq ?? next) : next
  const ids = { older: older === null ? null : pageId(older, filter), newest: pageId(0, filter) }
  const buttons = [
    ...(isLater && ids.newest !== null ? [{ id: ids.newest, label: ink.t('audit.newest'), emoji: '⏮️' }] : []),
    ...(ids.older === null ? [] : [{ id: ids.older, label: ink.t('audit.older'), emoji: '▶️' }]),
  ]
  const [head = '', ...lines] = texts
  return makeCard({
    colour: 'neutral',
    texts: [
      head,
      lines.join('\n'),
      older !== null && ids.older === null ? ink.small(ink.t('audit.narrow')) : '',
    ],
    controls: buttons.length === 0 ? [] : [buttonRow(buttons)],
  })
}

/** The id of a button that shows the page before a line; null where the filter is too long for one. */
function pageId(before: number, { since, who, node, operation }: AuditFilter): string | null {
  const length = [before, since, who, node, operation].map(encodeURIComponent).join('|').length
  const room = LONGEST_ID - encodeCustomId('audit-list', 'page', '').length
  return length > room ? null : encodeCustomId('audit-list', 'page', before, since, who, node, operation)
}

/** Whether the audit holds. */
export function auditCheckView(report: Report<AuditCheck>, reader: Reader): Card {
  return resultCard(auditCheck(report, reader.ink), report, reader)
}
