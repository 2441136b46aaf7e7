import { describe, expect, it } from 'vitest'
import type { NodeRecord } from '../../registry/schema.ts'
import { fresh, stale, unknown } from '../../src/base/reading.ts'
import { judgeNode } from '../../src/monitor/judge.ts'
import type { NodeSnapshot, SessionFacts } from '../../src/openclaw/snapshot.ts'
import { isUnseenInFigures, rememberedRowOf, rowOf, worstFirst } from '../../src/operations/node-row.ts'
import { healthySnapshot, NO_BACKUP, sessionFacts } from '../support/snapshots.ts'

const AT = healthySnapshot().observedAt
const node = {
  ...{ id: 'alpha', name: 'Alpha', tags: ['prod'], state: 'active' },
  gatewayPort: 18_789,
} as unknown as NodeRecord
const around = { judgement: null, incidents: [], backup: NO_BACKUP, pending: false }
const rules = { version: 1 as const, overrides: [] }
const judged = (snapshot: NodeSnapshot) =>
  judgeNode(snapshot, { rules, tags: node.tags, histories: { get: () => undefined } })

const row = (changes: Partial<NodeSnapshot> = {}) => rowOf(node, healthySnapshot(changes), 'cached', around)
const rowWith = (...sessions: SessionFacts[]) => row({ sessions: fresh(sessions, 'rpc', AT) })
const session = (
  key: string,
  used: Parameters<typeof sessionFacts>[0],
  changes: Partial<SessionFacts> = {},
) => sessionFacts(used, { key, ...changes })
const doubtful = (used: number) => stale(used, 'rpc', AT, { code: 'counter-stale' })

