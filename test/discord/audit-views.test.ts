import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { decodeCustomId } from '../../src/discord/custom-id.ts'
import { createReader } from '../../src/discord/reader.ts'
import { auditCheckView, auditListView } from '../../src/discord/views/audit.ts'
import type { AuditCheck } from '../../src/operations/audit.ts'
import { AUDIT_FAULTS } from '../../src/operations/audit-check.ts'
import type { AuditRow } from '../../src/operations/read-audit.ts'
import { expectAccepted, textOf } from './discord-rules.ts'
import { HOSTILE, HUGE, NOW, reportOf } from './extremes.ts'

const hash = 'f'.repeat(64)
const row = (seq: number, text: string): AuditRow => ({
  at: new Date(NOW).toISOString(),
  operationId: 'abcdef012345',
  operation: seq % 2 === 0 ? 'restart-node' : text,
  face: seq % 3 === 0 ? text : 'discord',
  actorId: '1',
  actorName: text,
  address: text,
  nodeId: text,
  input: { request: text, reason: text, tags: [text, text], name: text },
  about: { operation: text, nodeId: text, input: {} },
  approval: { request: text, by: text, emergency: seq % 4 === 0 ? text : null },
  reason: text,
  result: 'failed',
  errorCode: text,
  durationMs: 86_400_000,
  seq,
  hash,
})
const filter = { since: '24h', who: '12345678901234567890', node: 'alpha', operation: 'acknowledge-incident' }

describe.each(LOCALES)('the cards of the audit in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())

  it.each([HOSTILE, HUGE])('take whatever people and nodes wrote', (text) => {
    const rows = Array.from({ length: 10 }, (_, index) => row(100 - index, text))
    for (const isLater of [false, true])
      expectAccepted(auditListView(reportOf('done', { rows, next: 91 }), filter, isLater, reader))
    expectAccepted(auditListView(reportOf('done', { rows: [], next: null }), filter, true, reader))
  })

  it('take every fault at once', () => {
    const faults = AUDIT_FAULTS.flatMap((kind) => [
      { kind, from: 1, to: 1 },
      { kind, from: 2, to: 199_999 },
    ])
    const check: AuditCheck = {
      lines: 200_000,
      first: 1,
      head: { seq: 200_000, hash },
      faults,
      faultCount: 200_000,
      copy: { kind: 'file', upTo: 200_000, compared: { lines: 1, unreadable: 9, upTo: 1 }, problem: HUGE },
    }
    expectAccepted(auditCheckView(reportOf('failed', check), reader))
    expectAccepted(auditCheckView(reportOf('failed', { ...check, copy: null }), reader))
  })
})

describe('the card of the audit', () => {
  const reader = createReader('en', NOW, new Map())
  const ids = (card: unknown) =>
    [...JSON.stringify(card).matchAll(/"custom_id":"([^"]+)"/g)].map(([, id]) => decodeCustomId(id ?? ''))

  it('goes on behind the last line for which it has room, with the same filter', () => {
    const rows = Array.from({ length: 10 }, (_, index) => row(100 - index, 'x'.repeat(400)))
    const card = auditListView(reportOf('done', { rows, next: 91 }), filter, false, reader)
    const [older] = ids(card)
    const seqs = rows.filter(({ seq }) => seq >= Number(older?.args[0]))
    expect(older?.args.slice(1)).toEqual([filter.since, filter.who, filter.node, filter.operation])
    expect(textOf(card).match(/restart|x{10,}/g)?.length).toBeGreaterThan(seqs.length)
  })

  it('says so where a filter is too long for a button', () => {
    const long = { ...filter, node: 'n'.repeat(63) }
    const card = auditListView(reportOf('done', { rows: [row(2, 'a')], next: 2 }), long, false, reader)
    expect(ids(card)).toEqual([])
    expect(textOf(card)).toContain('There is more')
  })
})
