import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acquireFileLock } from '../../src/state/file-lock.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { defineCollection, type Store } from '../../src/store/store.ts'
import { type FormerFile, takeOver } from '../../src/store/take-over.ts'
import { type KeptLog, keepLog } from '../support/log-keeper.ts'

const names = defineCollection({ name: 'name', schema: z.string() })
let folder: string
let store: Store
let log: KeptLog

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-take-over-'))
  log = keepLog()
  store = await openSqliteStore({ path: join(folder, 'ocm.db'), log })
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true })
})

/** A file that holds a list of names. */
const former = (name: string, kind: FormerFile['kind'] = 'file'): FormerFile => ({
  name,
  kind,
  store,
  writes: (text) =>
    z
      .array(z.string())
      .parse(JSON.parse(text))
      .map((one) => (tx) => tx.put(names, one, one)),
})
const run = (...files: FormerFile[]) => takeOver({ dataDir: folder, files, log, now: 1 })
const stored = async () => (await store.list(names)).map(({ key }) => key)
const aside = async () => (await readdir(folder)).filter((name) => !name.startsWith('ocm.db')).sort()

describe('the files of an older ocm', () => {
  it('are taken over and kept aside', async () => {
    await writeFile(join(folder, 'names.json'), '["ada","kim"]')
    await writeFile(join(folder, 'names.json.bak'), '["ada"]')
    await run(former('names.json'), former('none.json'))
    expect(await stored()).toEqual(['ada', 'kim'])
    expect(await aside()).toEqual(['names.json.bak.taken-over', 'names.json.taken-over'])
    expect(await readFile(join(folder, 'names.json.taken-over'), 'utf8')).toBe('["ada","kim"]')
  })

  it('are taken from every file of a folder', async () => {
    await mkdir(join(folder, 'jobs'))
    await writeFile(join(folder, 'jobs', 'a.json'), '["ada"]')
    await writeFile(join(folder, 'jobs', 'b.json'), '["kim"]')
    await run(former('jobs', 'folder'))
    expect(await stored()).toEqual(['ada', 'kim'])
    expect(await aside()).toEqual(['jobs.taken-over'])
  })

  it('are read from the last good copy when they are damaged', async () => {
    await writeFile(join(folder, 'names.json'), '["ada"')
    await writeFile(join(folder, 'names.json.bak'), '["kim"]')
    await run(former('names.json'))
    expect(await stored()).toEqual(['kim'])
  })

  it('are set aside and said when they cannot be read, and stop nothing', async () => {
    await writeFile(join(folder, 'names.json'), '["ada"')
    await writeFile(join(folder, 'more.json'), '["kim"]')
    await run(former('names.json'), former('more.json'))
    expect(await stored()).toEqual(['kim'])
    expect(await aside()).toEqual(['more.json.taken-over', 'names.json.unreadable'])
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  it('are not taken over again after a crash before they were renamed', async () => {
    await writeFile(join(folder, 'names.json'), '["ada"]')
    await run(former('names.json'))
    await store.delete(names, 'ada')
    await writeFile(join(folder, 'names.json'), '["ada"]')
    await run(former('names.json'))
    expect(await stored()).toEqual([])
    expect(await aside()).toEqual(['names.json.taken-over', 'names.json.taken-over-1'])
  })

  it('stay with an older bot that still runs', async () => {
    await writeFile(join(folder, 'names.json'), '["ada"]')
    const lock = await acquireFileLock(join(folder, 'schedule.json.lock'), { label: 'store' })
    await expect(
      takeOver({ dataDir: folder, files: [former('names.json')], log, now: 1, waitMs: 0 }),
    ).rejects.toMatchObject({ name: 'LockBusy' })
    await lock.release()
    expect(await aside()).toEqual(['names.json'])
  })

  it('are taken over by one of several processes that start at once', async () => {
    await writeFile(join(folder, 'names.json'), '["ada"]')
    await Promise.all([run(former('names.json')), run(former('names.json')), run(former('names.json'))])
    expect(await stored()).toEqual(['ada'])
    expect(await aside()).toEqual(['names.json.taken-over'])
  })
})
