import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { writeRecord } from '../../src/backup/manifest.ts'
import { Packs } from '../../src/backup/packs.ts'
import { ABOUT, bytesOf, openStore, type Part, scratchFolder, tarFrom } from './store-kit.ts'

const run = promisify(execFile)
const parts: Part[] = Array.from({ length: 60 }, (_, place) => ({
  path: `part-${String(place).padStart(2, '0')}`,
  content: place % 3 === 0 ? `words of ${place}, `.repeat(500) : randomBytes(3_000 + place),
}))

async function packed(files = parts) {
  const folder = await scratchFolder()
  const store = await openStore(folder)
  const { id } = await store.receive('one', ABOUT, tarFrom(files))
  const packs = join(folder, 'objects', 'packs')
  const [pack = '', index = ''] = (await readdir(packs)).sort((a) => (a.endsWith('.pack') ? -1 : 1))
  return { folder, store, id, packs, pack: join(packs, pack), index: join(packs, index) }
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+')
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at)
  await file.close()
}

describe('many small files', () => {
  it('lie in one pack, for the owner alone, and come back byte for byte', async () => {
    const { folder, store, id, packs, pack } = await packed()
    expect(await readdir(packs)).toHaveLength(2)
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
    expect((await stat(pack)).mode & 0o777).toBe(0o600)
    expect((await stat(packs)).mode & 0o777).toBe(0o700)
    expect((await store.verify(id)).ok).toBe(true)
    expect(await bytesOf(await store.tarOf(id))).toEqual(
      await bytesOf(await (await packed()).store.list().then(async () => await store.tarOf(id))),
    )
    const again = await store.receive('one', ABOUT, tarFrom(parts))
    expect(again).toMatchObject({ newBytes: 0 })
    expect(await readdir(packs)).toHaveLength(2)
  })

  it('are found by another process that was there before them', async () => {
    const folder = await scratchFolder()
    const [one, other] = [await openStore(folder), await openStore(folder)]
    await other.receive('two', ABOUT, tarFrom(parts.slice(0, 20)))
    const { id } = await one.receive('one', ABOUT, tarFrom(parts))
    expect((await other.verify(id)).ok).toBe(true)
  })

  it('are stored anew after one of them, or the index of their pack, was damaged', async () => {
    const { store, id, pack, index } = await packed()
    await flip(pack, 40)
    expect(await store.verify(id)).toMatchObject({ ok: false, problemCount: 1 })
    await store.receive('one', ABOUT, tarFrom(parts))
    expect((await store.verify(id)).ok).toBe(true)
    await flip(index, 60)
    expect((await store.verify(id)).ok).toBe(false)
    await store.receive('one', ABOUT, tarFrom(parts))
    expect((await store.verify(id)).ok).toBe(true)
  })

  it('are brought together when most of a pack is needed no more', async () => {
    const { store, id, packs, pack, index } = await packed()
    const few = await store.receive('one', ABOUT, tarFrom(parts.slice(0, 20)))
    expect((await store.verify(few.id)).ok).toBe(true)
    const before = (await stat(pack)).size
    await store.remove(id)
    expect(await store.sweep()).toMatchObject({ objects: 0 })
    for (const file of [pack, index]) await utimes(file, 1, 1)
    // What a process left that was killed between its two files.
    await writeFile(join(packs, `${'0'.repeat(32)}.pack`), 'nobody names this')
    await utimes(join(packs, `${'0'.repeat(32)}.pack`), 1, 1)
    const swept = await store.sweep()
    expect(swept.objects).toBeGreaterThanOrEqual(40)
    const left = await readdir(packs)
    expect(left).toHaveLength(2)
    expect((await stat(join(packs, left.find((name) => name.endsWith('.pack')) ?? ''))).size).toBeLessThan(
      before / 2,
    )
    expect((await store.verify(few.id)).ok).toBe(true)
  })

  it('are unpacked by the program in the documentation, without ocm', async () => {
    const { folder, id } = await packed([...parts, { path: 'large', content: randomBytes(2_500_000) }])
    const page = await readFile(new URL('../../docs/backup.md', import.meta.url), 'utf8')
    const program = /```js\n(import [\s\S]*?)```/.exec(page)?.[1] ?? ''
    const place = await scratchFolder()
    await writeFile(join(place, 'unpack.mjs'), program)
    const target = join(place, 'restored')
    await run(process.execPath, [join(place, 'unpack.mjs'), folder, 'one', id, target])
    for (const part of parts)
      if ('content' in part)
        expect(await readFile(join(target, 'home/oc/.openclaw', part.path))).toEqual(
          Buffer.from(part.content),
        )
    expect((await stat(join(target, 'home/oc/.openclaw/large'))).size).toBe(2_500_000)
    await rm(place, { recursive: true })
  })
})

describe('the index of a pack', () => {
  const name = 'a'.repeat(64)
  const row = [name, 0, 1, '']

  async function foundIn(record: object) {
    const folder = await scratchFolder()
    const id = '0'.repeat(32)
    await writeFile(join(folder, `${id}.pack`), 'x')
    await writeFile(join(folder, `${id}.json`), writeRecord(record))
    return await new Packs(folder).find(name)
  }

  it('says where an object lies', async () => {
    expect(await foundIn({ version: 1, objects: [row] })).toMatchObject({ at: 0, bytes: 1, coding: '' })
  })

  it.each([
    ['no list', 'none'],
    ['a row that is none', [row, null]],
    ['a row that is too short', [row, row.slice(0, 3)]],
    ['a row that is too long', [row, [...row, 1]]],
    ['a name that is no hash', [row, ['A'.repeat(64), 0, 1, '']]],
    ['a negative place', [row, [name, -1, 1, '']]],
    ['half a place', [row, [name, 0.5, 1, '']]],
    ['no bytes', [row, [name, 0, 0, '']]],
    ['another coding', [row, [name, 0, 1, '.xz']]],
  ])('holds nothing with %s', async (_, objects) => {
    expect(await foundIn({ version: 1, objects })).toBeNull()
  })
})
