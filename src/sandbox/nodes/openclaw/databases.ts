import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import type { SessionState } from './sessions.ts'

/** `user_version` of the databases of 2026.9.6. */
const VERSIONS = { agent: 23, state: 18 } as const

function openDatabase(path: string, role: 'agent' | 'state', agentId: string | null): DatabaseSyncInstance {
  const isNew = !existsSync(path)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(path)
  // Nothing of an embedded node has to survive a power cut.
  db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY')
  if (isNew) {
    db.exec(`PRAGMA user_version = ${VERSIONS[role]}`)
    db.exec('CREATE TABLE schema_meta (role TEXT NOT NULL, agent_id TEXT)')
    db.prepare('INSERT INTO schema_meta VALUES (?, ?)').run(role, agentId)
  }
  return db
}

/** Writes the database in which a new release keeps an agent's sessions; its tables have what a backup can be told by. */
export function writeAgentDatabase(
  path: string,
  agentId: string,
  sessions: readonly Pick<SessionState, 'key' | 'sessionId' | 'totalTokens' | 'messages'>[],
): void {
  const db = openDatabase(path, 'agent', agentId)
  try {
    db.exec('BEGIN')
    db.exec(
      'CREATE TABLE IF NOT EXISTS session_nodes (key TEXT PRIMARY KEY, session_id TEXT, total_tokens INTEGER)',
    )
    db.exec('CREATE TABLE IF NOT EXISTS transcript_events (key TEXT, role TEXT, text TEXT)')
    db.exec('DELETE FROM session_nodes; DELETE FROM transcript_events')
    const node = db.prepare('INSERT INTO session_nodes VALUES (?, ?, ?)')
    const event = db.prepare('INSERT INTO transcript_events VALUES (?, ?, ?)')
    for (const { key, sessionId, totalTokens, messages } of sessions) {
      node.run(key, sessionId, totalTokens)
      for (const { role, text } of messages) event.run(key, role, text)
    }
    db.exec('COMMIT')
  } finally {
    db.close()
  }
}

/** What the database of an agent tells of a session. */
export interface StoredSession {
  key: string
  sessionId: string
  totalTokens: number | null
}

/** The sessions in the database of an agent. */
export function readAgentDatabase(path: string): StoredSession[] {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    const rows = db.prepare('SELECT key, session_id, total_tokens FROM session_nodes').all()
    return rows.map((row) => {
      const { key, session_id, total_tokens } = row as Record<string, unknown>
      const totalTokens = typeof total_tokens === 'number' ? total_tokens : null
      return { key: String(key), sessionId: String(session_id), totalTokens }
    })
  } finally {
    db.close()
  }
}

/** Makes the database of a new release's gateway as a whole. */
export function writeStateDatabase(path: string, agentIds: readonly string[]): void {
  const db = openDatabase(path, 'state', null)
  try {
    db.exec('CREATE TABLE IF NOT EXISTS agent_databases (agent_id TEXT PRIMARY KEY, path TEXT)')
    const insert = db.prepare('INSERT OR IGNORE INTO agent_databases VALUES (?, ?)')
    for (const id of agentIds) insert.run(id, `agents/${id}/agent/openclaw-agent.sqlite`)
  } finally {
    db.close()
  }
}

/** What `openclaw database preflight` and `preflight-agent` of 2026.9.6 say of a copy. */
export function preflight(
  path: string,
  role: 'agent' | 'state',
  agentId: string | null,
): Record<string, unknown> & { status: string } {
  const base = {
    schema: `openclaw.${role}-schema-preflight.v1`,
    databasePath: path,
    targetVersion: VERSIONS[role],
  }
  let foundVersion: number | null = null
  try {
    const db = new DatabaseSync(path, { readOnly: true })
    try {
      foundVersion = Number(Object.values(db.prepare('PRAGMA user_version').get() ?? {})[0])
      const meta = db.prepare('SELECT role, agent_id FROM schema_meta').get() as Record<string, unknown>
      if (meta.role !== role || (meta.agent_id ?? null) !== agentId) throw new Error('it has another owner')
    } finally {
      db.close()
    }
    const status = foundVersion > VERSIONS[role] ? 'incompatible' : 'exact'
    return { ...base, foundVersion, issues: [], status, requiresWrite: false }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ...base, foundVersion, issues: [], status: 'indeterminate', requiresWrite: false, reason }
  }
}
