import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { openBackupStore } from '../../src/backup/backup-store.ts'
import type { ToldFile } from '../../src/backup/earlier.ts'
import { identityFile } from '../../src/backup/identity-file.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, bytesOf, database, openStore, scratchFolder, silentLog, tarFrom } from './store-kit.ts'

const NODE = 'alpha'
const HOME = 'home/oc/.openclaw'
const WEEK_MS = 7 * 24 * 3_600_000
const markOf = (letter: string) => letter.repeat(16)
const told = (name: string, same = false): ToldFile => ({
  path: `${HOME}/${name}`,
  mark: markOf(name),
  same,
})

/** A store whose clock can be put on, with a sound backup of the files a to d. */
async function storeWithBackup() {
  const folder = await scratchFolder()
  let ahead = 0
  const clock = { ...systemClock, now: () => systemClock.now() + ahead, sleep: systemClock.sleep }
  const store = await openBackupStore(folder, { clock, log: silentLog, diskFloor: 0 })
  const parts = ['a', 'b', 'c', 'd'].map((path) => ({ path, content: `content of ${path}` }))
  const first = await store.receive(NODE, ABOUT, tarFrom(parts), {
    told: parts.map(({ path }) => told(path)),
  })
  expect((await store.verify(first.id)).ok).toBe(true)
  const putOn = (ms: number) => {
    ahead = ms
  }
  return { folder, store, first, putOn }
}

describe('files that were not touched', () => {
  it('are in the next backup without having come again, in the order of the node', async () => {
    const { store } = await storeWithBackup()
    const earlier = await store.earlier(NODE)
    const list = [told('a', true), told('b'), told('c', true), told('d', true)]
    const tar = tarFrom([{ path: 'b', content: 'other content of b' }])
    const second = await store.receive(NODE, ABOUT, tar, { told: [...list], earlier })
    expect(second).toMatchObject({ files: 4, newBytes: 18, bytes: 18 + 3 * 12 })
    const paths = []
    for await (const { path } of store.entries(second.id)) paths.push(path)
    expect(paths).toEqual(list.map(({ path }) => path))
    expect((await store.verify(second.id)).ok).toBe(true)
    const all = String(await bytesOf(await store.tarOf(second.id)))
    for (const content of ['content of a', 'other content of b', 'content of c', 'content of d'])
      expect(all).toContain(content)
    // The next one knows them by this one.
    const next = await store.earlier(NODE)
    expect([...(next?.marks.keys() ?? [])].sort()).toEqual(['a', 'b', 'c', 'd'].map(markOf))
    expect(next?.readWholeAt).toBe(earlier?.readWholeAt)
  })

  it.each([
    ['a file that no backup holds', [{ ...told('a', true), mark: markOf('z') }], [], 'not-as-told'],
    ['the content of another file', [{ ...told('a', true), mark: markOf('b') }], [], 'not-as-told'],
    ['a file that comes all the same', [told('a', true)], [{ path: 'a', content: 'x' }], 'not-as-told'],
  ])('are refused as %s', async (_, list, parts, why) => {
    const { store, first } = await storeWithBackup()
    const earlier = await store.earlier(NODE)
    const run = store.receive(NODE, ABOUT, tarFrom(parts), { told: list, earlier })
    await expect(run).rejects.toMatchObject({ code: 'archive-refused', params: { why } })
    expect((await store.list(NODE)).map(({ id }) => id)).toEqual([first.id])
  })

  it('are refused where this backup has no place for them', async () => {
    const { store } = await storeWithBackup()
    const earlier = await store.earlier(NODE)
    const about = { ...ABOUT, roots: [{ kind: 'state', path: '~/other', real: '/home/oc/other' }] }
    const run = store.receive(NODE, about, tarFrom([]), { told: [told('a', true)], earlier })
    await expect(run).rejects.toMatchObject({ code: 'archive-refused', params: { why: 'outside' } })
  })
})

