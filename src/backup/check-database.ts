import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { z } from 'zod'
import { sqliteDriver } from '../base/sqlite-driver.ts'

/** A database is checked in seconds; some that take longer than this together are not checked at all. */
const DEADLINE_MS = 15 * 60_000
const ANSWER_BYTES = 64 * 1024
/** To start a process takes longer than to check a small database. */
const AT_ONCE = 32

/** Runs in a process of its own: what came from a node could break SQLite, and a check takes as long as it takes. */
const PROGRAM = `
'use strict'
const { writeSync } = require('node:fs')
const [library, ...files] = process.argv.slice(1)
const { DatabaseSync } = require(library)
function look(file) {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
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
    return { sound, tables, userVersion, agentId }
  } finally {
    db.close()
  }
}
for (const file of files) {
  let facts = null
  try {
    facts = look(file)
  } catch {}
  writeSync(1, JSON.stringify(facts) + '\\n')
}
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
 * Opens databases read-only and has SQLite check all of each.
 * @returns in their order; null for what is none, or cannot be read
 */
export async function checkDatabases(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<(DatabaseFacts | null)[]> {
  const found: (DatabaseFacts | null)[] = []
  while (found.length < paths.length) {
    const answers = await look(paths.slice(found.length, found.length + AT_ONCE), signal)
    // The one at which the process died is none; those behind it are not to blame.
    found.push(...(answers.length === 0 ? [null] : answers))
  }
  return found
}

/** What the process told before it ended, in the order of the paths. */
async function look(
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<(DatabaseFacts | null)[]> {
  const library = sqliteDriver()
  const run = promisify(execFile)(process.execPath, ['-e', PROGRAM, library, ...paths], {
    timeout: DEADLINE_MS,
    maxBuffer: ANSWER_BYTES,
    env: {},
    ...(signal ? { signal } : {}),
  })
  const stdout = await run.then(
    (done) => done.stdout,
    (error: unknown) => {
      signal?.throwIfAborted()
      // Whatever SQLite did to the process, it has ended in an error of its own; one that did not begin has a code as text.
      if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw error
      return error instanceof Error && 'stdout' in error ? String(error.stdout) : ''
    },
  )
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => answerSchema.nullable().catch(null).parse(parsed(line)))
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
