import { createHash, randomBytes } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { extract } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import type { BackupStore } from '../../src/backup/backup-store.ts'
import { ABOUT, bytesOf, database, openStore, type Part, scratchFolder, tarFrom } from './store-kit.ts'

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const noise = randomBytes(3_000_000)

async function someParts(): Promise<Part[]> {
  return [
    { path: 'agents', folder: true },
    { path: 'agents/main/agent/openclaw-agent.sqlite', content: await database('main', 5_000) },
    { path: 'openclaw.json', content: '{"token":"not-in-any-name"}' },
    { path: 'empty', content: '' },
    { path: 'workspace/noise.bin', content: noise, mode: 0o644 },
    { path: 'workspace/名前 "x"', content: 'odd' },
    { path: `workspace/${'long/'.repeat(40)}name`, content: 'deep' },
    { path: 'workspace/python', link: '/usr/bin/python3' },
    { path: 'workspace/near', link: 'noise.bin' },
  ]
}

/** Everything in a tar: name to content, or to where it points. */
async function contentsOf(store: BackupStore, id: string): Promise<Map<string, string>> {
  const parser = extract()
  const found = new Map<string, string>()
  const bytes = await bytesOf(await store.tarOf(id))
  parser.end(bytes)
  for await (const entry of parser) {
    const chunks: Buffer[] = []
    for await (const chunk of entry as unknown as AsyncIterable<Buffer>) chunks.push(chunk)
    const { name, linkname, type, mode } = entry.header
    found.set(name, `${type} ${mode} ${linkname ?? sha256(Buffer.concat(chunks))}`)
  }
  return found
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

describe('a backup in the store', () => {
  it('gives back byte for byte what came in', async () => {
    const store = await openStore()
    const parts = await someParts()
    const { id, ...manifest } = await store.receive('one', ABOUT, tarFrom(parts))
    const found = await contentsOf(store, id)
    for (const part of parts) {
      const name = `home/oc/.openclaw/${part.path}`
      if ('content' in part)
        expect(found.get(name)).toBe(`file ${part.mode ?? 0o600} ${sha256(Buffer.from(part.content))}`)
      else if ('link' in part) expect(found.get(name)).toMatch(new RegExp(`^symlink .* ${part.link}$`))
      else expect(found.get(`${name}/`)).toBe(`directory ${0o700} ${sha256(Buffer.alloc(0))}`)
    }
    expect(found.size).toBe(parts.length)
    expect(manifest).toMatchObject({ files: 6, folders: 1, links: 2, outsideLinks: 1 })
    expect(await store.read(id)).toEqual({ id, ...manifest })
  })

  it('costs next to nothing when nothing changed, and only the pages that did', async () => {
    const store = await openStore()
    const parts = await someParts()
    const first = await store.receive('one', ABOUT, tarFrom(parts))
    const second = await store.receive('one', ABOUT, tarFrom(parts))
    expect(first.storedBytes).toBeGreaterThan(noise.length)
    expect(second).toMatchObject({ newBytes: 0, storedBytes: 0, bytes: first.bytes })
    const changed = Buffer.from(noise)
    changed[2_500_000] = (changed[2_500_000] ?? 0) ^ 1
    const third = await store.receive(
      'one',
      ABOUT,
      tarFrom([{ path: 'workspace/noise.bin', content: changed }]),
    )
    expect(third.storedBytes).toBeLessThan(1_100_000)
    expect((await store.list('ONE')).map(({ id }) => id).sort()).toEqual(
      [first.id, second.id, third.id].sort(),
    )
  })

  it('is for the bot alone, and names no secret', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    await store.receive('one', ABOUT, tarFrom(await someParts()))
    for (const file of await filesIn(folder)) {
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700)
      expect(file).not.toContain('not-in-any-name')
    }
  })

  it('is found good only when each database opens, holds something and belongs to its agent', async () => {
    const store = await openStore()
    const good = await store.receive('one', ABOUT, tarFrom(await someParts()))
    expect(await store.verify(good.id)).toMatchObject({
      ok: true,
      databases: [{ userVersion: 23, agentId: 'main' }],
    })
    const path = 'agents/main/agent/openclaw-agent.sqlite'
    const torn = (await database('main', 5_000)).subarray(0, 8_192)
    const { DatabaseSync } = await import('@photostructure/sqlite')
    const blank = join(await scratchFolder(), 'blank.sqlite')
    const db = new DatabaseSync(blank)
    db.exec('PRAGMA user_version = 23; CREATE TABLE x (y); DROP TABLE x')
    db.close()
    const { readFile } = await import('node:fs/promises')
    const cases: [Buffer, string][] = [
      [await database('other'), 'database-wrong-owner'],
      [torn, 'database-'],
      [await readFile(blank), 'database-empty'],
    ]
    for (const [content, code] of cases) {
      const { id } = await store.receive('one', ABOUT, tarFrom([{ path, content }]))
      const check = await store.verify(id)
      expect(check.ok).toBe(false)
      expect(check.problems.map((problem) => problem.code).join()).toContain(code)
    }
    const [newest] = await store.list('one')
    expect(newest?.good).toBe(false)
  })

  it('is compared with another by file and by agent', async () => {
    const store = await openStore()
    const before = await store.receive(
      'one',
      ABOUT,
      tarFrom([
        { path: 'workspace/a', content: 'a' },
        { path: 'workspace-ops/b', content: 'b' },
        { path: 'openclaw.json', content: '{}' },
      ]),
    )
    const after = await store.receive(
      'one',
      ABOUT,
      tarFrom([
        { path: 'workspace/a', content: 'A' },
        { path: 'agents/news/c', content: 'c' },
        { path: 'openclaw.json', content: '{}' },
      ]),
    )
    expect(await store.compare(before.id, after.id)).toEqual({
      added: [{ path: '/home/oc/.openclaw/agents/news/c', agent: 'news' }],
      changed: [{ path: '/home/oc/.openclaw/workspace/a', agent: 'main' }],
      removed: [{ path: '/home/oc/.openclaw/workspace-ops/b', agent: 'ops' }],
      counts: { added: 1, changed: 1, removed: 1, same: 1 },
      byAgent: {
        main: { added: 0, changed: 1, removed: 0 },
        news: { added: 1, changed: 0, removed: 0 },
        ops: { added: 0, changed: 0, removed: 1 },
      },
    })
  })
})
