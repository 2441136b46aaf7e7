import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type Dated, isLastGood, keep } from '../../src/backup/retention.ts'
import { ABOUT, openStore, scratchFolder, tarFrom } from './store-kit.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 28, 22)
const daily = (count: number, good: boolean | null = true): Dated[] =>
  Array.from({ length: count }, (_, ago) => ({ id: `b${ago}`, startedAt: NOW - ago * DAY, good }))
const ids = (backups: readonly Dated[]) => backups.map(({ id }) => id)

describe('retention', () => {
  it('keeps the newest, and the newest of each day, week and month', () => {
    const backups = daily(100)
    expect(ids(keep(backups, { last: 2, daily: 0, weekly: 0, monthly: 0 }, NOW).keep)).toEqual(['b0', 'b1'])
    expect(ids(keep(backups, { last: 0, daily: 3, weekly: 0, monthly: 0 }, NOW).keep)).toEqual([
      'b0',
      'b1',
      'b2',
    ])
    // 28 November 2026 is a Saturday: the newest of the week before is Sunday the 22nd.
    expect(ids(keep(backups, { last: 0, daily: 0, weekly: 3, monthly: 0 }, NOW).keep)).toEqual([
      'b0',
      'b6',
      'b13',
    ])
    expect(ids(keep(backups, { last: 0, daily: 0, weekly: 0, monthly: 2 }, NOW).keep)).toEqual(['b0', 'b28'])
  })

  it('lets damaged ones fill no place, and keeps whatever is newer than the last good one', () => {
    const backups = daily(5).map((backup, at) => ({ ...backup, good: at < 2 ? false : at < 4 }))
    expect(ids(keep(backups, { last: 1, daily: 0, weekly: 0, monthly: 0 }, NOW).keep)).toEqual([
      'b0',
      'b1',
      'b2',
    ])
  })

  it('never lets the last good one go, and keeps or removes each backup exactly once', () => {
    const backup = fc.record({
      id: fc.uuid(),
      startedAt: fc.integer({ min: NOW - 400 * DAY, max: NOW + DAY }),
      good: fc.constantFrom(true, false, null),
    })
    const count = fc.nat(5)
    const policy = fc.record({ last: count, daily: count, weekly: count, monthly: count })
    fc.assert(
      fc.property(fc.uniqueArray(backup, { selector: ({ id }) => id }), policy, (backups, rules) => {
        const { keep: kept, remove } = keep(backups, rules, NOW)
        expect([...ids(kept), ...ids(remove)].sort()).toEqual(ids(backups).sort())
        const anyGood = backups.some(({ good }) => good === true)
        if (anyGood) expect(kept.some(({ good }) => good === true)).toBe(true)
        if (backups.length > 0) expect(kept.length).toBeGreaterThan(0)
      }),
    )
  })

  it('knows the last good one: verified, or else the newest that nobody looked at', () => {
    const [newest, next] = daily(2, null) as [Dated, Dated]
    expect([isLastGood(newest, [newest, next]), isLastGood(next, [newest, next])]).toEqual([true, false])
    const proven = { ...next, good: true }
    expect([isLastGood(newest, [newest, proven]), isLastGood(proven, [newest, proven])]).toEqual([
      false,
      true,
    ])
  })
})

describe('a store that is told what to keep', () => {
  const newest = { last: 1, daily: 0, weekly: 0, monthly: 0 }
  const idsOf = async (store: Awaited<ReturnType<typeof openStore>>, node: string) =>
    ids(await store.list(node))

  async function taken(
    store: Awaited<ReturnType<typeof openStore>>,
    node: string,
    sound = true,
  ): Promise<string> {
    const { id } = await store.receive(node, ABOUT, tarFrom([{ path: 'openclaw.json', content: '{}' }]))
    if (sound) await store.verify(id)
    return id
  }

  async function retained(store: Awaited<ReturnType<typeof openStore>>, node: string): Promise<string[]> {
    const gone: string[] = []
    await store.retain(node, newest, (id) => gone.push(id))
    return gone
  }

  it('forgets older backups of that node alone', async () => {
    const store = await openStore()
    const [first, other, second] = [await taken(store, 'a'), await taken(store, 'b'), await taken(store, 'a')]
    const third = await taken(store, 'a')
    const gone = await retained(store, 'a')
    expect(gone.toSorted()).toEqual([first, second].toSorted())
    expect([await idsOf(store, 'a'), await idsOf(store, 'b')]).toEqual([[third], [other]])
    expect((await store.verify(third)).ok).toBe(true)
  })

  it('never forgets the last good one for newer ones that nobody has verified', async () => {
    const store = await openStore()
    const good = await taken(store, 'a')
    await taken(store, 'a', false)
    expect(await retained(store, 'a')).toEqual([])
    expect(await idsOf(store, 'a')).toContain(good)
  })

  it('leaves what is being read, and takes it the next time', async () => {
    const folder = await scratchFolder()
    const [store, reader] = [await openStore(folder), await openStore(folder)]
    const old = await taken(store, 'a')
    await taken(store, 'a')
    const tar = await reader.tarOf(old)
    expect(await retained(store, 'a')).toEqual([])
    const closed = new Promise((resolve) => tar.once('close', resolve))
    tar.destroy()
    await closed
    await vi.waitFor(async () => expect(await retained(store, 'a')).toEqual([old]))
  })
})
