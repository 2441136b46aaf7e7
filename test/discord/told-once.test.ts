import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { type Reading, type Reason, stale, unknown } from '../../src/base/reading.ts'
import { createReader } from '../../src/discord/reader.ts'
import { nodeListView } from '../../src/discord/views/node-list.ts'
import { nodeStatusView } from '../../src/discord/views/node-status.ts'
import { anomaliesOf, judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { rowOf } from '../../src/operations/node-row.ts'
import { healthySnapshot, NO_BACKUP } from '../support/snapshots.ts'
import { textOf } from './discord-rules.ts'
import { NOW, nodeList, nodeRecord, nodeStatusOf } from './extremes.ts'

const REASON: Reason = { code: 'connect-timeout', params: { ms: 5_000 } }
const healthy = healthySnapshot()
const AT = healthy.observedAt

/** Every reading of a part, unknown. */
function unread<T extends object>(part: T): T {
  return Object.fromEntries(Object.keys(part).map((name) => [name, unknown(REASON, AT)])) as T
}

const version: Reading<string> = stale('2026.2.17', 'probe', AT - 3_600_000, REASON)
const unreachable: NodeSnapshot = healthySnapshot({
  state: 'unreachable',
  reason: REASON,
  host: unread(healthy.host),
  service: unread(healthy.service),
  install: { ...unread(healthy.install), version },
  gateway: unread(healthy.gateway),
  agents: unknown(REASON, AT),
  sessions: unknown(REASON, AT),
})
const judgement = judgeNode(unreachable, {
  rules: { version: 1, overrides: [] },
  tags: [],
  histories: { get: () => undefined },
})
const timesIn = (text: string, part: string) => text.split(part).length - 1

describe.each(LOCALES)('what was not read, in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const { ink } = reader
  const reason = ink.coded('reason.connect-timeout', REASON.params)

  it('is told with its reason once in the status of a node that cannot be reached', () => {
    const status = nodeStatusOf(unreachable, { anomalies: anomaliesOf(judgement) })
    const text = textOf(nodeStatusView(status, reader))
    expect(timesIn(text, reason)).toBe(1)
    expect(text).toContain(ink.t('condition.node-unreachable'))
    expect(text).toContain(
      [ink.t('label.machine'), ink.t('label.service'), ink.t('label.gateway')].join(' · '),
    )
  })

  it('keeps the version that was read last, with its age', () => {
    const around = { judgement: null, incidents: [], backup: NO_BACKUP, pending: false }
    const row = rowOf(
      nodeRecord(),
      healthySnapshot({ install: { ...healthy.install, version } }),
      'live',
      around,
    )
    const text = textOf(nodeListView(nodeList([row]), reader))
    expect(text).toContain(ink.t('word.version', { version: '2026.2.17' }))
    expect(text).toContain(ink.t('word.observed', {}, { when: ink.time(version.observedAt) }))
  })

  it('is named where a figure of a row is not known', () => {
    const host = { ...healthy.host, load: unknown<never>(REASON, AT), disk: unknown<never>(REASON, AT) }
    const around = { judgement: null, incidents: [], backup: NO_BACKUP, pending: false }
    const text = textOf(
      nodeListView(nodeList([rowOf(nodeRecord(), healthySnapshot({ host }), 'live', around)]), reader),
    )
    expect(text).toContain(`${ink.t('label.load')}, ${ink.t('label.disk')}`)
    expect(text).not.toContain(`${ink.t('label.uptime')},`)
  })
})
