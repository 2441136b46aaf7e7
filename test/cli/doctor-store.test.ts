import { open as openFile, rename, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkStore } from '../../src/cli/doctor/store.ts'
import type { Config } from '../../src/settings/config.ts'
import { inSlices } from '../../src/store/slices.ts'
import { defineCollection } from '../../src/store/store.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const names = defineCollection({ name: 'name', schema: z.string() })
const MINUTE = 60_000
let stores: StoreFolder
let path: string

beforeEach(async () => {
  stores = await storeFolder()
  path = join(stores.folder, 'ocm.db')
  const store = await stores.open()
  const keys = Array.from({ length: 200 }, (_, n) => `k${n}`)
  await inSlices(store, keys, (tx, key) => tx.put(names, key, key.repeat(100)))
  await store.close()
})
afterEach(() => stores.remove())

const examine = () => checkStore({ dataDir: stores.folder } as Config)
const codes = async () => (await examine()).map(({ level, text }) => [level, text])

describe('what doctor says of the store', () => {
  it('is its size, its log and when that was written back', async () => {
    const then = new Date(Date.now() - 10 * MINUTE)
    await utimes(path, then, then)
    const [found] = await examine()
    expect(found).toMatchObject({
      level: 'ok',
      text: 'doctor.store-sound',
      params: { file: 'ocm.db', log: 0 },
    })
    expect(Number(found?.params.size)).toBeGreaterThan(40_000)
    expect(Math.round(Number(found?.params.ago) / MINUTE)).toBe(10)
  })

  it('is nothing where there is none yet', async () => {
    await rename(path, `${path}.away`)
    expect(await codes()).toEqual([])
  })

  it('is the place of damage, also in the middle of a file that opens, and leaves the file as it is', async () => {
    const file = await openFile(path, 'r+')
    await file.write(Buffer.alloc(4_096, 0xff), 0, 4_096, 4_096 * 5)
    await file.close()
    const [found] = await examine()
    expect(found).toMatchObject({ level: 'problem', text: 'doctor.store-damaged' })
    expect(found?.mend).toBe('doctor.store-damaged.mend')
    expect(found?.detail).toBeTruthy()
    expect(await codes()).toEqual([['problem', 'doctor.store-damaged']])
  })

  it('is damage of a file that does not open at all', async () => {
    await writeFile(path, 'not a database at all'.repeat(1_000))
    expect(await codes()).toEqual([['problem', 'doctor.store-damaged']])
  })

  it('is that a file was found damaged and is not replaced yet', async () => {
    await writeFile(`${path}.is-damaged`, '')
    expect(await codes()).toEqual([['warning', 'doctor.store-waiting']])
  })

  it('is a log that nobody writes back, what was set aside, and damaged copies that were kept', async () => {
    await writeFile(`${path}-wal`, '')
    await truncate(`${path}-wal`, 200 * 1024 * 1024)
    await writeFile(`${path}.damaged-1`, '')
    await writeFile(`${path}.damaged-1-wal`, '')
    const db = new DatabaseSync(path)
    db.exec("INSERT INTO quarantine VALUES ('name', 'k', 1, '1', 'does not fit', 1)")
    db.close()
    await truncate(`${path}-wal`, 200 * 1024 * 1024)
    expect(await codes()).toEqual([
      ['ok', 'doctor.store-sound'],
      ['warning', 'doctor.store-log-large'],
      ['note', 'doctor.store-set-aside'],
      ['note', 'doctor.store-copies'],
    ])
  })
})
