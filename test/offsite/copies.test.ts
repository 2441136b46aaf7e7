import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { BackupStore } from '../../src/backup/backup-store.ts'
import { bringBack, findCopy } from '../../src/offsite/bring-back.ts'
import type { Asking } from '../../src/offsite/look.ts'
import { retainCopies, sweepThere } from '../../src/offsite/retain-copies.ts'
import { bytesOf, openStore, scratchFolder } from '../backup/store-kit.ts'
import { type S3Server, startS3 } from '../support/s3-server.ts'
import { askingOf, backedUp, copyOf, STORE, someParts } from './offsite-kit.ts'

const isObject = (key: string) => key.includes('/objects/')
const packOf = (server: S3Server) => [...server.objects.keys()].find((key) => key.endsWith('.pack')) ?? ''
const ofMethod = (server: S3Server, method: string) => server.seen.filter((one) => one.method === method)

async function bring(store: BackupStore, asking: Asking, wanted = 'latest') {
  const found = await findCopy(asking, 'one', wanted)
  const brought = await bringBack(
    asking,
    found,
    (files, fetch) => store.bringIn('one', found.name.id, files, fetch),
    () => undefined,
  )
  return { id: found.name.id, brought, others: found.others }
}

function damage(server: S3Server, key: string): void {
  const object = server.objects.get(key)
  if (object === undefined) throw new Error(`no ${key}`)
  const bytes = Buffer.from(object.bytes)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  server.objects.set(key, { ...object, bytes, etag: '"other"' })
}

