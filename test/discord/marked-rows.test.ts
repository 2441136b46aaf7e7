import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { fresh, type Reading, unknown } from '../../src/base/reading.ts'
import { createInk } from '../../src/cli/ink.ts'
import { nodeListText } from '../../src/cli/views/node-list.ts'
import { createReader } from '../../src/discord/reader.ts'
import { nodeListView } from '../../src/discord/views/node-list.ts'
import { judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot, SessionFacts } from '../../src/openclaw/snapshot.ts'
import { type NodeRow, type RowAround, rowOf } from '../../src/operations/node-row.ts'
import { healthySnapshot, NO_BACKUP, sessionFacts } from '../support/snapshots.ts'
import { textOf } from './discord-rules.ts'
import { NOW, nodeList, nodeRecord } from './extremes.ts'

const node = nodeRecord()
const AT = healthySnapshot().observedAt

function judgedRow(changes: Partial<NodeSnapshot>, incidents: RowAround['incidents'] = []): NodeRow {
  const snapshot = healthySnapshot({ nodeId: node.id, ...changes })
  const around = {
    rules: { version: 1 as const, overrides: [] },
    tags: [],
    histories: { get: () => undefined },
  }
  return rowOf(node, snapshot, 'live', {
    judgement: judgeNode(snapshot, around),
    incidents,
    backup: NO_BACKUP,
    pending: false,
  })
}

const opened = [
  { id: 'I-1', level: 'critical' as const },
  { id: 'I-4', level: 'notice' as const },
]
const sessionsOf = (reading: Reading<SessionFacts[]>) => ({ sessions: reading })
const unreadable = sessionsOf(unknown({ code: 'gateway-auth-failed' }, AT))
const full = sessionsOf(fresh([sessionFacts(150_000)], 'rpc', AT))

describe.each(LOCALES)('a row of the list in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const card = (row: NodeRow) => textOf(nodeListView(nodeList([row]), reader))
  const table = (row: NodeRow, colours = false) =>
    nodeListText(
      nodeList([row]),
      createInk(locale, colours, () => NOW),
      null,
    )

  it('names the worst open incident and how many more there are, in both faces', () => {
    expect(card(judgedRow({}, opened))).toContain('🔴 I-1 +1')
    expect(table(judgedRow({}, opened))).toContain('I-1 +1')
    expect(card(judgedRow({}))).not.toContain('I-')
  })

  it('says that a node that serves is not watched, and why, in both faces', () => {
    const { ink } = reader
    const [what, why] = [ink.t('condition.not-watched'), ink.t('reason.gateway-auth-failed')]
    for (const text of [card(judgedRow(unreadable)), table(judgedRow(unreadable))]) {
      expect(text).toContain(what)
      expect(text).toContain(why)
    }
    expect(card(judgedRow({}))).not.toContain(what)
  })

  it('counts a node that was never read by the words of its row, in both faces', () => {
    const { ink } = reader
    const never: NodeRow = { ...judgedRow({}), state: 'unknown', observedAt: null, freshness: 'never' }
    for (const text of [card(never), table(never)]) {
      expect(text).toContain(`1 ${ink.t('list.never')}`)
      expect(text).not.toContain(ink.t('state.unknown'))
    }
    const unclear = card(judgedRow({ state: 'unknown' }))
    expect(unclear).toContain(`1 ${ink.t('state.unknown')}`)
    expect(unclear).not.toContain(ink.t('list.never'))
  })

  it('marks a figure by the rules, in both faces', () => {
    expect(card(judgedRow(full))).toMatch(/🔴 ▰+▱+ 90/)
    expect(card(judgedRow({}))).not.toMatch(/[🔴🟡🔵]/u)
    expect(table(judgedRow(full), true)).toMatch(/\[31m90/)
    expect(table(judgedRow({}), true)).not.toMatch(/\[3[13]m\d/)
  })
})
