import { copyFile, open as openFile, readdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { openMirror } from '../../src/store/mirror.ts'
import { inSlices } from '../../src/store/slices.ts'
import { defineCollection, type Store } from '../../src/store/store.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const names = defineCollection({ name: 'name', schema: z.string() })
const KEYS = Array.from({ length: 400 }, (_, index) => `k${String(index).padStart(3, '0')}`)
const PAGE = 4_096
let stores: StoreFolder
let path: string

beforeEach(async () => {
  stores = await storeFolder()
  path = join(stores.folder, 'ocm.db')
})
afterEach(() => stores.remove())

/** A file with four hundred records of half a kilobyte, closed. */
async function filled(): Promise<void> {
  const store = await stores.open()
  await inSlices(store, KEYS, (tx, key) => tx.put(names, key, key.repeat(120)))
  await store.close()
}
async function overwrite(at: number, bytes: Uint8Array): Promise<void> {
  const file = await openFile(path, 'r+')
  await file.write(bytes, 0, bytes.length, at)
  await file.close()
}
const keysOf = async (store: Store) => (await store.list(names)).map(({ key }) => key)
const aside = async () => (await readdir(stores.folder)).filter((name) => /\.damaged-\d+$/.test(name))

describe('a damaged file', () => {
  it.each([
    ['is no database', () => writeFile(path, 'not a database at all'.repeat(1_000))],
    ['has lost its beginning', () => overwrite(0, new Uint8Array(PAGE))],
    ['is cut off', () => truncate(path, 10 * PAGE)],
  ])('that %s is set aside and stops nothing', async (_name, damage) => {
    await filled()
    await damage()
    const store = await stores.open()
    await keysOf(store).catch(() => [])
    await store.put(names, 'new', 'new')
    expect(await store.get(names, 'new')).toBe('new')
    expect(await aside()).toHaveLength(1)
    expect(stores.log.lines.some(({ level }) => level === 'error')).toBe(true)
  })

  it('keeps what is legible at either end, also when damage is met in the middle of work', async () => {
    await filled()
    await overwrite(30 * PAGE, new Uint8Array(PAGE).fill(0xff))
    const [store, other] = [await stores.open(), await stores.open()]
    const mirror = await openMirror(other, names).catch(() => null)
    await keysOf(store).catch(() => [])
    await store.put(names, 'new', 'new')
    const kept = await keysOf(store)
    expect(kept).toEqual(expect.arrayContaining(['k000', 'k399', 'new']))
    expect(kept.length).toBeGreaterThan(300)
    mirror?.close()
    await other.put(names, 'other', 'other')
    await vi.waitFor(async () => expect(await keysOf(store)).toContain('other'))
  })

  it('is replaced by the next start when a crash came in between', async () => {
    await filled()
    await copyFile(path, `${path}.rescued`)
    await rename(path, `${path}.damaged-1`)
    expect(await keysOf(await stores.open())).toEqual(KEYS)
    expect(await aside()).toHaveLength(1)
  })

  it('leaves no more than three copies behind, each with its log, and touches nothing else', async () => {
    const others = ['ocm.db.damaged-x', 'other.db.damaged-1', 'ocm.db.damaged-1.bak']
    for (const name of others) await writeFile(join(stores.folder, name), '')
    for (const at of [1, 2, 3, 4]) await writeFile(`${path}.damaged-${at}`, `copy ${at}`)
    for (const at of [1, 4]) await writeFile(`${path}.damaged-${at}-wal`, '')
    await writeFile(path, 'not a database at all'.repeat(1_000))
    await stores.open()
    const left = (await readdir(stores.folder)).filter((name) => name.startsWith('ocm.db.damaged-'))
    const now = left.filter((name) => /damaged-\d{13}$/.test(name))
    expect(now).toHaveLength(1)
    expect(left.filter((name) => !now.includes(name)).sort()).toEqual([
      'ocm.db.damaged-1.bak',
      'ocm.db.damaged-3',
      'ocm.db.damaged-4',
      'ocm.db.damaged-4-wal',
      'ocm.db.damaged-x',
    ])
    expect(await readdir(stores.folder)).toContain('other.db.damaged-1')
  })

  it('is replaced once by several openers', async () => {
    await filled()
    await writeFile(path, 'not a database at all'.repeat(1_000))
    const opened = await Promise.all([stores.open(), stores.open(), stores.open()])
    for (const [index, store] of opened.entries()) await store.put(names, `n${index}`, 'x')
    for (const store of opened) expect(await keysOf(store)).toEqual(['n0', 'n1', 'n2'])
    expect(await aside()).toHaveLength(1)
  })
})
