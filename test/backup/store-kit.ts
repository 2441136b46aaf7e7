import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { DatabaseSync } from '@photostructure/sqlite'
import { pack } from 'tar-stream'
import { onTestFinished } from 'vitest'
import { type BackupStore, openBackupStore } from '../../src/backup/backup-store.ts'
import type { BackupAbout } from '../../src/backup/manifest.ts'
import { systemClock } from '../../src/base/clock.ts'
import type { Log } from '../../src/base/log.ts'

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

export const ABOUT: BackupAbout = {
  method: 'stream',
  reason: 'asked',
  operationId: 'op-1',
  openclawVersion: '2026.9.6',
  nodeVersion: 'v24.21.0',
  platform: 'linux-x64',
  home: '/home/oc',
  state: '/home/oc/.openclaw',
  roots: [{ kind: 'state', path: '~/.openclaw', real: '/home/oc/.openclaw' }],
  databases: [],
  agents: null,
  notTaken: {},
}

/** A folder that is gone after the test. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ocm-backup-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export async function openStore(folder?: string, diskFloor = 0): Promise<BackupStore> {
  return await openBackupStore(folder ?? (await scratchFolder()), {
    clock: systemClock,
    log: silentLog,
    diskFloor,
  })
}

export type Part =
  | { path: string; content: string | Buffer; mode?: number }
  | { path: string; link: string }
  | { path: string; folder: true }

/** A plain tar of files below the state directory. */
export function tarFrom(parts: readonly Part[]): Readable {
  const archive = pack()
  const mtime = new Date(1_790_000_000_000)
  for (const part of parts) {
    const name = `home/oc/.openclaw/${part.path}`
    if ('content' in part) archive.entry({ name, mtime, mode: part.mode ?? 0o600 }, Buffer.from(part.content))
    else if ('link' in part) archive.entry({ name, mtime, type: 'symlink', linkname: part.link })
    else archive.entry({ name: `${name}/`, mtime, type: 'directory', mode: 0o700 })
  }
  archive.finalize()
  return Readable.from(archive as unknown as AsyncIterable<Buffer>, { objectMode: false })
}

/** The bytes of a database with an owner, as the gateway has them. */
export async function database(agentId: string | null, rows = 3): Promise<Buffer> {
  const { readFile } = await import('node:fs/promises')
  const path = join(await scratchFolder(), 'made.sqlite')
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 23; CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)')
  if (agentId !== null) {
    db.exec('CREATE TABLE schema_meta (role TEXT, agent_id TEXT)')
    db.prepare('INSERT INTO schema_meta VALUES (?, ?)').run('agent', agentId)
  }
  const insert = db.prepare('INSERT INTO rows (text) VALUES (?)')
  db.exec('BEGIN')
  for (let row = 0; row < rows; row += 1) insert.run(`row ${row} ${'x'.repeat(200)}`)
  db.exec('COMMIT')
  db.close()
  return await readFile(path)
}

export async function bytesOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}
