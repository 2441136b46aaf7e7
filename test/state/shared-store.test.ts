import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { openSharedStore, type SharedStore } from '../../src/state/shared-store.ts'

const schema = z.strictObject({ names: z.array(z.string()) })
type Names = z.infer<typeof schema>
let folder: string
let open: SharedStore<Names>[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-shared-'))
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((store) => store.close()))
  await rm(folder, { recursive: true })
})

async function start(): Promise<SharedStore<Names>> {
  const store = await openSharedStore({
    path: join(folder, 'names.json'),
    schema,
    empty: { names: [] },
    watchIntervalMs: 20,
  })
  open.push(store)
  return store
}

const add = (name: string) => (value: Names) => ({ names: [...value.names, name] })

describe('a store that two processes share', () => {
  it('loses no change when both write at the same time', async () => {
    const [a, b] = [await start(), await start()]
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 ? a : b).update(add(`n${n}`))))
    const onDisk = schema.parse(JSON.parse(await readFile(join(folder, 'names.json'), 'utf8')))
    expect(new Set(onDisk.names).size).toBe(20)
  })

  it('tells one about the change of the other', async () => {
    const [a, b] = [await start(), await start()]
    const seen = vi.fn()
    b.onChange(seen)
    await a.update(add('kim'))
    await vi.waitFor(() => expect(b.value().names).toEqual(['kim']), { timeout: 5_000 })
    expect(seen).toHaveBeenCalled()
  })

  it('keeps memory and file when a change breaks the schema', async () => {
    const store = await start()
    await store.update(add('kim'))
    await expect(store.update(() => ({ names: [1 as never] }))).rejects.toThrow()
    expect(store.value()).toEqual({ names: ['kim'] })
    expect(JSON.parse(await readFile(join(folder, 'names.json'), 'utf8'))).toEqual({ names: ['kim'] })
  })

  it('refuses a damaged file with its place and leaves it alone', async () => {
    await writeFile(join(folder, 'names.json'), '{"names": [')
    await expect(start()).rejects.toMatchObject({
      code: 'state-damaged',
      params: { file: 'names.json', line: 1 },
    })
    expect(await readFile(join(folder, 'names.json'), 'utf8')).toBe('{"names": [')
  })

  it('writes nothing when nothing changed', async () => {
    const store = await start()
    await store.update((value) => value)
    await expect(readFile(join(folder, 'names.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
