import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fresh, stale } from '../../src/base/reading.ts'
import { curves } from '../../src/monitor/curve.ts'
import { formerHistories } from '../../src/monitor/former-histories.ts'
import { Histories } from '../../src/monitor/histories.ts'
import { observe, type SessionHistory } from '../../src/monitor/history.ts'
import { judgeSession } from '../../src/monitor/judge.ts'
import { thresholdsSchema } from '../../src/monitor/thresholds.ts'
import type { SessionFacts } from '../../src/openclaw/snapshot.ts'
import type { Store } from '../../src/store/store.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { healthySnapshot, sessionFacts } from '../support/snapshots.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const AT = Date.parse('2026-11-22T12:00:00Z')
const DAY = 24 * 3_600_000
const clock = createFakeClock()
let stores: StoreFolder
let store: Store
let histories: Histories

beforeEach(async () => {
  stores = await storeFolder()
  store = await stores.open('cache.db')
  histories = new Histories({ store, clock, log: stores.log })
})
afterEach(() => stores.remove())

/** A look at a node of these sessions. */
function look(sessions: readonly SessionFacts[], at = AT, nodeId = 'alpha'): void {
  histories.observe(healthySnapshot({ nodeId, observedAt: at, sessions: fresh([...sessions], 'rpc', at) }))
}
const session = (key: string, used: number, more: Partial<SessionFacts> = {}) =>
  sessionFacts(used, { key, ...more })
/** The curves as the next start of the program has them. */
const reopened = async () => new Histories({ store: await stores.open('cache.db'), clock, log: stores.log })
const written = async (since: number) => {
  const { put, deleted } = await store.changesSince(curves, since)
  return { put: put.map(({ key }) => key), deleted }
}

const looks = fc.array(
  fc.record({
    used: fc.oneof(fc.nat(200_000), fc.constant(100_000)),
    stale: fc.boolean(),
    id: fc.constantFrom('s-1', 's-2', null),
    count: fc.nat(3),
  }),
  { minLength: 1, maxLength: 300 },
)

