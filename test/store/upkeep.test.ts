import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { checkpoint } from '../../src/store/checkpoint.ts'
import { openMirror } from '../../src/store/mirror.ts'
import { inSlices } from '../../src/store/slices.ts'
import { defineCollection } from '../../src/store/store.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const HOUR = 3_600_000
const looks = defineCollection({
  name: 'look',
  schema: z.string(),
  keep: { forMs: 10 * HOUR, records: 500 },
})
const names = defineCollection({ name: 'name', schema: z.string() })
let stores: StoreFolder

beforeEach(async () => {
  stores = await storeFolder()
})
afterEach(() => stores.remove())

describe('what a store keeps', () => {
  it('is as old and as much as its collection says, and the rest is left alone', async () => {
    const clock = createFakeClock()
    const store = await stores.open('ocm.db', { clock, collections: [looks] })
    await store.put(names, 'kim', 'kim')
    await store.put(looks, 'z', 'old')
    await clock.advance(11 * HOUR)
    const many = Array.from({ length: 900 }, (_, index) => `k${String(index).padStart(3, '0')}`)
    await inSlices(store, many, (tx, key) => tx.put(looks, key, 'new'))
    await store.upkeep()
    expect((await store.list(looks)).map(({ key }) => key)).toEqual(many.slice(400))
    expect(await store.get(names, 'kim')).toBe('kim')
  })

  it('is no more than that in the memory of every process, also of a collection that was not named at the opening', async () => {
    const clock = createFakeClock()
    const [store, other] = [await stores.open('ocm.db', { clock }), await stores.open('ocm.db', { clock })]
    const mirrors = [await openMirror(store, looks), await openMirror(other, looks)]
    await store.put(looks, 'old', 'old')
    await clock.advance(11 * HOUR)
    const many = Array.from({ length: 900 }, (_, index) => `k${String(index).padStart(3, '0')}`)
    await inSlices(store, many, (tx, key) => tx.put(looks, key, 'new'))
    await store.upkeep()
    for (const mirror of mirrors)
      await vi.waitFor(() => expect([...mirror.entries()].map(([key]) => key)).toEqual(many.slice(400)))
  })

  it('tells of deletions for a day, then everything anew', async () => {
    const clock = createFakeClock()
    const store = await stores.open('ocm.db', { clock })
    await store.put(names, 'kim', 'kim')
    await store.put(names, 'ada', 'ada')
    const { revision } = await store.changesSince(names, 0)
    await store.delete(names, 'kim')
    await store.upkeep()
    expect(await store.changesSince(names, revision)).toMatchObject({ partial: true, deleted: ['kim'] })
    await clock.advance(25 * HOUR)
    await store.upkeep()
    const late = await store.changesSince(names, revision)
    expect(late).toMatchObject({ partial: false, put: [{ key: 'ada' }], deleted: [] })
  })
})

describe('the log of a store', () => {
  it('begins anew after it was written back, while the store is in use', async () => {
    const store = await stores.open()
    const log = join(stores.folder, 'ocm.db-wal')
    const fill = async (value: string) => {
      for (let round = 0; round < 20; round++) await store.put(names, `k${round}`, value.repeat(20_000))
    }
    await fill('a')
    const before = (await stat(log)).size
    await Promise.all([checkpoint(join(stores.folder, 'ocm.db')), fill('b')])
    await checkpoint(join(stores.folder, 'ocm.db'))
    await fill('c')
    expect((await stat(log)).size).toBeLessThan(before * 2.5)
    expect(await store.get(names, 'k19')).toBe('c'.repeat(20_000))
  })
})