describe('databases that a node copies', () => {
  const DATABASE = 'agents/main/agent/openclaw-agent.sqlite'
  const known = { path: `/${HOME}/${DATABASE}`, own: true, userVersion: 23, agentId: 'main', error: null }
  const marked = { path: `${HOME}/${DATABASE}`, mark: markOf('d'), same: false }
  const brought = async () => [{ path: DATABASE, content: await database('main') }]

  it('need not come again, and what is known of them is told', async () => {
    const store = await openStore()
    const about = { ...ABOUT, databases: [known] }
    const { id } = await store.receive(NODE, about, tarFrom(await brought()), { told: [marked] })
    await store.verify(id)
    const earlier = await store.earlier(NODE)
    expect([...(earlier?.marks.keys() ?? [])]).toEqual([markOf('d')])
    expect(earlier?.databases).toEqual(new Map([[known.path, { userVersion: 23, agentId: 'main' }]]))
    const told = [{ ...marked, same: true }]
    const second = await store.receive(NODE, about, tarFrom([]), { told, earlier })
    expect(await store.verify(second.id, { trustRecent: true })).toMatchObject({
      ok: true,
      databases: [{ path: known.path, userVersion: 23, agentId: 'main' }],
    })
  })

  it('come again after a transfer that was cut off, which knew nothing of them but their bytes', async () => {
    const store = await openStore()
    const tar = tarFrom([{ path: 'a', content: 'x' }, ...(await brought())])
    const ending = () => {
      throw new Error('cut off')
    }
    const run = store.receive(NODE, ABOUT, tar, { told: [told('a'), marked], ending })
    await expect(run).rejects.toThrow('cut off')
    expect([...((await store.earlier(NODE))?.marks.keys() ?? [])]).toEqual([markOf('a')])
  })

  it('come again where the store is sealed: they could not be opened once more', async () => {
    const folder = await scratchFolder()
    const key = await generateX25519Identity()
    const store = await openBackupStore(folder, {
      ...{ clock: systemClock, log: silentLog, diskFloor: 0 },
      sealing: { recipients: [await identityToRecipient(key)], keys: identityFile(null) },
    })
    const tar = tarFrom([{ path: 'a', content: 'x' }, ...(await brought())])
    const about = { ...ABOUT, databases: [known] }
    const { id } = await store.receive(NODE, about, tar, { told: [told('a'), marked] })
    expect(await store.verify(id)).toMatchObject({ ok: true })
    expect([...((await store.earlier(NODE))?.marks.keys() ?? [])]).toEqual([markOf('a')])
  })
})