describe('the curves', () => {
  it('are not unpacked by a look at a calm session that has taken no turn', () => {
    for (let turn = 1; turn <= 200; turn++) look([session('a', turn * 100)], AT + turn * 60_000)
    const at = AT + 200 * 60_000
    const facts = session('a', 20_000, { lastInteractionAt: at })
    let read = 0
    const counted = {
      get(nodeId: string, key: string) {
        const history = histories.get(nodeId, key)
        if (history === undefined) return undefined
        const { get } = Object.getOwnPropertyDescriptor(history, 'points') ?? {}
        return Object.defineProperty(history, 'points', {
          get() {
            read++
            return get?.call(history)
          },
        })
      },
    }
    const judge = () =>
      judgeSession('alpha', facts, {
        histories: counted,
        thresholds: thresholdsSchema.parse({}),
        at,
        overflowed: false,
      })
    const first = judge()
    expect(read).toBeGreaterThan(0)
    read = 0
    expect(judge()).toEqual(first)
    expect(read).toBe(0)
    look([session('a', 20_100)], at + 60_000)
    judge()
    expect(read).toBeGreaterThan(0)
  })

  it('that were read before the next turn stay what they were', () => {
    for (let turn = 1; turn <= 130; turn++) look([session('a', turn * 100)], AT + turn * 60_000)
    const before = histories.get('alpha', 'a')
    look([session('a', 20_000)], AT + 200 * 60_000)
    expect(before?.points.map(({ used }) => used)).toEqual(
      Array.from({ length: 120 }, (_, index) => (index + 11) * 100),
    )
    expect(histories.get('alpha', 'a')?.points).toHaveLength(120)
  })

  it('are what the looks one after the other make them, here and after a restart', async () => {
    let nodes = 0
    await fc.assert(
      fc.asyncProperty(looks, async (all) => {
        const nodeId = `n${nodes++}`
        let expected: SessionHistory | undefined
        for (const [index, one] of all.entries()) {
          const at = AT + index * 60_000
          const used = fresh(one.used, 'rpc', at)
          const reading = one.stale ? stale(one.used, 'rpc', at, { code: 'from-cache' }) : used
          const facts = sessionFacts(reading, { key: 's', sessionId: one.id, compactionCount: one.count })
          expected = observe(expected, facts, at)
          look([facts], at, nodeId)
          if (index % 7 === 0) histories.get(nodeId, 's')
        }
        expect(histories.get(nodeId, 's')).toEqual(expected)
        await histories.save(true)
        expect(histories.get(nodeId, 's')).toEqual(expected)
      }),
      { numRuns: 30 },
    )
    const later = await reopened()
    for (let node = 0; node < nodes; node++) {
      const { seenAt: _, ...known } = histories.get(`n${node}`, 's') as SessionHistory
      expect(later.get(`n${node}`, 's')).toMatchObject(known)
    }
  })

  it('and what is said by them are the same whether a look saw a session anew or as it was read before', () => {
    const turn = fc.oneof({ arbitrary: fc.nat(9_000), weight: 2 }, fc.constant(-2_000))
    const one = fc.record({ grows: fc.option(turn), minutes: fc.constantFrom(1, 5, 90) })
    const rules = thresholdsSchema.parse({})
    let nodes = 0
    fc.assert(
      fc.property(fc.array(one, { minLength: 20, maxLength: 60 }), (all) => {
        const nodeId = `n${nodes++}`
        let [at, used, compactionCount] = [AT, 60_000, 0]
        let facts = session('s', used)
        let expected: SessionHistory | undefined
        for (const { grows, minutes } of all) {
          at += minutes * 60_000
          if (grows !== null) {
            used = Math.max(0, used + grows) % 200_000
            if (grows < 0) compactionCount += 1
            facts = session('s', used, { compactionCount })
          }
          expected = observe(expected, facts, at)
          look([facts], at, nodeId)
          expect(histories.get(nodeId, 's')).toEqual(expected)
          const around = { thresholds: rules, at, overflowed: false }
          const told = judgeSession(nodeId, facts, { ...around, histories })
          const history = { get: () => expected }
          expect(told).toEqual(judgeSession(nodeId, facts, { ...around, histories: history }))
        }
      }),
      { numRuns: 60 },
    )
  })

  it('of many nodes are read together as each by itself', async () => {
    const keys = ['a', 'é/~', 'z'.repeat(300)]
    for (const nodeId of ['n', 'n-1', 'n1', 'n2', 'other'])
      for (const [index, used] of [1_000, 2_000, 3_000].entries())
        look(
          keys.map((key) => session(key, used)),
          AT + index * 60_000,
          nodeId,
        )
    await histories.save(true)
    const alone = await reopened()
    const again = await stores.open('cache.db')
    const together = new Histories({ store: again, clock, log: stores.log })
    await together.prepare(['n2', 'none', 'n', 'n-1', 'n1'])
    const broken = vi.spyOn(again, 'readNow').mockImplementation(() => {
      throw new Error('read by itself')
    })
    const read = ['n', 'n-1', 'n1', 'n2', 'none'].map((id) => keys.map((key) => together.get(id, key)))
    broken.mockRestore()
    expect(read.flat().filter((history) => history === undefined)).toHaveLength(keys.length)
    expect(read).toEqual(['n', 'n-1', 'n1', 'n2', 'none'].map((id) => keys.map((key) => alone.get(id, key))))
    expect(together.get('other', 'a')).toEqual(alone.get('other', 'a'))
  })

  it('are written where something changed, and nowhere else', async () => {
    look([session('a', 1_000), session('b', 2_000)])
    await histories.save(true)
    const { revision } = await store.changesSince(curves, 0)
    look([session('a', 1_000), session('b', 2_500)], AT + 60_000)
    await histories.save(true)
    expect(await written(revision)).toEqual({ put: ['alpha/b'], deleted: [] })
  })

  it('end with a session that was not seen for a week', async () => {
    look([session('a', 1_000), session('b', 2_000)])
    await histories.save(true)
    const { revision } = await store.changesSince(curves, 0)
    look([session('b', 2_000)], AT + 8 * DAY)
    await histories.save(true)
    expect(histories.get('alpha', 'a')).toBeUndefined()
    expect(await written(revision)).toEqual({ put: [], deleted: ['alpha/a'] })
  })

  it('follow the fullest sessions of a node that has more than its share', async () => {
    const many = Array.from({ length: 1_500 }, (_, index) => session(`s${index}`, index))
    look(many)
    expect(histories.get('alpha', 's1499')).toBeDefined()
    expect(histories.get('alpha', 's499')).toBeUndefined()
    look(
      many.map((one, index) => ({ ...one, key: `t${index}` })),
      AT + 60_000,
    )
    await histories.save(true)
    expect(await store.list(curves)).toHaveLength(1_000)
  })

  it('of one node are told from those of a node whose name begins alike', async () => {
    look([session('a', 1)], AT, 'alpha')
    look([session('a', 2)], AT, 'alpha-2')
    await histories.save(true)
    const later = await reopened()
    expect(later.get('alpha', 'a')?.points.at(-1)?.used).toBe(1)
    expect(later.get('alpha-2', 'a')?.points.at(-1)?.used).toBe(2)
  })

  it('that cannot be read or saved are said in the log and fail nothing', async () => {
    await store.close()
    look([session('a', 1_000)])
    await histories.save(true)
    expect(histories.get('alpha', 'a')?.points).toHaveLength(1)
    expect(stores.log.lines.map(({ message }) => message)).toEqual([
      'the curves of a node could not be read',
      'the curves could not be saved; it is tried again',
    ])
  })

  it('lose only the one whose record does not fit', async () => {
    look([session('a', 1_000), session('b', 2_000)])
    await histories.save(true)
    await store.close()
    const db = new DatabaseSync(join(stores.folder, 'cache.db'))
    db.exec(`UPDATE records SET value = json_set(value, '$.compactionCount', 1.5) WHERE key = 'alpha/a'`)
    db.close()
    const later = await reopened()
    expect(later.get('alpha', 'a')).toBeUndefined()
    expect(later.get('alpha', 'b')?.points).toHaveLength(1)
    await vi.waitFor(() => expect(stores.log.lines[0]?.message).toContain('does not fit'))
  })
})

describe('the curves of an older ocm', () => {
  it('are taken over but for one that does not fit', async () => {
    const history = observe(undefined, session('a', 1_000), AT)
    const nodes = { alpha: { 'x/a': history, b: { ...history, compactionCount: 1.5 } } }
    const writes = formerHistories(store).writes(JSON.stringify({ version: 1, nodes }))
    await store.transaction((tx) => writes.forEach((write) => void write(tx)))
    expect(histories.get('alpha', 'x/a')).toEqual(history)
    expect(histories.get('alpha', 'b')).toBeUndefined()
  })
})
