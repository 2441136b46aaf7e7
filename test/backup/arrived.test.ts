import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFile, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import type { ToldFile } from '../../src/backup/earlier.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, bytesOf, scratchFolder, silentLog, tarFrom } from './store-kit.ts'

const NODE = 'alpha'
const FILES = Array.from({ length: 40 }, (_, place) => ({
  path: `part-${String(place).padStart(2, '0')}`,
  content: randomBytes(place % 10 === 0 ? 400_000 : 9_000),
}))
const told = (same: ReadonlySet<string> = new Set()): ToldFile[] =>
  FILES.map(({ path }) => ({
    path: `home/oc/.openclaw/${path}`,
    mark: markOf(path),
    same: same.has(markOf(path)),
  }))
const markOf = (path: string) => `mark-${path}`.padEnd(16, '.')

async function openAt(folder: string) {
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead, sleep: systemClock.sleep }
  const store = await openBackupStore(folder, { clock, log: silentLog, diskFloor: 0 })
  const putOn = (ms: number) => {
    ahead = ms
  }
  return { store, putOn }
}

/** The archive of all files, which breaks off after a share of it. */
async function cutAfter(share: number): Promise<Readable> {
  const bytes = await bytesOf(tarFrom(FILES))
  const end = Math.round(bytes.length * share)
  return Readable.from(
    (async function* () {
      for (let at = 0; at < end; at += 65_536) yield bytes.subarray(at, Math.min(end, at + 65_536))
      throw new Error('the link was cut')
    })(),
    { objectMode: false },
  )
}

/** A store to which a transfer was cut in the middle. */
async function cutStore() {
  const folder = await scratchFolder()
  const { store, putOn } = await openAt(folder)
  const run = store.receive(NODE, ABOUT, await cutAfter(0.55), { told: told() })
  await expect(run).rejects.toThrow('the link was cut')
  return { folder, store, putOn }
}

describe('a transfer that was cut', () => {
  it('goes on with what has come in whole, and is sound in the end', async () => {
    const { folder, store } = await cutStore()
    expect(await store.list(NODE)).toEqual([])
    const first = await store.earlier(NODE)
    const came = first?.marks.size ?? 0
    expect(came).toBeGreaterThan(15)
    expect(came).toBeLessThan(FILES.length)
    // Cut once more: what the two runs brought together counts.
    const missing = FILES.filter(({ path }) => !first?.marks.has(markOf(path)))
    const more = [...(await bytesOf(tarFrom(missing.slice(0, 5))))]
    const cut = Readable.from([Buffer.from(more.slice(0, -1_024))], { objectMode: false })
    const list = told(new Set(first?.marks.keys()))
    const again = store.receive(NODE, ABOUT, cut, { told: list, earlier: first })
    await expect(again).rejects.toMatchObject({ code: 'archive-refused' })
    const second = await store.earlier(NODE)
    expect(second?.marks.size).toBe(came + 5)
    const rest = FILES.filter(({ path }) => !second?.marks.has(markOf(path)))
    const backup = await store.receive(NODE, ABOUT, tarFrom(rest), {
      told: told(new Set(second?.marks.keys())),
      earlier: second,
    })
    expect(backup.files).toBe(FILES.length)
    // What was read of the node goes back to the first run.
    expect(backup.readWholeAt).toBe(first?.readWholeAt)
    expect(await store.verify(backup.id)).toMatchObject({ ok: true })
    expect(await readdir(join(folder, 'nodes', NODE))).toHaveLength(2)
    const whole = await bytesOf(await store.tarOf(backup.id))
    for (const { content } of FILES) expect(whole.includes(content)).toBe(true)
  })

  it('leaves notes for the owner alone, which are worth nothing after a day and then go', async () => {
    const { folder, store, putOn } = await cutStore()
    const notes = join(folder, 'nodes', NODE, 'arrived')
    expect((await stat(notes)).mode & 0o777).toBe(0o600)
    putOn(21 * 3_600_000)
    expect(await store.earlier(NODE)).toBeNull()
    putOn(-60_000)
    expect(await store.earlier(NODE)).toBeNull()
    putOn(0)
    await store.sweep()
    expect(await readdir(join(folder, 'nodes', NODE))).toEqual(['arrived'])
    await utimes(notes, 1, 1)
    await store.sweep()
    expect(await readdir(join(folder, 'nodes'))).toEqual([])
  })

  it('is not gone on with by notes that are torn or name what is not there', async () => {
    const { folder, store } = await cutStore()
    const notes = join(folder, 'nodes', NODE, 'arrived')
    const came = (await store.earlier(NODE))?.marks.size
    await appendFile(notes, 'a line without an end')
    expect((await store.earlier(NODE))?.marks.size).toBe(came)
    const text = await readFile(notes, 'utf8')
    await writeFile(notes, text.replaceAll(markOf('part-01'), markOf('part-39')))
    expect((await store.earlier(NODE))?.marks.size).toBe(0)
  })

  it('by the death of ocm goes on as well', { timeout: 60_000 }, async () => {
    const folder = await scratchFolder()
    const script = fileURLToPath(new URL('./receive-until-killed.ts', import.meta.url))
    const child = spawn(process.execPath, ['--import', 'tsx', script, folder, 'one-that-does-not-end'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const { store } = await openAt(folder)
    const come = async () => (await store.earlier('one'))?.marks.size ?? 0
    await expect.poll(come, { timeout: 30_000, interval: 200 }).toBeGreaterThan(500)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(await store.list()).toEqual([])
    const earlier = await store.earlier('one')
    expect(earlier?.marks.size).toBeGreaterThan(500)
    const list = [...(earlier?.marks.values() ?? [])].map(({ path, mark = '' }) => ({
      path,
      mark,
      same: true,
    }))
    const { id } = await store.receive('one', ABOUT, tarFrom([]), { told: list, earlier })
    expect(await store.verify(id)).toMatchObject({ ok: true })
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
  })
})
