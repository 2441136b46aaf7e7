import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newBackupId, timeOfId } from '../../src/backup/layout.ts'
import { writeRecord } from '../../src/backup/manifest.ts'
import { type BackupBook, openBackupBook } from '../../src/operations/backup-book.ts'
import type { Store } from '../../src/store/store.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'
import { silentLog } from './store-kit.ts'

const DAY = 24 * 3_600_000
const clock = createFakeClock()
const NOW = clock.now()

let stores: StoreFolder
let folder: string
let opened: (BackupBook & { close(): Promise<void> })[]

beforeEach(async () => {
  stores = await storeFolder()
  folder = join(stores.folder, 'backups')
  opened = []
})
afterEach(async () => {
  for (const book of opened) await book.close()
  await stores.remove()
})

async function openBook(store?: Store): Promise<BackupBook> {
  const book = await openBackupBook(store ?? (await stores.open()), { folder, clock, log: silentLog })
  opened.push(book)
  return book
}

/** A backup by its names alone: its manifest is nothing that could be read. */
async function leave(node: string, at: number, ok: boolean | null): Promise<string> {
  const id = newBackupId(at)
  const place = join(folder, 'nodes', node)
  await mkdir(place, { recursive: true })
  await writeFile(join(place, `${id}.json`), 'no manifest')
  const check = { version: 1, id, at: at + 60_000, ok, problems: [], problemCount: ok ? 0 : 1, databases: [] }
  if (ok !== null) await writeFile(join(place, `${id}.check.json`), writeRecord(check))
  return id
}

describe('what is known of backups without a look at the store', () => {
  it('is unknown until the folders were read, and then the newest that is proven', async () => {
    await leave('alpha', NOW - 3 * DAY, true)
    const id = await leave('alpha', NOW - 2 * DAY, true)
    await leave('alpha', NOW - DAY, false)
    await leave('alpha', NOW, null)
    await leave('beta', NOW, null)
    const book = await openBook()
    expect(book.standing('alpha').proven).toMatchObject({
      freshness: 'unknown',
      reason: { code: 'not-read-yet' },
    })
    await book.prepare()
    expect(book.standing('Alpha').proven.value).toEqual({
      id,
      takenAt: timeOfId(id),
      verifiedAt: NOW - 2 * DAY + 60_000,
    })
    expect(book.standing('beta').proven).toMatchObject({ freshness: 'fresh', value: null })
    expect(book.standing('never').proven).toMatchObject({ freshness: 'fresh', value: null })
  })

  it('reads no manifest and the check of one backup a node, for a thousand nodes', async () => {
    for (let node = 0; node < 1_000; node += 1) await leave(`node-${node}`, NOW - node * 60_000, true)
    const store = await stores.open()
    await (await openBook(store)).prepare()
    // Nothing of it is there any more: whoever looks now has it from memory.
    await rm(folder, { recursive: true })
    const later = await openBook(store)
    await later.prepare()
    const ages = Array.from(
      { length: 1_000 },
      (_, node) => later.standing(`node-${node}`).proven.value?.takenAt,
    )
    expect(new Set(ages).size).toBe(1_000)
    expect(later.standing('node-7').proven).toBe(later.standing('node-7').proven)
  })

  it('follows what another process learns of one node', async () => {
    const [one, other] = [await openBook(await stores.open()), await openBook(await stores.open())]
    await one.prepare()
    const found = { id: newBackupId(NOW), takenAt: NOW, verifiedAt: NOW }
    await one.note('alpha', { proven: found, drilled: null })
    await expect.poll(() => other.standing('alpha').proven.value).toEqual(found)
    await one.note('alpha', { proven: null, drilled: null })
    await expect.poll(() => other.standing('alpha').proven.value).toBe(null)
  })

  it('forgets with the next look what was removed by hand', async () => {
    const id = await leave('alpha', NOW, true)
    const book = await openBook()
    await book.prepare()
    expect(book.standing('alpha').proven.value?.id).toBe(id)
    await rm(join(folder, 'nodes', 'alpha'), { recursive: true })
    await book.refresh()
    expect(book.standing('alpha').proven).toMatchObject({ freshness: 'fresh', value: null })
  })

  it('says that it cannot be read, which is not that there is none', async () => {
    await leave('alpha', NOW, true)
    const book = await openBook()
    await rm(join(folder, 'nodes', 'alpha'), { recursive: true })
    await writeFile(join(folder, 'nodes', 'alpha'), 'no folder')
    await book.refresh()
    expect(book.standing('alpha').proven).toMatchObject({
      freshness: 'unknown',
      reason: { code: 'backups-unreadable' },
    })
    await rm(join(folder, 'nodes', 'alpha'))
    await book.refresh()
    expect(book.standing('alpha').proven.freshness).toBe('fresh')
  })
})