describe('a copy of a backup', () => {
  it('gives an empty store all of it back', async () => {
    const server = await startS3()
    const [here, elsewhere] = [await openStore(), await openStore()]
    const id = await backedUp(here, await someParts())
    const copied = await copyOf(here, askingOf(server), id)
    expect(copied.sent).toEqual({ files: copied.files, bytes: copied.bytes })
    const { brought } = await bring(elsewhere, askingOf(server))
    expect(brought).toEqual(copied.sent)
    expect((await elsewhere.verify(id)).problems).toEqual([])
    const [was, is] = await Promise.all([here.tarOf(id), elsewhere.tarOf(id)])
    expect(Buffer.compare(await bytesOf(was), await bytesOf(is))).toBe(0)
  })

  it('lies there as in the folder of the store', async () => {
    const server = await startS3()
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    const there = [...server.objects.keys()]
      .filter((key) => key.startsWith(`team/ocm/${STORE}/`))
      .map((key) => key.slice(`team/ocm/${STORE}/`.length))
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const here = entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.check.json'))
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .filter((path) => !path.startsWith('locks'))
    expect(there.sort()).toEqual(here.sort())
  })

  it('sends only what is new the second time', async () => {
    const server = await startS3()
    const store = await openStore()
    const parts = await someParts()
    await copyOf(store, askingOf(server), await backedUp(store, parts))
    const id = await backedUp(store, [...parts, { path: 'new', content: 'a little' }])
    const before = server.objects.size
    const { sent, bytes } = await copyOf(store, askingOf(server), id)
    expect(sent.bytes).toBeLessThan(bytes / 20)
    // Besides its files a copy has a record.
    expect(server.objects.size - before).toBe(sent.files + 1)
    const again = await copyOf(store, askingOf(server), id)
    expect(again).toMatchObject({ sent: { files: 0 }, mended: 0 })
  })

  it('reads back what a target without checksums has, and once only', async () => {
    const server = await startS3()
    server.keepsChecksums = false
    const store = await openStore()
    const id = await backedUp(store, await someParts())
    const { files } = await copyOf(store, askingOf(server), id)
    const isRead = ({ key }: { key: string }) => key.includes(`/${STORE}/`)
    expect(ofMethod(server, 'GET').filter(isRead)).toHaveLength(files)
    server.seen.length = 0
    await copyOf(store, askingOf(server), id)
    expect(ofMethod(server, 'GET').filter(isRead)).toEqual([])
  })

  it('is no copy while the target keeps less than it was given', async () => {
    const server = await startS3()
    const store = await openStore()
    const id = await backedUp(store, await someParts())
    server.fault = ({ method, key }) => (method === 'PUT' && isObject(key) ? 'keep-half' : null)
    await expect(copyOf(store, askingOf(server), id)).rejects.toMatchObject({
      code: 'offsite-failed',
      params: { why: 'damaged' },
    })
    await expect(findCopy(askingOf(server), 'one', 'latest')).rejects.toMatchObject({ code: 'unknown-copy' })
    server.fault = () => null
    expect((await copyOf(store, askingOf(server), id)).mended).toBeGreaterThan(0)
  })

  it('that was damaged there is found by reading it back, and mended', async () => {
    const server = await startS3()
    const [store, elsewhere] = [await openStore(), await openStore()]
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    damage(server, packOf(server))
    await expect(bring(elsewhere, askingOf(server))).rejects.toMatchObject({ params: { why: 'damaged' } })
    expect(await elsewhere.list()).toEqual([])
    expect(await copyOf(store, askingOf(server), id, { readBack: true })).toMatchObject({
      sent: { files: 1 },
      mended: 1,
    })
    await bring(elsewhere, askingOf(server))
    expect((await elsewhere.verify(id)).ok).toBe(true)
  })

  it('that lost an object there gets it again', async () => {
    const server = await startS3()
    const store = await openStore()
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    server.objects.delete(packOf(server))
    await expect(bring(await openStore(), askingOf(server))).rejects.toMatchObject({
      params: { why: 'missing' },
    })
    expect(await copyOf(store, askingOf(server), id)).toMatchObject({ sent: { files: 1 }, mended: 0 })
  })

  it('mends a backup that was damaged here', async () => {
    const server = await startS3()
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    const pack = packOf(server).split('/').at(-1) ?? ''
    await writeFile(join(folder, 'objects', 'packs', pack), 'nothing of it')
    expect((await store.verify(id)).ok).toBe(false)
    await bring(store, askingOf(server), id)
    expect((await store.verify(id)).problems).toEqual([])
  })

  it('keeps the whole index there when damage took objects out of the one here', async () => {
    const server = await startS3()
    const [folder, elsewhere] = [await scratchFolder(), await openStore()]
    const store = await openStore(folder)
    const parts = await someParts()
    const id = await backedUp(store, parts)
    await copyOf(store, askingOf(server), id)
    const pack = packOf(server).split('/').at(-1) ?? ''
    const path = join(folder, 'objects', 'packs', pack)
    const bytes = Buffer.from(server.objects.get(packOf(server))?.bytes ?? '')
    bytes.fill(0, 0, 10)
    await writeFile(path, bytes)
    await store.verify(id)
    const next = await backedUp(store, parts)
    await copyOf(store, askingOf(server), next)
    // Also where no earlier copy of the node tells of it.
    for (const key of [...server.objects.keys()]) if (key.includes('/copies/')) server.objects.delete(key)
    await copyOf(store, askingOf(server), next)
    await copyOf(store, askingOf(server), id)
    for (const one of [id, next]) {
      await bring(elsewhere, askingOf(server), one)
      expect((await elsewhere.verify(one)).problems).toEqual([])
    }
  })

  it('comes although the way breaks off in the middle of it', async () => {
    const server = await startS3()
    const [store, elsewhere] = [await openStore(), await openStore()]
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    let cuts = 2
    server.fault = ({ method, key }) =>
      method === 'GET' && isObject(key) && cuts-- > 0 ? 'cut-content' : null
    await bring(elsewhere, askingOf(server))
    expect((await elsewhere.verify(id)).ok).toBe(true)
  })

  it('is told apart from whatever else lies in the bucket', async () => {
    const server = await startS3()
    const [store, other] = [await openStore(), await openStore()]
    const junk = { bytes: Buffer.from('x'), sha256: null, etag: '"x"', storedAt: 0 }
    for (const key of [
      'team/ocm/copies/one/odd.json',
      'team/ocm/copies/../x',
      'team/ocm/readme',
      'elsewhere',
    ])
      server.objects.set(key, junk)
    server.objects.set('team/ocm/fedcba9876543210/objects/packs/x.pack', junk)
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    await bring(other, askingOf(server))
    await sweepThere(askingOf(server), STORE, Date.now() + 1e9)
    expect([...server.objects.values()].filter((one) => one === junk)).toHaveLength(5)
    await expect(findCopy(askingOf(server), 'one', '20260101T000000Z-000000')).rejects.toMatchObject({
      code: 'unknown-copy',
      params: { known: id },
    })
  })

  it('is refused where its record leads out of the store', async () => {
    const server = await startS3()
    const store = await openStore()
    const id = await backedUp(store, [{ path: 'a', content: 'a' }])
    await copyOf(store, askingOf(server), id)
    const key = [...server.objects.keys()].find((one) => one.includes('/copies/')) ?? ''
    const { createHash } = await import('node:crypto')
    const object = server.objects.get(key)
    const line =
      (object?.bytes.toString() ?? '').split('\n')[0]?.replace(/objects\/[^"]+/, 'objects/../../evil') ?? ''
    const bytes = Buffer.from(`${line}\n${createHash('sha256').update(line).digest('hex')}\n`)
    server.objects.set(key, { bytes, sha256: null, etag: '"e"', storedAt: 0 })
    await expect(bring(await openStore(), askingOf(server))).rejects.toMatchObject({
      params: { why: 'damaged' },
    })
  })
})

describe('retention there', () => {
  const DAY = 86_400_000
  const policy = { last: 1, daily: 0, weekly: 0, monthly: 0 }

  it('keeps the newest, frees what no copy names, and leaves the rest whole', async () => {
    const server = await startS3()
    const store = await openStore()
    const parts = await someParts()
    const first = await backedUp(store, [...parts, { path: 'only', content: Buffer.alloc(9e5, 'only once') }])
    await copyOf(store, askingOf(server), first)
    const second = await backedUp(store, parts)
    await copyOf(store, askingOf(server), second)
    const [newest = '', older = ''] = [first, second].sort().reverse()
    const asking = askingOf(server)
    const where = { owner: 'one', store: STORE }
    expect(await retainCopies(asking, where, policy, () => null, Date.now())).toEqual([older])
    expect(await sweepThere(asking, STORE, Date.now())).toBe(0)
    await sweepThere(asking, STORE, Date.now() + 3 * DAY)
    const elsewhere = await openStore()
    expect(await bring(elsewhere, asking)).toMatchObject({ id: newest, others: 0 })
    expect((await elsewhere.verify(newest)).problems).toEqual([])
    expect([...server.objects.keys()].filter((key) => key.includes(older))).toEqual([])
  })

  it('never takes the last copy that is sound', async () => {
    const server = await startS3()
    const store = await openStore()
    const parts = await someParts()
    const ids = [await backedUp(store, parts), await backedUp(store, parts)].sort()
    for (const id of ids) await copyOf(store, askingOf(server), id)
    const [older, newer] = ids
    const where = { owner: 'one', store: STORE }
    const isSound = (id: string) => (id === newer ? false : null)
    await retainCopies(askingOf(server), where, policy, isSound, Date.now())
    expect((await findCopy(askingOf(server), 'one', older ?? '')).name.id).toBe(older)
  })

  it('takes nothing of another store, and nothing while a record cannot be read', async () => {
    const server = await startS3()
    const store = await openStore()
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    const where = { owner: 'one', store: 'fedcba9876543210' }
    expect(await retainCopies(askingOf(server), where, policy, () => null, Date.now())).toEqual([])
    damage(server, [...server.objects.keys()].find((key) => key.includes('/copies/')) ?? '')
    const before = server.objects.size
    await expect(sweepThere(askingOf(server), STORE, Date.now() + 3 * DAY)).rejects.toMatchObject({
      params: { why: 'damaged' },
    })
    expect(server.objects.size).toBe(before)
  })
})

describe('a store that was lost', () => {
  it('takes no copy with it', async () => {
    const server = await startS3()
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const id = await backedUp(store, await someParts())
    await copyOf(store, askingOf(server), id)
    await rm(folder, { recursive: true })
    const anew = await openStore(folder)
    expect((await bring(anew, askingOf(server))).id).toBe(id)
    expect((await anew.verify(id)).ok).toBe(true)
  })
})
