import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, cp, mkdir, open, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { describe, expect, it } from 'vitest'
import { type BackupStore, openBackupStore } from '../../src/backup/backup-store.ts'
import { identityFile } from '../../src/backup/identity-file.ts'
import type { BackupAbout } from '../../src/backup/manifest.ts'
import { systemClock } from '../../src/base/clock.ts'
import { ABOUT, database, type Part, scratchFolder, silentLog, tarFrom } from './store-kit.ts'

const AGENT = 'agents/main/agent/openclaw-agent.sqlite'
const SECRET = 'sk-of-a-provider-0123456789abcdef'
const about: BackupAbout = {
  ...ABOUT,
  databases: [
    { path: `/home/oc/.openclaw/${AGENT}`, own: true, userVersion: 23, agentId: 'main', error: null },
  ],
}

interface Vault {
  folder: string
  keyPath: string
  recipients: string[]
  /** A process of its own; with `key` it has the private key. */
  open(key?: string | null): Promise<BackupStore>
}

async function vault(): Promise<Vault> {
  const folder = await scratchFolder()
  const keyPath = join(await scratchFolder(), 'key.txt')
  const key = await generateX25519Identity()
  await writeFile(keyPath, `# created: today\n${key}\n`, { mode: 0o600 })
  const recipients = [
    await identityToRecipient(await generateX25519Identity()),
    await identityToRecipient(key),
  ]
  const open = (path: string | null = null) =>
    openBackupStore(folder, {
      ...{ clock: systemClock, log: silentLog, diskFloor: 0 },
      sealing: { recipients, keys: identityFile(path) },
    })
  return { folder, keyPath, recipients, open }
}

const content = async (rows = 3): Promise<Part[]> => [
  { path: 'openclaw.json', content: JSON.stringify({ key: SECRET }) },
  { path: 'workspace/SOUL.md', content: 'I am.' },
  { path: 'workspace/large', content: Buffer.alloc(3_000_001, SECRET) },
  {
    path: 'workspace/noise',
    content: Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919) >> 3)),
  },
  { path: AGENT, content: await database('main', rows) },
]

