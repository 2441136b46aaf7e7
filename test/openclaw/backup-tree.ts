import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'

const STAND_IN = join(import.meta.dirname, '../../src/sandbox/nodes/stand-ins/sqlite.cjs')

/** A directory as a gateway that serves leaves it: databases with an open writer, odd names, what no archive holds. */
export interface BackupTree {
  home: string
  state: string
  /** Its workspace outside the state directory. */
  workspace: string
  /** A Node.js with `node:sqlite`. */
  node: string
  /** The open database of the agent `main`; its rows are in the log alone. */
  live: DatabaseSyncInstance
  close(): void
}

/** Names that break whoever takes them for text. */
export const ODD_NAMES = [
  'with space',
  'line\nbreak',
  'quote\' " and `tick` $(id)',
  '-rf',
  'glob*[a]?',
  'ends with break\n',
  'back\\slash',
  '日本語',
]

function write(path: string, text: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function openDatabase(path: string, agentId: string): DatabaseSyncInstance {
  mkdirSync(dirname(path), { recursive: true })
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 23')
  db.exec(
    'CREATE TABLE schema_meta (role TEXT, agent_id TEXT); CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)',
  )
  db.prepare('INSERT INTO schema_meta VALUES (?, ?)').run('agent', agentId)
  return db
}

/** Lays the tree out below a folder. */
export function makeTree(root: string): BackupTree {
  const home = join(root, 'home')
  const state = join(home, '.openclaw')
  const workspace = join(home, 'bots', 'news room')
  write(join(state, 'openclaw.json'), '{"agents":{}}\n')
  chmodSync(join(state, 'openclaw.json'), 0o600)
  write(join(state, '.env'), 'KEY=value\n')
  write(join(state, 'tmp', 'rubbish'), 'not needed')
  for (const name of ODD_NAMES) {
    write(join(state, 'workspace', name), `content of ${name}`)
    write(join(workspace, name, name), Buffer.from([0, 255, 10, 13]))
  }
  write(join(workspace, 'large'), Buffer.alloc(3_000_000, 'x'))
  mkdirSync(join(workspace, 'empty'))
  symlinkSync('/etc/hostname', join(workspace, 'absolute'))
  symlinkSync('../nowhere', join(workspace, 'broken'))
  write(join(root, 'disk', 'credentials', 'login.json'), '{}')
  symlinkSync(join(root, 'disk', 'credentials'), join(state, 'credentials'))
  spawnSync('mkfifo', [join(workspace, 'pipe')])
  const server = createServer().listen(join(workspace, 'socket'))
  const live = openDatabase(join(state, 'agents', 'main', 'agent', 'openclaw-agent.sqlite'), 'main')
  const insert = live.prepare('INSERT INTO rows (text) VALUES (?)')
  for (let row = 0; row < 500; row += 1) insert.run(`row ${row} ${'x'.repeat(200)}`)
  const other = openDatabase(join(state, 'agents', 'ops', 'agent', "data ' base.sqlite"), 'ops')
  other.close()
  write(join(state, 'agents', 'old', 'sessions', 'sessions.json'), '{"agent:old:main":{"sessionId":"1"}}')
  write(join(state, 'agents', 'old', 'sessions', '1.jsonl'), '{"type":"session"}\n')
  write(join(state, 'no-database.sqlite'), 'only called so')
  const node = join(root, 'bin', 'node')
  const driver = createRequire(import.meta.url).resolve('@photostructure/sqlite')
  write(join(root, 'bin', 'sqlite.cjs'), readFileSync(STAND_IN, 'utf8').replace('@PACKAGE@', driver))
  write(node, `#!/bin/sh\nexec '${process.execPath}' --require '${join(root, 'bin', 'sqlite.cjs')}' "$@"\n`)
  chmodSync(node, 0o755)
  return {
    home,
    state,
    workspace,
    node,
    live,
    close() {
      live.close()
      server.close()
    },
  }
}