describe('all files come', () => {
  it('when that has not happened for a week, and when the clock was put back', async () => {
    const { store, putOn } = await storeWithBackup()
    putOn(WEEK_MS - 60_000)
    expect(await store.earlier(NODE)).not.toBeNull()
    putOn(WEEK_MS + 60_000)
    expect(await store.earlier(NODE)).toBeNull()
    putOn(-WEEK_MS)
    expect(await store.earlier(NODE)).toBeNull()
  })

  it('when the backup before was not found sound', async () => {
    const { store, folder, first } = await storeWithBackup()
    const objects = join(folder, 'objects')
    for (const part of await readdir(objects))
      for (const name of await readdir(join(objects, part)))
        await writeFile(join(objects, part, name), 'damaged')
    expect((await store.verify(first.id)).ok).toBe(false)
    expect(await store.earlier(NODE)).toBeNull()
  })

  it('when there is no backup, or one that knew no marks', async () => {
    const { store } = await storeWithBackup()
    expect(await store.earlier('beta')).toBeNull()
    const plain = await store.receive('beta', ABOUT, tarFrom([{ path: 'a', content: 'x' }]))
    expect((await store.verify(plain.id)).ok).toBe(true)
    expect((await store.earlier('beta'))?.marks.size).toBe(0)
  })

  it('and those alone whose content is no longer there', async () => {
    const { store, folder, first } = await storeWithBackup()
    for await (const entry of store.entries(first.id))
      if (entry.kind === 'file' && entry.path === `${HOME}/c`)
        for (const name of entry.pieces)
          for (const ending of ['', '.gz'])
            await rm(join(folder, 'objects', name.slice(0, 2), `${name}${ending}`), { force: true })
    const earlier = await store.earlier(NODE)
    expect([...(earlier?.marks.keys() ?? [])].sort()).toEqual(['a', 'b', 'd'].map(markOf))
  })

  it.each([
    ['as it is', 'content of c'],
    ['compressed', 'content of c '.repeat(200)],
  ])('and those alone whose content was found damaged after it was stored %s', async (_, content) => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const parts = [
      { path: 'a', content: 'content of a' },
      { path: 'c', content },
    ]
    const first = await store.receive(NODE, ABOUT, tarFrom(parts), { told: [told('a'), told('c')] })
    expect((await store.verify(first.id)).ok).toBe(true)
    for await (const entry of store.entries(first.id))
      if (entry.kind === 'file' && entry.path === `${HOME}/c`)
        for (const name of entry.pieces) await spoil(join(folder, 'objects', name.slice(0, 2)), name)
    // Only the next backup, which brings neither of them, finds it.
    const second = await store.receive(NODE, ABOUT, tarFrom([]), {
      told: [told('a', true), told('c', true)],
      earlier: await store.earlier(NODE),
    })
    expect((await store.verify(second.id)).ok).toBe(false)
    const earlier = await store.earlier(NODE)
    expect([...(earlier?.marks.keys() ?? [])]).toEqual([markOf('a')])
    const third = await store.receive(NODE, ABOUT, tarFrom(parts.slice(1)), {
      told: [told('a', true), told('c')],
      earlier,
    })
    expect((await store.verify(third.id)).ok).toBe(true)
  })
})

describe('a backup in which nothing is new', () => {
  async function twoOfTheSame() {
    const { folder, store, first } = await storeWithBackup()
    const earlier = await store.earlier(NODE)
    const second = await store.receive(NODE, ABOUT, tarFrom([]), {
      told: ['a', 'b', 'c', 'd'].map((name) => told(name, true)),
      earlier,
    })
    expect(second.list).toEqual(first.list)
    const damage = async (name: string) => spoil(join(folder, 'objects', name.slice(0, 2)), name)
    return { store, second, earlier, damage }
  }

  it('is sound', async () => {
    const { store, second, earlier } = await twoOfTheSame()
    expect(await store.verify(second.id, { trustRecent: true })).toMatchObject({ ok: true })
    expect(earlier?.list).toHaveLength(second.files)
  })

  it('is not, where its list was damaged since, also while that list is in memory', async () => {
    const { store, second, earlier, damage } = await twoOfTheSame()
    for (const name of second.list.pieces) await damage(name)
    const check = await store.verify(second.id, { trustRecent: true })
    expect(check.problems).toEqual([{ code: 'list-damaged', subject: second.list.pieces[0] }])
    expect(earlier?.list).toHaveLength(second.files)
  })

  it('is not, where a file was damaged since', async () => {
    const { store, second, earlier, damage } = await twoOfTheSame()
    const file = earlier?.list?.find(({ path }) => path === `${HOME}/c`)
    if (file?.kind !== 'file') throw new Error('it is not in the list')
    for (const name of file.pieces) await damage(name)
    const check = await store.verify(second.id, { trustRecent: true })
    expect(check.problems).toEqual([{ code: 'object-damaged', subject: `/${HOME}/c` }])
  })
})

/** Makes the file of an object another one, whatever its ending. */
async function spoil(part: string, name: string): Promise<void> {
  for (const file of await readdir(part))
    if (file.startsWith(name)) await writeFile(join(part, file), 'damaged')
}
