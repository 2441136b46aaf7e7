import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { openMirror } from '../../src/store/mirror.ts'
import { inSlices } from '../../src/store/slices.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { defineCollection, type Indexed, RecordTooLarge, type Store } from '../../src/store/store.ts'
import { keepLog } from '../support/log-keeper.ts'

const dogs = defineCollection({
  name: 'dog',
  schema: z.strictObject({ name: z.string(), age: z.int(), node: z.string().nullable() }),
  indexes: { node: '$.node' },
})
const rex = { name: 'Rex', age: 3, node: null }
let folder: string
let opened: Store[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-store-'))
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()))
  await rm(folder, { recursive: true })
})

async function open(collections: readonly Indexed[] = [dogs], log = keepLog()) {
  const store = await openSqliteStore({
    path: join(folder, 'data', 'ocm.db'),
    log,
    collections,
    watchIntervalMs: 10,
  })
  opened.push(store)
  return store
}

/** What somebody else does with the file. */
function withFile(work: (db: InstanceType<typeof DatabaseSync>) => void): void {
  const db = new DatabaseSync(join(folder, 'data', 'ocm.db'))
  work(db)
  db.close()
}

describe('a store', () => {
  it('gives back what was put, in a file for its owner alone', async () => {
    const store = await open()
    await store.put(dogs, 'rex', rex)
    expect(await store.get(dogs, 'rex')).toEqual(rex)
    expect(await store.get(dogs, 'none')).toBeUndefined()
    await store.delete(dogs, 'rex')
    expect(await store.get(dogs, 'rex')).toBeUndefined()
    expect((await stat(join(folder, 'data'))).mode & 0o777).toBe(0o700)
    for (const name of ['ocm.db', 'ocm.db-wal', 'ocm.db-shm'])
      expect((await stat(join(folder, 'data', name))).mode & 0o777).toBe(0o600)
  })

  it('closes a file that others could read', async () => {
    await (await open()).close()
    const { chmod } = await import('node:fs/promises')
    await chmod(join(folder, 'data', 'ocm.db'), 0o666)
    await open()
    expect((await stat(join(folder, 'data', 'ocm.db'))).mode & 0o777).toBe(0o600)
  })

  it('lists by prefix, range, index and limit, from either end', async () => {
    const store = await open()
    const keys = ['a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'é/1']
    await store.transaction((tx) => {
      for (const key of keys) tx.put(dogs, key, { ...rex, node: key.endsWith('1') ? 'one' : null })
    })
    const names = async (query: Parameters<Store['list']>[1]) =>
      (await store.list(dogs, query)).map(({ key }) => key)
    expect(await names({})).toEqual(keys)
    expect(await names({ prefix: 'a/' })).toEqual(['a/1', 'a/2', 'a/3'])
    expect(await names({ from: 'a/2', to: 'b/2' })).toEqual(['a/2', 'a/3', 'b/1'])
    expect(await names({ index: { name: 'node', value: 'one' } })).toEqual(['a/1', 'b/1', 'é/1'])
    expect(await names({ prefix: 'b/', reverse: true, limit: 1 })).toEqual(['b/2'])
  })

  it('lists thousands of records in order, each once, from either end', async () => {
    const store = await open()
    const keys = Array.from({ length: 1_000 }, (_, n) => `k${String(n).padStart(4, '0')}`)
    await inSlices(store, keys, (tx, key) => tx.put(dogs, key, rex))
    expect((await store.list(dogs)).map(({ key }) => key)).toEqual(keys)
    expect((await store.list(dogs, { reverse: true })).map(({ key }) => key)).toEqual(keys.toReversed())
    expect((await store.list(dogs, { limit: 130 })).map(({ key }) => key)).toEqual(keys.slice(0, 130))
  })

  it('keeps keys apart whatever they hold', async () => {
    const store = await open()
    const keys = [
      'a',
      'a\0',
      'a\0b',
      'a\uE000',
      'a\uE0000000',
      'a\ud800',
      'a\udfff',
      '',
      '👩‍💻',
      "'; DROP TABLE records",
    ]
    await store.transaction((tx) => keys.forEach((key, age) => void tx.put(dogs, key, { ...rex, age })))
    for (const [age, key] of keys.entries()) expect((await store.get(dogs, key))?.age).toBe(age)
    const listed = await store.list(dogs)
    expect(new Map(listed.map(({ key, value }) => [key, value.age]))).toEqual(
      new Map(keys.map((key, age) => [key, age])),
    )
    expect(await store.list(dogs, { prefix: 'a\0' })).toHaveLength(2)
    await store.delete(dogs, 'a\0')
    expect((await store.changesSince(dogs, 0)).put).toHaveLength(keys.length - 1)
  })

  it('writes all of a transaction or nothing', async () => {
    const store = await open()
    await expect(
      store.transaction((tx) => {
        tx.put(dogs, 'rex', rex)
        expect(tx.get(dogs, 'rex')).toEqual(rex)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(store.put(dogs, 'rex', { ...rex, age: 1.5 })).rejects.toThrow()
    expect(await store.list(dogs)).toEqual([])
  })

  it('refuses a value that is too long to be read again', async () => {
    const store = await open()
    const small = defineCollection({ ...dogs, maxCharacters: 100 })
    await expect(store.put(small, 'x', { ...rex, name: 'x'.repeat(100) })).rejects.toThrow(RecordTooLarge)
  })

  it('keeps its records when it is opened again', async () => {
    const store = await open()
    await store.put(dogs, 'rex', rex)
    await store.close()
    expect(await (await open()).get(dogs, 'rex')).toEqual(rex)
  })

  it('finds by an index that came later', async () => {
    const store = await open([])
    await store.put(dogs, 'rex', { ...rex, node: 'alpha' })
    await store.close()
    const found = await (await open()).list(dogs, { index: { name: 'node', value: 'alpha' } })
    expect(found.map(({ key }) => key)).toEqual(['rex'])
  })
})

describe('what changed', () => {
  it('is told since a revision, deletions too', async () => {
    const store = await open()
    await store.put(dogs, 'rex', rex)
    await store.put(dogs, 'ada', rex)
    const { revision } = await store.changesSince(dogs, 0)
    await store.put(dogs, 'ada', { ...rex, age: 4 })
    await store.delete(dogs, 'rex')
    await store.delete(dogs, 'never')
    const changes = await store.changesSince(dogs, revision)
    expect(changes).toMatchObject({ partial: true, deleted: ['rex'], put: [{ key: 'ada' }] })
    expect(await store.changesSince(dogs, changes.revision)).toMatchObject({ put: [], deleted: [] })
  })

  it('is everything for a reader that knows a file which was replaced', async () => {
    const store = await open()
    await store.put(dogs, 'rex', rex)
    const { revision } = await store.changesSince(dogs, 0)
    expect(await store.changesSince(dogs, revision + 1)).toMatchObject({
      partial: false,
      put: [{ key: 'rex' }],
    })
    expect(await store.changesSince(dogs, 1)).toMatchObject({ partial: false })
  })

  it('is seen in memory before the writer goes on, and by another opener of the file', async () => {
    const [store, other] = [await open(), await open()]
    const [mine, theirs] = [await openMirror(store, dogs), await openMirror(other, dogs)]
    const seen = vi.fn()
    theirs.onChange(seen)
    await store.put(dogs, 'rex', rex)
    expect(mine.get('rex')).toEqual(rex)
    await vi.waitFor(() => expect(theirs.get('rex')).toEqual(rex))
    expect(seen).toHaveBeenCalledOnce()
    await other.delete(dogs, 'rex')
    await vi.waitFor(() => expect(mine.size).toBe(0))
  })

  it('loses nothing when several openers count up at the same time', async () => {
    const stores = await Promise.all([open(), open(), open()])
    const add = (store: Store) =>
      store.transaction((tx) => tx.put(dogs, 'n', { ...rex, age: (tx.get(dogs, 'n')?.age ?? 0) + 1 }))
    await Promise.all(Array.from({ length: 60 }, (_, n) => add(stores[n % 3] as Store)))
    expect((await stores[0]?.get(dogs, 'n'))?.age).toBe(60)
  })
})

describe('a record that does not fit', () => {
  it.each([
    ['is no JSON', '{"name":'],
    ['has another shape', '{"name":1}'],
  ])('and %s costs itself only', async (_name, text) => {
    const log = keepLog()
    const store = await open([dogs], log)
    await store.put(dogs, 'ada', rex)
    await store.put(dogs, 'rex', rex)
    await store.close()
    withFile((db) => {
      db.exec('DROP INDEX find_dog_node')
      db.prepare("UPDATE records SET value = ? WHERE key = 'rex'").run(text)
    })
    const again = await open([dogs], log)
    expect((await again.list(dogs)).map(({ key }) => key)).toEqual(['ada'])
    expect(await again.get(dogs, 'rex')).toBeUndefined()
    await vi.waitFor(() =>
      withFile((db) => {
        expect(db.prepare('SELECT collection, key, value FROM quarantine').all()).toEqual([
          { collection: 'dog', key: 'rex', value: text },
        ])
        expect(db.prepare("SELECT value FROM records WHERE key = 'rex'").get()).toEqual({ value: null })
      }),
    )
    expect(log.lines.filter(({ message }) => message.includes('does not fit'))).toHaveLength(1)
  })

  it('because an older ocm wrote it is made to fit', async () => {
    const store = await open()
    await store.put(dogs, 'rex', rex)
    const second = defineCollection({
      name: 'dog',
      version: 2,
      schema: z.strictObject({ title: z.string() }),
      upgrade: (value) => ({ title: (value as typeof rex).name }),
    })
    expect(await store.get(second, 'rex')).toEqual({ title: 'Rex' })
    await store.put(second, 'rex', { title: 'King' })
    expect(await store.get(dogs, 'rex')).toBeUndefined()
    expect(await store.get(second, 'rex')).toEqual({ title: 'King' })
  })
})

describe('a store that cannot be opened', () => {
  it('because its folder is a file says so', async () => {
    await writeFile(join(folder, 'data'), '')
    await expect(open()).rejects.toMatchObject({ code: 'data-read-only' })
  })

  it('because a newer ocm wrote it says so and leaves it alone', async () => {
    await (await open()).close()
    withFile((db) => db.exec('PRAGMA user_version = 99'))
    await expect(open()).rejects.toMatchObject({ code: 'data-newer', params: { file: 'ocm.db' } })
  })
})
