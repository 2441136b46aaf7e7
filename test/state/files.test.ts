import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acquireFileLock } from '../../src/state/file-lock.ts'
import { openJsonStore } from '../../src/state/json-store.ts'
import { temporaryFolder } from '../registry/support.ts'

describe('a durable document', () => {
  const schema = z.strictObject({ count: z.int(), names: z.array(z.string()) })
  const empty = { count: 0, names: [] }

  it('is on the disk before a change is seen, and comes back', async () => {
    const path = join(await temporaryFolder(), 'data', 'incidents.json')
    const store = await openJsonStore({ path, schema, empty })
    expect(store.value()).toEqual(empty)
    await Promise.all(
      ['a', 'b', 'c'].map((name) => store.update((value) => ({ ...value, names: [...value.names, name] }))),
    )
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ count: 0, names: ['a', 'b', 'c'] })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await store.close()
    const again = await openJsonStore({ path, schema, empty })
    expect(again.value().names).toEqual(['a', 'b', 'c'])
    await again.close()
  })

  it('does not write when nothing changes, and refuses what does not fit', async () => {
    const path = join(await temporaryFolder(), 'x.json')
    const store = await openJsonStore({ path, schema, empty })
    await store.update((value) => value)
    await expect(stat(path)).rejects.toThrow('ENOENT')
    await expect(store.update((value) => ({ ...value, count: 1.5 }))).rejects.toThrow()
    expect(store.value()).toEqual(empty)
    await store.close()
  })

  it('belongs to one process at a time', async () => {
    const path = join(await temporaryFolder(), 'x.json')
    const store = await openJsonStore({ path, schema, empty })
    await expect(acquireFileLock(`${path}.lock`, { label: 'x' })).rejects.toMatchObject({ name: 'LockBusy' })
    await store.close()
  })

  it.each([
    ['cut off', '{"count":1,', 'cut-off'],
    ['empty', '', 'empty'],
    ['of another shape', '{"count":"1","names":[]}', 'wrong-type'],
  ])('that is %s stops the start and is kept', async (_name, text, problem) => {
    const path = join(await temporaryFolder(), 'x.json')
    await writeFile(path, text)
    await expect(openJsonStore({ path, schema, empty })).rejects.toMatchObject({
      code: 'state-damaged',
      params: { file: 'x.json', problem, line: 1 },
    })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('that is a folder is refused', async () => {
    const path = join(await temporaryFolder(), 'x.json')
    await mkdir(path)
    await expect(openJsonStore({ path, schema, empty })).rejects.toMatchObject({
      params: { problem: 'not-a-file' },
    })
  })

  it('that someone changed meanwhile is not overwritten', async () => {
    const path = join(await temporaryFolder(), 'x.json')
    const store = await openJsonStore({ path, schema, empty })
    await store.update((value) => ({ ...value, count: 1 }))
    await writeFile(path, '{"count":7,"names":[]}')
    await expect(store.update((value) => ({ ...value, count: 2 }))).rejects.toMatchObject({
      name: 'FileChanged',
    })
    expect(store.value().count).toBe(1)
    expect(await readFile(path, 'utf8')).toBe('{"count":7,"names":[]}')
    await store.close()
  })
})
