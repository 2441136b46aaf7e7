import { spawnSync } from 'node:child_process'
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { AuditEntry } from '../../src/state/audit-file.ts'
import { openAuditFile, readAuditFile } from '../../src/state/audit-file.ts'
import { acquireFileLock, thisProcess } from '../../src/state/file-lock.ts'
import { openJournal } from '../../src/state/journal-file.ts'
import { openJsonStore } from '../../src/state/json-store.ts'
import { temporaryFolder } from '../registry/support.ts'

const entry: AuditEntry = {
  at: '2026-01-02T00:00:00.000Z',
  operationId: 'op-1',
  operation: 'restart-node',
  face: 'discord',
  actorId: '1',
  actorName: 'Aiko',
  nodeId: 'alpha',
  input: { node: 'alpha' },
  reason: null,
  result: 'done',
  errorCode: null,
  durationMs: 12,
}
const plain = (text: string) => text

describe('the audit', () => {
  it('has one line per entry, private, in order', async () => {
    const path = join(await temporaryFolder(), 'data', 'audit.jsonl')
    const audit = await openAuditFile({ path, redact: plain })
    await Promise.all(['a', 'b', 'c'].map((operationId) => audit.append({ ...entry, operationId })))
    await audit.close()
    const { entries, damagedLines } = await readAuditFile(path)
    expect(entries.map(({ operationId }) => operationId)).toEqual(['a', 'b', 'c'])
    expect(damagedLines).toBe(0)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('keeps every entry on one line and unchanged, whatever people wrote', async () => {
    const path = join(await temporaryFolder(), 'audit.jsonl')
    const audit = await openAuditFile({ path, redact: plain })
    const texts = [
      'a\nb',
      'a\r\n{"result":"done"}',
      '\u2028\u2029\u0085',
      '\u202Eevil',
      '\u001b[2J',
      '"}\\',
      '\u{E0001}',
    ]
    fc.sample(fc.string({ unit: 'binary' }), 30).forEach((text) => void texts.push(text))
    for (const text of texts)
      await audit.append({ ...entry, reason: text, actorName: text, input: { [text]: text } })
    await audit.close()
    const raw = await readFile(path, 'utf8')
    expect(raw.split(/[\n\r\u2028\u2029\u0085\v\f]/)).toHaveLength(texts.length + 1)
    expect(raw.replaceAll('\n', '')).not.toMatch(/[\p{Cf}\p{Cc}]/u)
    expect((await readAuditFile(path)).entries.map(({ reason }) => reason)).toEqual(texts)
  })

  it('starts a new line after one that a crash cut off, and counts it', async () => {
    const path = join(await temporaryFolder(), 'audit.jsonl')
    await writeFile(path, `${JSON.stringify(entry)}\n{"at":"2026-`)
    const audit = await openAuditFile({ path, redact: plain })
    await audit.append({ ...entry, operationId: 'after' })
    await appendFile(path, '{"half')
    await audit.append({ ...entry, operationId: 'later' })
    await audit.close()
    const { entries, damagedLines } = await readAuditFile(path)
    expect(entries.map(({ operationId }) => operationId)).toEqual(['op-1', 'after', 'later'])
    expect(damagedLines).toBe(2)
  })

  it('redacts every text', async () => {
    const path = join(await temporaryFolder(), 'audit.jsonl')
    const audit = await openAuditFile({ path, redact: (text) => text.replaceAll('hunter2', '***') })
    await audit.append({ ...entry, reason: 'hunter2', input: { deep: { list: ['hunter2'] } } })
    await audit.close()
    expect(await readFile(path, 'utf8')).not.toContain('hunter2')
  })

  it('is empty where there is none', async () => {
    expect(await readAuditFile(join(await temporaryFolder(), 'none'))).toEqual({
      entries: [],
      damagedLines: 0,
    })
  })
})

describe('the journal', () => {
  const job = {
    operationId: 'op-1',
    operation: 'restart-node',
    nodeId: 'alpha',
    actorId: '1',
    startedAt: '2026',
  }

  it('remembers what a process that died had begun, until that is ended', async () => {
    const folder = join(await temporaryFolder(), 'journal')
    const running = await openJournal({ folder })
    await running.begin(job)
    await running.begin({ ...job, operationId: '../odd id' })
    expect((await openJournal({ folder })).unfinished()).toEqual([])
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    for (const name of await readdir(folder)) {
      const file = JSON.parse(await readFile(join(folder, name), 'utf8'))
      await writeFile(
        join(folder, name),
        JSON.stringify({ ...file, owner: { ...(await thisProcess()), pid } }),
      )
    }
    const later = await openJournal({ folder })
    expect(
      later
        .unfinished()
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual(['../odd id', 'op-1'])
    await later.end('op-1')
    await later.end('../odd id')
    await later.end('never begun')
    expect(later.unfinished()).toEqual([])
    expect(await readdir(folder)).toEqual([])
  })

  it('forgets what was ended', async () => {
    const folder = await temporaryFolder()
    const journal = await openJournal({ folder })
    await journal.begin(job)
    await journal.end('op-1')
    expect(await readdir(folder)).toEqual([])
  })

  it('names a file that is no job', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'op.json'), '{"job":')
    await expect(openJournal({ folder })).rejects.toMatchObject({
      code: 'state-damaged',
      params: { file: 'op.json' },
    })
  })
})

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
