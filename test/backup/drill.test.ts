import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BackupAbout } from '../../src/backup/manifest.ts'
import { ABOUT, database, openStore, type Part, scratchFolder, tarFrom } from './store-kit.ts'

const AGENT = 'agents/main/agent/openclaw-agent.sqlite'
const PATH = `/home/oc/.openclaw/${AGENT}`

function about(userVersion: number, agentId: string | null = 'main'): BackupAbout {
  return { ...ABOUT, databases: [{ path: PATH, own: true, userVersion, agentId, error: null }] }
}

async function drilled(parts: readonly Part[], what: BackupAbout) {
  const folder = await scratchFolder()
  const store = await openStore(folder)
  const { id } = await store.receive('alpha', what, tarFrom(parts))
  const drill = await store.drill(id)
  return { store, folder, id, drill, codes: drill.problems.map(({ code }) => code) }
}

const parts = async (agentId: string | null = 'main'): Promise<Part[]> => [
  { path: 'openclaw.json', content: '{}' },
  { path: 'workspace/SOUL.md', content: 'I am.' },
  { path: 'workspace/out', link: '/etc/passwd' },
  { path: AGENT, content: await database(agentId) },
]

describe('a restore drill', () => {
  it('unpacks everything, opens every database where it lies, and leaves nothing but its result', async () => {
    const { store, folder, id, drill } = await drilled(await parts(), about(23))
    expect(drill).toMatchObject({ ok: true, problemCount: 0, files: 3, databases: 1 })
    expect(await readdir(join(folder, 'scratch'))).toEqual([])
    expect((await store.list('alpha'))[0]?.drill).toEqual(drill)
    await store.verify(id)
    expect((await store.list('alpha'))[0]?.drill).toEqual(drill)
  })

  it.each([
    ['of another schema version', 18, 'main', ['database-other-version']],
    ['of another agent', 23, 'news', ['database-wrong-owner']],
  ] as const)('finds a database %s', async (_what, version, owner, expected) => {
    const { codes, drill } = await drilled(await parts(owner), about(version, owner))
    expect([codes, drill.ok]).toEqual([expected, false])
  })

  it('finds a database that is empty and looks sound', async () => {
    const { DatabaseSync } = await import('@photostructure/sqlite')
    const path = join(await scratchFolder(), 'empty.sqlite')
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 23; CREATE TABLE gone (id); DROP TABLE gone')
    db.close()
    const empty: Part[] = [{ path: AGENT, content: await readFile(path) }]
    const { codes } = await drilled(empty, about(23, null))
    expect(codes).toContain('database-empty')
  })

  it('finds a piece that is damaged, and says so of every backup that was whole before', async () => {
    const { store, folder, id } = await drilled(await parts(), about(23))
    const [list] = (await store.read(id)).list.pieces
    const entries: { path: string; pieces?: string[] }[] = []
    for await (const entry of store.entries(id)) entries.push(entry as never)
    const piece = entries.find(({ path }) => path.endsWith('SOUL.md'))?.pieces?.[0] ?? ''
    expect(piece).not.toBe(list)
    const objects = join(folder, 'objects', piece.slice(0, 2))
    for (const name of await readdir(objects))
      if (name.startsWith(piece)) await writeFile(join(objects, name), 'another content')
    const again = await store.drill(id)
    expect(again.ok).toBe(false)
    expect(again.problems.map(({ code }) => code)).toEqual(['archive-broken'])
    expect(await readdir(join(folder, 'scratch'))).toEqual([])
  })

  it('goes with its backup', async () => {
    const { store, folder, id } = await drilled(await parts(), about(23))
    await store.receive('alpha', about(23), tarFrom(await parts()))
    const [newer] = await store.list('alpha')
    await store.verify(newer?.id === id ? id : (newer?.id ?? ''))
    await store.remove(id)
    expect((await readdir(join(folder, 'nodes', 'alpha'))).filter((name) => name.startsWith(id))).toEqual([])
  })

  it('can be stopped, and says nothing then', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const { id } = await store.receive('alpha', about(23), tarFrom(await parts()))
    await expect(store.drill(id, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect((await store.list('alpha'))[0]?.drill).toBe(null)
    expect(await readdir(join(folder, 'scratch'))).toEqual([])
    await rm(folder, { recursive: true })
  })
})
