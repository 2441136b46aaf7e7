import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { extract } from 'tar-stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import type { BackupStep } from '../../src/operations/take-backup.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const ID = 'one'
let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
  fleet = await startFleet([{ id: ID, name: 'One', version: '2026.9.6', agents }], {
    OCM_BACKUP_FREE_MB: '1',
  })
  mkdirSync(workspace(), { recursive: true })
  for (const name of NAMES) writeFileSync(join(workspace(), name), `${name} as it was first`)
})
afterAll(() => fleet?.close())

const NAMES = ['edited', 'kept', 'moved', 'restamped', 'swapped']
const workspace = () => join(fleet.node(ID).home, '.openclaw', 'workspace')
const backUp = () => runOperation(fleet.context, actor('operator'), backupNode, { node: ID })

/** The workspace as a backup holds it. */
async function heldBy(id: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const parser = extract()
  ;(await fleet.context.backups.tarOf(ID, id, () => true)).pipe(parser)
  for await (const part of parser) {
    const chunks: Buffer[] = []
    for await (const chunk of part) chunks.push(chunk as Buffer)
    const [, name] = /\.openclaw\/workspace\/([^/]+)$/.exec(part.header.name) ?? []
    if (name !== undefined && part.header.type === 'file') found[name] = String(Buffer.concat(chunks))
  }
  return found
}

it('brings again what was touched in any way', async () => {
  // A file is recognised once it has rested for two seconds; the second look is by what the first told.
  await expect
    .poll(
      async () => {
        const { outcome, data } = await backUp()
        expect(outcome).toBe('done')
        return data.unchanged.files
      },
      { interval: 300 },
    )
    .toBeGreaterThanOrEqual(NAMES.length)
  const at = (name: string) => join(workspace(), name)
  const { mtime, atime } = statSync(at('restamped'))
  writeFileSync(at('edited'), 'edited')
  // Of the same size and with the time it had: only the file system knows.
  writeFileSync(at('restamped'), 'restamped as it was last!'.slice(0, readFileSync(at('restamped')).length))
  utimesSync(at('restamped'), atime, mtime)
  copyFileSync(at('moved'), at('moved.new'))
  renameSync(at('moved.new'), at('moved'))
  renameSync(at('swapped'), at('held'))
  renameSync(at('kept'), at('swapped'))
  renameSync(at('held'), at('kept'))
  rmSync(at('moved'))
  const { outcome, data } = await backUp()
  expect(outcome).toBe('done')
  expect(await heldBy(data.backup.id)).toMatchObject({
    edited: 'edited',
    restamped: expect.stringMatching(/last/),
    kept: 'swapped as it was first',
    swapped: 'kept as it was first',
  })
  expect(await heldBy(data.backup.id)).not.toHaveProperty('moved')
  expect(data.unchanged.files).toBeGreaterThan(0)
})

it('copies a database again once something was written to it or to its log alone', async () => {
  const path = join(workspace(), 'notes.sqlite')
  const notes = new DatabaseSync(path)
  notes.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 7')
  notes.exec('CREATE TABLE notes (text TEXT); CREATE TABLE large AS SELECT zeroblob(1000000) AS bytes')
  notes.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const write = notes.prepare('INSERT INTO notes VALUES (?)')
  const rowsIn = async (id: string) => {
    const copy = join(fleet.node(ID).home, 'copy.sqlite')
    const bytes = await fleet.context.backups.content(ID, id, path.slice(1), 1e7)
    writeFileSync(copy, bytes ?? '')
    const db = new DatabaseSync(copy)
    const rows = db.prepare('SELECT text FROM notes').all()
    db.close()
    rmSync(copy)
    return rows
  }
  const markIn = async (id: string) => {
    for await (const entry of fleet.context.backups.entries(ID, id))
      if (entry.kind === 'file' && entry.path === path.slice(1)) return entry.mark
    throw new Error('it is not in there')
  }
  const rested = async () => {
    const last = Math.max(...['', '-wal'].map((end) => statSync(`${path}${end}`).ctimeMs)) + 2_500
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(last)
  }
  try {
    write.run('first')
    await rested()
    const first = await markIn((await backUp()).data.backup.id)
    const second = await backUp()
    write.run('second')
    await rested()
    const third = await backUp()
    const fourth = await backUp()
    const [before, written, after] = await Promise.all(
      [second, third, fourth].map(({ data }) => markIn(data.backup.id)),
    )
    expect([before, after]).toEqual([first, written])
    expect(written).not.toBe(first)
    const isCarried = [second, third, fourth].map(({ data }) => data.unchanged.bytes > 1_000_000)
    expect(isCarried).toEqual([true, false, true])
    expect(await rowsIn(second.data.backup.id)).toEqual([{ text: 'first' }])
    for (const { data } of [third, fourth])
      expect(await rowsIn(data.backup.id)).toEqual([{ text: 'first' }, { text: 'second' }])
    const { about } = await fleet.context.backups.manifest(ID, fourth.data.backup.id)
    expect(about.databases).toContainEqual(expect.objectContaining({ path, userVersion: 7, error: null }))
    expect(fourth).toMatchObject({ outcome: 'done', data: { databases: third.data.databases } })
  } finally {
    notes.close()
  }
})

it('goes on after the link was cut, with the files that had come in', async () => {
  const home = fleet.node(ID).home
  const large = join(home, '.openclaw', 'zz-large')
  const many = join(home, '.openclaw', 'many')
  mkdirSync(many)
  for (let place = 0; place < 300; place += 1)
    writeFileSync(join(many, `f${place}`), `${place} `.repeat(2_000))
  writeFileSync(large, Buffer.alloc(20_000_000, 'x'))
  const marked = { mtime: new Date(1_780_000_000_000) }
  for (const name of ['zz-large', ...readdirSync(many).map((one) => join('many', one))])
    utimesSync(join(home, '.openclaw', name), marked.mtime, marked.mtime)
  // Only what has rested for two seconds is recognised.
  const rested = statSync(large).ctimeMs + 2_500
  await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(rested)
  const { limits } = fleet.context
  // So slow that it is in the middle of the large file when it is cut.
  const slow = { ...fleet.context, limits: { ...limits, backup: { ...limits.backup, rateBytes: 4_000_000 } } }
  const cut = runOperation(
    slow,
    actor('operator'),
    backupNode,
    { node: ID },
    {
      onProgress: (step: BackupStep) => {
        if (step.step === 'transferring' && step.bytes > 5_000_000) fleet.node(ID).ssh.dropConnections()
      },
    },
  )
  await expect(cut).rejects.toMatchObject({ code: 'backup-torn' })
  const { outcome, data } = await backUp()
  expect(outcome).toBe('done')
  expect(data.unchanged.files).toBeGreaterThanOrEqual(300)
  expect(data.backup.files).toBeGreaterThan(300)
  rmSync(large)
})
