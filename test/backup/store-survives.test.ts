import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ABOUT, database, openStore, scratchFolder, tarFrom } from './store-kit.ts'

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const noise = randomBytes(400_000)

describe('the store', () => {
  it('finds one flipped bit anywhere', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const parts = [
      { path: 'agents/main/agent/openclaw-agent.sqlite', content: await database('main', 50) },
      { path: 'text', content: 'the same words, '.repeat(2_000) },
      { path: 'noise', content: noise.subarray(0, 5_000) },
    ]
    const { id } = await store.receive('one', ABOUT, tarFrom(parts))
    const files = (await filesIn(folder)).sort()
    expect(files.some((file) => file.endsWith('.gz'))).toBe(true)
    const original = await Promise.all(files.map((file) => readFile(file)))
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(7), async (pick, place, bit) => {
        const at = pick % files.length
        const bytes = Buffer.from(original[at] ?? '')
        const file = files[at] ?? ''
        const byte = place % bytes.length
        bytes[byte] = (bytes[byte] ?? 0) ^ (1 << bit)
        await writeFile(file, bytes)
        const check = await store.verify(id)
        await rm(`${file}.damaged`, { force: true })
        await writeFile(file, original[at] ?? '')
        expect(check.ok).toBe(false)
      }),
      { numRuns: 25 },
    )
    expect(await store.verify(id)).toMatchObject({ ok: true })
  })

  it('finds what is missing, and the next backup puts it back', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const parts = [{ path: 'noise', content: noise }]
    const { id } = await store.receive('one', ABOUT, tarFrom(parts))
    const [object] = (await filesIn(join(folder, 'objects'))).filter((file) => !file.endsWith('.gz'))
    await writeFile(object ?? '', 'something else')
    await expect(store.tarOf(id).then((tar) => tar.toArray())).rejects.toThrow('damaged')
    expect(await store.verify(id)).toMatchObject({ ok: false, problemCount: 1 })
    await store.receive('one', ABOUT, tarFrom(parts))
    expect(await store.verify(id)).toMatchObject({ ok: true })
  })

  it('keeps what a manifest names, and sweeps the rest after a day', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const old = await store.receive('one', ABOUT, tarFrom([{ path: 'a', content: noise }]))
    const next = await store.receive('one', ABOUT, tarFrom([{ path: 'a', content: noise.subarray(7) }]))
    await store.verify(old.id)
    await store.remove(next.id)
    expect(await store.sweep()).toMatchObject({ objects: 0, hinderedBy: null })
    for (const file of await filesIn(join(folder, 'objects'))) await utimes(file, 1, 1)
    expect((await store.sweep()).objects).toBe(2)
    expect(await store.verify(old.id)).toMatchObject({ ok: true })
    await expect(store.remove(old.id)).rejects.toMatchObject({ code: 'backup-last-good' })
  })

  it('takes one backup of a node at a time, and sweeps under none', async () => {
    const store = await openStore()
    let go = () => {}
    const waiting = new Promise<void>((resolve) => {
      go = resolve
    })
    const bytes = Buffer.concat(await tarFrom([{ path: 'a', content: 'a' }]).toArray())
    let begun = () => {}
    const began = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow = Readable.from(
      (async function* () {
        begun()
        await waiting
        yield bytes
      })(),
    )
    const first = store.receive('one', ABOUT, slow)
    await began
    await expect(store.receive('one', ABOUT, tarFrom([]))).rejects.toMatchObject({ code: 'node-busy' })
    await expect(store.sweep()).rejects.toMatchObject({ code: 'data-busy' })
    await store.receive('two', ABOUT, tarFrom([{ path: 'b', content: 'b' }]))
    go()
    await first
    expect(await store.list()).toHaveLength(2)
  })

  it('is left as it was by a backup that is given up', async () => {
    const folder = await scratchFolder()
    const store = await openStore(folder)
    const controller = new AbortController()
    const taken = store.receive('one', ABOUT, tarFrom([{ path: 'a', content: noise }]), {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(taken).rejects.toMatchObject({ code: 'cancelled' })
    expect(await store.list()).toEqual([])
    expect(await readdir(join(folder, 'incoming'))).toEqual([])
  })

  it('takes nothing in when the disk has less room than is to stay free', async () => {
    const store = await openStore(undefined, Number.MAX_SAFE_INTEGER)
    const taken = store.receive('one', ABOUT, tarFrom([{ path: 'a', content: 'a' }]))
    await expect(taken).rejects.toMatchObject({ code: 'backup-disk-floor' })
  })

  it('loses no acknowledged backup when its process is killed', { timeout: 60_000 }, async () => {
    const folder = await scratchFolder()
    const script = fileURLToPath(new URL('./receive-until-killed.ts', import.meta.url))
    for (const told of [1, 2, 4]) {
      const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let text = ''
      child.stdout.on('data', (data: Buffer) => {
        text += data
        if (text.split('\n').length > told) child.kill('SIGKILL')
      })
      await once(child, 'close')
      const store = await openStore(folder)
      const acknowledged = text.split('\n').slice(0, -1)
      expect(acknowledged.length).toBeGreaterThanOrEqual(told)
      const stored = await store.list()
      for (const id of acknowledged) expect(stored.map((backup) => backup.id)).toContain(id)
      for (const { id } of stored) expect(await store.verify(id)).toMatchObject({ ok: true })
      await store.receive('one', ABOUT, tarFrom([{ path: 'after', content: 'the kill' }]))
    }
  })
})
