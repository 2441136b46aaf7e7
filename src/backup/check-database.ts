import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { sqliteDriver } from '../base/sqlite-driver.ts'

/** A database of this size is checked in seconds; one that takes longer than this is not checked at all. */
const DEADLINE_MS = 15 * 60_000
const ANSWER_BYTES = 64 * 1024

/** Runs in a process of its own: what came from a node could break SQLite, and a check takes as long as it takes. */
const PROGRAM = `
'use strict'
const [library, file] = process.argv.slice(1)
const { DatabaseSync } = require(library)
const db = new DatabaseSync(file, { readOnly: true })
db.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 1000')
const [first] = db.prepare('PRAGMA integrity_check(1)').all()
const count = "SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
const tables = Number(db.prepare(count).get().n)
const userVersion = Number(db.prepare('PRAGMA user_version').get().user_version)
const columns = db.prepare("SELECT name FROM pragma_table_info('schema_meta')").all().map(({ name }) => name)
const row = columns.includes('agent_id')
  ? db.prepare('SELECT agent_id FROM schema_meta WHERE agent_id IS NOT NULL LIMIT 1').get()
  : undefined
const agentId = row === undefined ? null : String(row.agent_id).slice(0, 200)
const sound = Object.values(first ?? {})[0] === 'ok'
process.stdout.write(JSON.stringify({ sound, tables, userVersion, agentId }))
`

const answerSchema = z.strictObject({
  sound: z.boolean(),
  tables: z.int().min(0),
  userVersion: z.int(),
  agentId: z.string().nullable(),
})
/** What a database says of itself. */
export type DatabaseFacts = z.infer<typeof answerSchema>

/**
 * Opens a database read-only and has SQLite check all of it.
 * @returns null when it is none, or cannot be read
 */
export async function checkDatabase(path: string, signal?: AbortSignal): Promise<DatabaseFacts | null> {
  const library = sqliteDriver()
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, library, path], {
      timeout: DEADLINE_MS,
      maxBuffer: ANSWER_BYTES,
      env: {},
      ...(signal ? { signal } : {}),
    })
    return answerSchema.parse(JSON.parse(stdout))
  } catch (error) {
    signal?.throwIfAborted()
    // Whatever SQLite says of it, the process that could not read it has ended in an error of its own.
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw error
    return null
  }
}