describe('a row of the list', () => {
  it('names the fullest session', () => {
    const { fullest } = rowWith(session('a', 10_000), session('b', 90_000), session('c', 50_000))
    expect(fullest.value).toMatchObject({ sessionKey: 'b', agentId: 'main' })
  })

  it('trusts a fresh counter before a fuller one that may be old', () => {
    const { fullest } = rowWith(session('old', doubtful(160_000)), session('new', 20_000))
    expect(fullest).toMatchObject({ freshness: 'fresh', value: { sessionKey: 'new' } })
    const { fullest: only } = rowWith(session('a', doubtful(10_000)), session('b', doubtful(60_000)))
    expect(only).toMatchObject({ freshness: 'stale', value: { sessionKey: 'b' } })
  })

  it('keeps the first of two that are equally full', () => {
    expect(rowWith(session('a', 10_000), session('b', 10_000)).fullest.value?.sessionKey).toBe('a')
  })

  it('leaves archived sessions out', () => {
    const { sessions, fullest } = rowWith(session('a', 10_000), session('b', 90_000, { archived: true }))
    expect(sessions.value).toBe(1)
    expect(fullest.value?.sessionKey).toBe('a')
  })

  it('says why there is no fullest session', () => {
    // None is not unknown.
    expect(rowWith().fullest).toMatchObject({ freshness: 'fresh', value: null })
    const uncounted = session('a', unknown({ code: 'counter-missing' }, AT))
    expect(rowWith(uncounted).fullest).toMatchObject({ reason: { code: 'counter-missing' } })
    const hung = unknown<SessionFacts[]>({ code: 'gateway-hung' }, AT)
    const { sessions, fullest } = row({ sessions: hung })
    expect([sessions, fullest]).toEqual([hung, hung])
  })

  it('keeps the doubt of what it is made from', () => {
    const load = stale({ one: 2, five: 1, fifteen: 1 }, 'probe', AT - 5, { code: 'from-cache' })
    const { host } = healthySnapshot()
    expect(row({ host: { ...host, load } }).load).toEqual({
      freshness: 'stale',
      value: { one: 2, perCpu: 0.5 },
      source: 'probe',
      observedAt: AT - 5,
      reason: { code: 'from-cache' },
    })
  })

  it('of a node that was never read says so in every value', () => {
    const empty = rowOf(node, undefined, 'cached', { ...around, pending: true })
    expect(empty).toMatchObject({ state: 'unknown', freshness: 'never', pending: true, observedAt: null })
    expect(empty.agents).toMatchObject({ freshness: 'unknown', reason: { code: 'not-read-yet' } })
  })

  it('from memory is stale once its oldest known value is older than it may be', () => {
    const { host } = healthySnapshot()
    const load = fresh({ one: 2, five: 1, fifteen: 1 }, 'probe', AT - 5_000)
    const disk = unknown<never>({ code: 'deadline' }, AT - 90_000)
    const snapshot = healthySnapshot({ host: { ...host, load, disk } })
    const at = (now: number) => rememberedRowOf(node, snapshot, { ...around, now, freshForMs: 30_000 })
    expect(at(AT + 25_000).freshness).toBe('cached')
    expect(at(AT + 25_001).freshness).toBe('stale')
    expect(at(AT + 25_000).freshness).toBe('cached')
  })

  it('from memory is made anew only when something about it is different', () => {
    const snapshot = healthySnapshot()
    const when = { ...around, now: AT, freshForMs: 30_000 }
    const first = rememberedRowOf(node, snapshot, when)
    expect(rememberedRowOf(node, snapshot, { ...when, now: AT + 1 })).toBe(first)
    expect(rememberedRowOf(node, snapshot, { ...when, pending: true }).pending).toBe(true)
    const renamed = { ...node, name: 'Beta' }
    expect(rememberedRowOf(renamed, snapshot, when).name).toBe('Beta')
    expect(rememberedRowOf(node, healthySnapshot({ state: 'unreachable' }), when).state).toBe('unreachable')
    expect(first).toEqual(rowOf(node, snapshot, 'cached', around))
    const incidents = [{ id: 'I-1', level: 'critical' as const }]
    const marked = rememberedRowOf(node, snapshot, { ...when, incidents })
    expect(marked.incidents).toEqual(incidents)
    expect(rememberedRowOf(node, snapshot, { ...when, incidents: [...incidents] })).toBe(marked)
    const judgement = judged(snapshot)
    expect(rememberedRowOf(node, snapshot, { ...when, judgement })).not.toBe(marked)
  })

  it('has the levels of the figures that it shows, and what else is wrong', () => {
    const { host } = healthySnapshot()
    const disk = fresh({ path: '/', totalBytes: 100, availableBytes: 3, usedPercent: 97 }, 'probe', AT)
    const snapshot = healthySnapshot({
      host: { ...host, disk },
      sessions: fresh([session('a', 20_000), session('b', 140_000)], 'rpc', AT),
    })
    const seen = rowOf(node, snapshot, 'live', { ...around, judgement: judged(snapshot) })
    expect(seen.levels).toEqual({ context: 'warning', disk: 'critical' })
    expect(seen.anomalies.map(({ code }) => code)).toEqual(['disk-full', 'context-level'])
    expect(seen.anomalies.filter(isUnseenInFigures)).toEqual([])
  })

  it('shows that a node that serves is not watched', () => {
    const sessions = unknown<never>({ code: 'gateway-auth-failed' }, AT)
    const snapshot = healthySnapshot({ sessions })
    const { anomalies } = rowOf(node, snapshot, 'live', { ...around, judgement: judged(snapshot) })
    expect(anomalies.filter(isUnseenInFigures)).toMatchObject([
      { code: 'not-watched', reason: { code: 'gateway-auth-failed' } },
    ])
  })
})

describe('the order of rows', () => {
  it('puts what is open and what is wrong before what is only full', () => {
    const ill = { ...row(), id: 'ill', incidents: [{ id: 'I-1', level: 'warning' as const }] }
    const full = { ...rowWith(session('a', 90_000)), id: 'full' }
    const critical = { code: 'disk-full' as const, severity: 'critical' as const, params: {} }
    const dire = { ...row(), id: 'dire', anomalies: [critical] }
    expect([full, ill, dire].sort(worstFirst).map(({ id }) => id)).toEqual(['dire', 'ill', 'full'])
  })

  it('is worst first, then fullest, then by id', () => {
    const states = ['serving', 'unknown', 'not-serving', 'service-down', 'unreachable'] as const
    const bad = states.map((state) => ({ ...row({ state }), id: state }))
    expect(bad.sort(worstFirst).map(({ id }) => id)).toEqual([...states].reverse())
    const full = { ...rowWith(session('a', 90_000)), id: 'z' }
    const blank = { ...rowWith(), id: 'a' }
    const equals = ['d', 'c'].map((id) => ({ ...row(), id }))
    expect([blank, ...equals, full].sort(worstFirst).map(({ id }) => id)).toEqual(['z', 'c', 'd', 'a'])
  })
})
