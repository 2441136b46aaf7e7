import { randomBytes } from 'node:crypto'
import { open, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import { Objects } from '../../src/backup/objects.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, database, openStore, scratchFolder, silentLog, tarFrom } from './store-kit.ts'

const DAY_MS = 24 * 3_600_000
const content = randomBytes(300_000)
const DATABASE = 'agents/main/agent/openclaw-agent.sqlite'

/** A store with a sound backup, and a second one of the same content that nobody has looked at. */
async function twoBackups() {
  const folder = await scratchFolder()
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead, sleep: systemClock.sleep }
  const store = await openBackupStore(folder, { clock, log: silentLog, diskFloor: 0 })
  const parts = [
    { path: DATABASE, content: await database('main') },
    { path: 'file', content },
  ]
  const first = await store.receive('one', ABOUT, tarFrom(parts))
  // Further from its making than the steps of the file system's clock.
  ahead = 100
  const check = await store.verify(first.id)
  ahead = 2_000
  const second = await store.receive('one', ABOUT, tarFrom(parts))
  const wait = (ms: number) => {
    ahead = 2_000 + ms
  }
  return { folder, store, check, second, wait }
}

/** The files of all objects that are not part of a list of entries. */
async function readsDuring(work: () => Promise<unknown>): Promise<number> {
  const reads = vi.spyOn(Objects.prototype, 'pathOf')
  try {
    await work()
    return reads.mock.calls.length
  } finally {
    reads.mockRestore()
  }
}

describe('what was read for an earlier backup', () => {
  it('is not read again within a week, and its age is told', async () => {
    const { store, check, second } = await twoBackups()
    const lean = await store.verify(second.id, { trustRecent: true })
    expect(lean).toMatchObject({ ok: true, readSince: check.at, databases: check.databases })
    expect(lean.databases).toHaveLength(1)
    const third = await store.receive('one', ABOUT, tarFrom([{ path: 'file', content }]))
    // Content that is as old as its first proof says so, however often it was carried on.
    expect(await store.verify(third.id, { trustRecent: true })).toMatchObject({
      ok: true,
      readSince: check.at,
    })
  })

  it('is read whenever somebody asks for a verification', async () => {
    const { store, second } = await twoBackups()
    const whole = await store.verify(second.id)
    expect(whole.ok).toBe(true)
    expect(whole.readSince).toBeUndefined()
    expect(await readsDuring(() => store.verify(second.id))).toBeGreaterThan(0)
  })

  it('is read again after a week, and after the clock was put back', async () => {
    const { store, second, wait } = await twoBackups()
    wait(8 * DAY_MS)
    expect((await store.verify(second.id, { trustRecent: true })).readSince).toBeUndefined()
    wait(-30 * DAY_MS)
    expect((await store.verify(second.id, { trustRecent: true })).readSince).toBeUndefined()
  })

  it('is read again once somebody touched it, also where size and time were made to look the same', async () => {
    const { store, folder, check, second, wait } = await twoBackups()
    const objects = join(folder, 'objects')
    // The clock of this test is ahead of that of the file system.
    await expect.poll(() => systemClock.now()).toBeGreaterThan(check.at)
    wait(60_000)
    for (const part of await readdir(objects))
      for (const name of await readdir(join(objects, part)))
        if (!name.includes('.')) {
          await writeFile(join(objects, part, name), randomBytes(300_000))
          await utimes(join(objects, part, name), 1, 1)
        }
    expect(await store.verify(second.id, { trustRecent: true })).toMatchObject({ ok: false, problemCount: 1 })
  })
})

/** How many objects are read while something is done. */
async function objectsReadDuring(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const { reader } = Objects.prototype
  const spy = vi.spyOn(Objects.prototype, 'reader').mockImplementation(function counted(this: Objects) {
    const { read } = reader.call(this)
    return {
      read(name) {
        count += 1
        return read(name)
      },
    }
  })
  try {
    await work()
    return count
  } finally {
    spy.mockRestore()
  }
}

describe('what was read back while it came in', () => {
  const files = Array.from({ length: 60 }, (_, at) => ({ path: `f${at}`, content: randomBytes(4_000) }))

  it('is not read once more by the verification after it', async () => {
    const store = await openStore()
    const { id } = await store.receive('one', ABOUT, tarFrom([...files, { path: 'large', content }]))
    let check: unknown
    const count = await objectsReadDuring(async () => {
      check = await store.verify(id, { trustRecent: true })
    })
    expect(check).toMatchObject({ ok: true })
    // All of it was read in this run: there is no older proof that would have to be told.
    expect(check).not.toHaveProperty('readSince')
    // The list of entries.
    expect(count).toBe(1)
    expect(await objectsReadDuring(() => store.verify(id))).toBeGreaterThan(files.length)
  })

  it('is read once more when somebody touched its file since', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const { id } = await store.receive('one', ABOUT, tarFrom(files))
    const packs = join(folder, 'objects', 'packs')
    const [pack = ''] = (await readdir(packs)).filter((name) => name.endsWith('.pack'))
    const file = await open(join(packs, pack), 'r+')
    await file.write(Buffer.from('not what it was'), 0, 15, 5_000)
    await file.close()
    expect(await store.verify(id, { trustRecent: true })).toMatchObject({ ok: false, problemCount: 1 })
  })
})
