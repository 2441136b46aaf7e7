import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hashOf } from '../../src/operations/audit-chain.ts'
import { runHere as ocm } from './in-process.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-cli-'))
  for (const name of ['LC_ALL', 'FORCE_COLOR', 'NO_COLOR', 'DISCORD_TOKEN']) vi.stubEnv(name, '')
  vi.stubEnv('OCM_DATA_DIR', join(folder, 'data'))
  vi.stubEnv('OCM_SSH_KEY', join(folder, 'none'))
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  const file = join(folder, 'old.json')
  const nodes = ['one', 'two'].map((id, index) => ({
    id,
    host: `10.0.0.${index}`,
    sshPort: 22,
    sshUser: 'oc',
  }))
  await writeFile(file, JSON.stringify({ nodes }))
  expect((await ocm(['registry', 'import', file, '--yes'])).code).toBe(0)
  for (const node of ['one', 'two'])
    expect((await ocm(['node', 'maintenance', node, 'on', '--reason', `disk of ${node}`])).code).toBe(0)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const json = async (...words: string[]) => JSON.parse((await ocm([...words, '--json'])).out)
const names = ({ data }: { data: { rows: { operation: string; nodeId: string | null }[] } }) =>
  data.rows.map(({ operation, nodeId }) => `${operation} ${nodeId}`)

describe('ocm audit list', () => {
  it('tells who did what, why and how it ended, the newest first', async () => {
    const { code, out } = await ocm(['audit', 'list'])
    expect(code).toBe(0)
    expect(out).toMatch(/maintenance · two · done\n.*shell.*\n.*disk of two\n.*maintenance · one/s)
  })

  it('filters by node, operation, person, time and run, and pages', async () => {
    const all = await json('audit', 'list')
    expect(names(await json('audit', 'list', '--node', 'one'))).toEqual(['set-maintenance one'])
    expect(names(await json('audit', 'list', '--operation', 'import-registry'))).toEqual([
      'import-registry null',
    ])
    const [newest] = all.data.rows
    expect(names(await json('audit', 'list', '--run', newest.operationId))).toEqual([
      `${newest.operation} ${newest.nodeId}`,
    ])
    expect(names(await json('audit', 'list', '--who', 'nobody'))).toEqual([])
    const mistyped = await ocm(['audit', 'list', '--operation', 'import-registri'])
    expect(mistyped.code).toBe(2)
    expect(mistyped.err).toContain('Did you mean “import-registry”?')
    const who = await json('audit', 'list', '--who', newest.actorName.toUpperCase(), '--since', '1h')
    expect(who.data.rows.length).toBeGreaterThan(3)
    const page = await json('audit', 'list', '--operation', 'set-maintenance', '--limit', '1')
    expect(names(page)).toEqual(['set-maintenance two'])
    const older = ['--operation', 'set-maintenance', '--before', String(page.data.next)]
    expect(await json('audit', 'list', ...older)).toMatchObject({
      data: { rows: [{ nodeId: 'one' }], next: null },
    })
  })

  it('says in one sentence what is wrong with a limit', async () => {
    const { code, err } = await ocm(['audit', 'list', '--limit', '500'])
    expect(code).toBe(2)
    expect(err).toContain('limit')
  })
})

describe('ocm audit verify', () => {
  it('says that the chain holds and names its last line, which can be given back', async () => {
    const first = await ocm(['audit', 'verify'])
    expect(first.code).toBe(0)
    expect(first.out).toContain('The audit holds')
    const noted = /\b(\d+:[0-9a-f]{64})\b/.exec(first.out)?.[1] ?? ''
    expect((await ocm(['audit', 'verify', '--noted', noted])).code).toBe(0)
    const wrong = noted.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const answer = await json('audit', 'verify', '--noted', wrong)
    expect(answer).toMatchObject({
      outcome: 'failed',
      exitCode: 4,
      data: { faults: [{ kind: 'not-as-noted' }] },
    })
  })

  it('ends with an exit code of its own when a line was edited', async () => {
    const db = new DatabaseSync(join(folder, 'data', 'ocm.db'))
    db.exec(
      `UPDATE records SET value = replace(value, 'disk of one', 'nothing at all') WHERE collection = 'audit-line'`,
    )
    db.close()
    const { code, out } = await ocm(['audit', 'verify'])
    expect(code).toBe(4)
    expect(out).toMatch(/The audit was changed.*not what was written · line 2/s)
  })

  it('compares with the copy that the shell keeps', async () => {
    const copy = join(folder, 'copy.jsonl')
    vi.stubEnv('OCM_AUDIT_COPY', copy)
    expect((await ocm(['node', 'maintenance', 'one', 'off'])).code).toBe(0)
    expect((await stat(copy)).mode & 0o777).toBe(0o600)
    expect(await json('audit', 'verify')).toMatchObject({
      outcome: 'done',
      data: { copy: { kind: 'file', problem: null, compared: { unreadable: 0 } } },
    })
    await rm(copy)
    expect(await json('audit', 'verify')).toMatchObject({
      outcome: 'partial',
      data: { copy: { problem: 'ENOENT' } },
    })
  })
})

describe('ocm audit export', () => {
  it('prints every line so that it can be checked by whoever has it', async () => {
    const { out } = await ocm(['audit', 'export'])
    const lines = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_, index) => index + 1))
    for (const [index, line] of lines.entries()) {
      expect(hashOf(line)).toBe(line.hash)
      if (index > 0) expect(line.prev).toBe(lines[index - 1].hash)
    }
  })

  it('writes a new file that a later check is compared with, and never over another', async () => {
    const file = join(folder, 'export.jsonl')
    expect((await ocm(['audit', 'export', '--output', file])).code).toBe(0)
    const text = await readFile(file, 'utf8')
    expect((await ocm(['audit', 'export', '--output', file])).code).toBe(2)
    expect(await readFile(file, 'utf8')).toBe(text)
    expect((await ocm(['audit', 'verify', '--against', file])).code).toBe(0)
    await writeFile(file, text.replaceAll('disk of one', 'disk of 0ne'))
    const answer = await json('audit', 'verify', '--against', file)
    expect(answer).toMatchObject({ outcome: 'done', data: { copy: { compared: { unreadable: 1 } } } })
    expect((await ocm(['audit', 'verify', '--against', join(folder, 'none')])).code).toBe(2)
  })
})