async function files(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

async function packs(folder: string): Promise<string[]> {
  return (await files(join(folder, 'objects', 'packs'))).filter((name) => name.endsWith('.pack.age'))
}

async function flip(path: string, at: number): Promise<void> {
  const file = await open(path, 'r+')
  const { buffer: byte } = await file.read(Buffer.alloc(1), 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 1
  await file.write(byte, 0, 1, at)
  await file.close()
}

const sound = { ok: true, problemCount: 0 }

describe('a store that is encrypted for recipients', () => {
  it('holds no content in clear, and is verified right after, without a private key', async () => {
    const { folder, open: opened } = await vault()
    const store = await opened()
    const { id } = await store.receive('alpha', about, tarFrom(await content()), {
      besides: `{"of":"${SECRET}"}`,
    })
    const check = await store.verify(id, { trustRecent: true })
    expect(check).toMatchObject({
      ...sound,
      databases: [{ path: about.databases[0]?.path, agentId: 'main' }],
    })
    for (const path of await files(folder)) expect((await readFile(path)).includes(SECRET), path).toBe(false)
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
    for (const pack of await packs(folder))
      expect((await readFile(pack)).subarray(0, 21).toString()).toBe('age-encryption.org/v1')
  })

  it('is verified without a private key by another process, and in full with one', async () => {
    const { open: opened, keyPath } = await vault()
    const first = await opened()
    const { id } = await first.receive('alpha', about, tarFrom(await content()))
    await first.verify(id)
    expect(await (await opened()).verify(id)).toMatchObject({ ...sound, ciphertextOnly: true })
    const full = await (await opened(keyPath)).verify(id)
    expect(full).toMatchObject({ ...sound, databases: [{ agentId: 'main' }] })
    expect(full.ciphertextOnly).toBe(undefined)
  })

  it('without a private key calls nothing verified whose databases nobody has opened', async () => {
    const { open: opened } = await vault()
    const { id } = await (await opened()).receive('alpha', about, tarFrom(await content()))
    const other = await opened()
    await expect(other.verify(id)).rejects.toMatchObject({ code: 'backup-key-needed' })
    expect((await other.list('alpha'))[0]?.good).toBe(null)
  })

  it.each([true, false])(
    'keeps more than its memory holds, of all sizes, byte for byte; sealed: %s',
    async (isSealed) => {
      const { folder, recipients, keyPath } = await vault()
      const store = await openBackupStore(folder, {
        ...{ clock: systemClock, log: silentLog, diskFloor: 0 },
        sealing: { recipients: isSealed ? recipients : [], keys: identityFile(keyPath) },
      })
      const piece = 1024 ** 2
      const sizes = [
        1,
        15,
        16,
        17,
        255,
        8_193,
        65_535,
        65_536,
        65_537,
        piece - 1,
        piece,
        piece + 1,
        6_500_000,
      ]
      const parts = Array.from({ length: 6 }, (_, round) =>
        sizes.map((bytes) => ({ path: `workspace/${round}-${bytes}`, content: randomBytes(bytes) })),
      ).flat()
      const { id } = await store.receive('alpha', about, tarFrom(parts))
      expect(await store.verify(id)).toMatchObject({ problemCount: 0 })
      for (const { path, content: bytes } of parts)
        expect((await store.content(id, `home/oc/.openclaw/${path}`, 7_000_000))?.equals(bytes), path).toBe(
          true,
        )
    },
  )

  it('is restored with a private key, and refused without one', async () => {
    const { open: opened, keyPath } = await vault()
    const { id } = await (await opened()).receive('alpha', about, tarFrom(await content()))
    const without = await opened()
    await expect(without.requireKey(id)).rejects.toMatchObject({
      code: 'backup-key-needed',
      params: { backup: id },
    })
    await expect(without.drill(id)).rejects.toMatchObject({ code: 'backup-key-needed' })
    await expect(buffer(await without.tarOf(id))).rejects.toMatchObject({ code: 'backup-key-needed' })
    const withKey = await opened(keyPath)
    await withKey.requireKey(id)
    expect(await withKey.drill(id)).toMatchObject({ ...sound, files: 5, databases: 1 })
    const path = 'home/oc/.openclaw/workspace/large'
    expect((await withKey.content(id, path, 4_000_000))?.equals(Buffer.alloc(3_000_001, SECRET))).toBe(true)
  })

  it('says what is wrong with a file of private keys that cannot be used', async () => {
    const { open: opened, keyPath } = await vault()
    const { id } = await (await opened()).receive('alpha', about, tarFrom(await content()))
    const why = async (path: string) =>
      (await opened(path)).requireKey(id).catch(({ code, params }) => [code, params.why])
    expect(await why(`${keyPath}.gone`)).toEqual(['backup-key-unusable', 'unreadable'])
    const empty = `${keyPath}.empty`
    await writeFile(empty, 'nothing\n', { mode: 0o600 })
    expect(await why(empty)).toEqual(['backup-key-unusable', 'no-key'])
    const another = `${keyPath}.another`
    await writeFile(another, await generateX25519Identity(), { mode: 0o600 })
    expect(await why(another)).toEqual(['backup-key-needed', undefined])
    await chmod(keyPath, 0o640)
    expect(await why(keyPath)).toEqual(['backup-key-unusable', 'open-to-others'])
  })

  it.each(['with', 'without'])('finds one flipped byte anywhere in a pack %s a private key', async (how) => {
    const { folder, open: opened, keyPath } = await vault()
    const first = await opened()
    const { id } = await first.receive('alpha', about, tarFrom(await content()))
    await first.verify(id)
    const [pack = ''] = await packs(folder)
    const { length } = await readFile(pack)
    for (const at of [30, 120, 400, 70_000, length - 40, length - 1]) {
      const copy = join(await scratchFolder(), 'store')
      await cp(folder, copy, { recursive: true })
      await flip(join(copy, 'objects', 'packs', pack.split('/').at(-1) ?? ''), at)
      const store = await openBackupStore(copy, {
        ...{ clock: systemClock, log: silentLog, diskFloor: 0 },
        sealing: { recipients: [], keys: identityFile(how === 'with' ? keyPath : null) },
      })
      const check = await store.verify(id)
      expect([at, check.ok]).toEqual([at, false])
      expect(check.problems[0]?.code).toBe('object-damaged')
    }
  })

  it('stores anew what a damaged pack held, so that the next backup is sound again', async () => {
    const { folder, open: opened } = await vault()
    const first = await opened()
    const { id } = await first.receive('alpha', about, tarFrom(await content()))
    await first.verify(id)
    for (const pack of await packs(folder)) await flip(pack, 70_000)
    const second = await opened()
    expect((await second.verify(id)).ok).toBe(false)
    const next = await second.receive('alpha', about, tarFrom(await content()))
    expect(next.newBytes).toBeGreaterThan(3_000_000)
    expect(await second.verify(next.id, { trustRecent: true })).toMatchObject(sound)
  })

  it('stores unchanged content once, and a changed database is verified without a private key', async () => {
    const { open: opened } = await vault()
    const first = await opened()
    const { id } = await first.receive('alpha', about, tarFrom(await content(8_000)))
    await first.verify(id)
    const second = await opened()
    const parts = await content(8_000)
    const changed = await database('main', 8_001)
    const next = await second.receive(
      'alpha',
      about,
      tarFrom([...parts.slice(0, -1), { path: AGENT, content: changed }]),
    )
    expect(next.newBytes).toBeLessThan(changed.length)
    expect(await second.verify(next.id, { trustRecent: true })).toMatchObject({
      ...sound,
      databases: [{ agentId: 'main' }],
    })
  })

  it('names encrypted packs and their indexes among the files that a copy needs', async () => {
    const { open: opened, folder } = await vault()
    const store = await opened()
    const { id } = await store.receive('alpha', about, tarFrom(await content()))
    const paths = await store.files(id, async (_node, all) => all)
    for (const pack of await packs(folder)) {
      const name = `objects/packs/${pack.split('/').at(-1)}`
      expect(paths).toContain(name)
      expect(paths).toContain(name.replace('.pack.age', '.json'))
    }
  })

  it('frees what a damaged pack held once it is stored anew, and leaves alone what needs the private key', async () => {
    const { folder, open: opened } = await vault()
    const first = await opened()
    const { id } = await first.receive('alpha', about, tarFrom(await content()))
    await first.verify(id)
    const [damaged = ''] = await packs(folder)
    await flip(damaged, 70_000)
    await first.verify(id)
    const next = await first.receive('alpha', about, tarFrom(await content()))
    expect((await first.verify(next.id)).ok).toBe(true)
    const old = new Date(Date.now() - 48 * 3_600_000)
    for (const pack of await packs(folder)) await utimes(pack, old, old)
    await first.sweep()
    expect(await packs(folder)).not.toContain(damaged)
    expect((await first.verify(next.id)).ok).toBe(true)
  })

  it('goes on from one that is in clear: both are read, compared and swept together', async () => {
    const { folder, open: opened, keyPath } = await vault()
    const plain = await openBackupStore(folder, { clock: systemClock, log: silentLog, diskFloor: 0 })
    const before = await plain.receive('alpha', about, tarFrom(await content()))
    await plain.verify(before.id)
    const store = await opened(keyPath)
    const more: Part[] = [...(await content()), { path: 'workspace/new', content: `new ${SECRET}` }]
    const after = await store.receive('alpha', about, tarFrom(more))
    expect(await store.verify(after.id)).toMatchObject(sound)
    expect((await store.compare(before.id, after.id)).added.map(({ path }) => path)).toEqual([
      '/home/oc/.openclaw/workspace/new',
    ])
    await store.sweep()
    expect(await store.verify(before.id)).toMatchObject(sound)
    expect(await (await opened()).verify(before.id)).toMatchObject(sound)
  })
})

const hasAge = spawnSync('age', ['--version']).status === 0

describe.skipIf(!hasAge)(
  'an encrypted store by hand, with age and without ocm (skipped where there is no age)',
  () => {
    it('is restored by exactly the lines of docs/backup.md', async () => {
      const { folder, open: opened, keyPath } = await vault()
      const parts = await content()
      const { id } = await (await opened()).receive('alpha', about, tarFrom(parts))
      const doc = await readFile(new URL('../../docs/backup.md', import.meta.url), 'utf8')
      const work = await scratchFolder()
      await mkdir(join(work, 'data'))
      await cp(folder, join(work, 'data', 'backups'), { recursive: true })
      const program = /Save it as `unpack.mjs`:\n\n```js\n([\s\S]*?)```/.exec(doc)?.[1] ?? ''
      await writeFile(join(work, 'unpack.mjs'), program)
      const lines = /are decrypted first:\n\n```sh\n([\s\S]*?)```/.exec(doc)?.[1] ?? ''
      expect(lines).toContain('age --decrypt')
      await cp(keyPath, join(work, 'key.txt'))
      const env = { PATH: process.env.PATH, OCM_DATA_DIR: 'data' }
      const decrypted = spawnSync('sh', ['-ec', lines], { cwd: work, encoding: 'utf8', env })
      expect([decrypted.status, decrypted.stderr]).toEqual([0, ''])
      const { status, stderr } = spawnSync(
        process.execPath,
        ['unpack.mjs', 'decrypted', 'alpha', id, 'restored'],
        {
          cwd: work,
          encoding: 'utf8',
        },
      )
      expect([status, stderr]).toEqual([0, ''])
      for (const part of parts)
        if ('content' in part) {
          const restored = await readFile(join(work, 'restored/home/oc/.openclaw', part.path))
          expect(restored.equals(Buffer.from(part.content)), part.path).toBe(true)
        }
    })
  },
)
