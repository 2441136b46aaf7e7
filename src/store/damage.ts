import { access, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { hasCode, syncFolder } from '../state/atomic-file.ts'
import { acquireFileLock } from '../state/file-lock.ts'
import { type Database, openDatabase } from './database.ts'

type Options = Parameters<typeof openDatabase>[1] & { log: Log }

const LOCK_WAIT_MS = 10_000
/** What belongs to a database file. */
const PARTS = ['', '-wal', '-shm']
/** A disk that damages a file again and again must not be filled with copies of it. */
const KEPT_COPIES = 3

/**
 * Opens a database; one that is damaged is set aside first, and what can still be read of it goes into a new one. A
 * crash at any instant leaves either of the two to be found.
 * @throws as `openDatabase`, but never state-damaged
 */
export async function openOrReplace(path: string, options: Options): Promise<Database> {
  if (!(await exists(markOf(path))) && !(await exists(rescuedOf(path)))) {
    try {
      return await openDatabase(path, options)
    } catch (error) {
      if (!isDamage(error)) throw error
    }
  }
  const lock = await acquireFileLock(`${path}.lock`, { label: 'replace', waitMs: LOCK_WAIT_MS })
  try {
    await replace(path, options)
    return await openDatabase(path, options)
  } finally {
    await lock.release()
  }
}

/** Notes that a read or a write met damage, so that the next opener replaces the file. */
export async function markDamaged(path: string): Promise<void> {
  await writeFile(markOf(path), '', { mode: 0o600 })
}

/** Whether an error says that a database is damaged. */
export function isDamage(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'state-damaged'
}

async function replace(path: string, options: Options): Promise<void> {
  if (!(await exists(rescuedOf(path)))) {
    // Another process may have replaced it while this one waited for the lock.
    if (!(await exists(markOf(path))) && (await opens(path, options))) return
    await rm(`${rescuedOf(path)}.new`, { force: true })
    const rescued = await rescue(path, options)
    options.log.error(
      { file: path, rescued },
      'the store is damaged; it was set aside, and what was legible kept',
    )
    await rename(`${rescuedOf(path)}.new`, rescuedOf(path))
  }
  // A log that is left would be read into the new file: it goes first.
  for (const part of PARTS.toReversed())
    await rename(`${path}${part}`, `${path}.damaged-${options.now}${part}`).catch(ignoreMissing)
  await rename(rescuedOf(path), path)
  await rm(markOf(path), { force: true })
  await removeOldCopies(path)
  await syncFolder(dirname(path))
}

/** Keeps the latest of what was set aside, each with its log. */
async function removeOldCopies(path: string): Promise<void> {
  const folder = dirname(path)
  const prefix = `${basename(path)}.damaged-`
  const copies = (await readdir(folder)).flatMap((name) => {
    const at = name.startsWith(prefix) ? /^(\d{1,16})(?:-wal|-shm)?$/.exec(name.slice(prefix.length)) : null
    return at === null ? [] : [{ name, at: Number(at[1]) }]
  })
  const kept = new Set([...new Set(copies.map(({ at }) => at))].sort((a, b) => b - a).slice(0, KEPT_COPIES))
  for (const { name, at } of copies) if (!kept.has(at)) await rm(join(folder, name), { force: true })
}

async function opens(path: string, options: Options): Promise<boolean> {
  try {
    const db = await openDatabase(path, options)
    db.close()
    return true
  } catch (error) {
    if (isDamage(error)) return false
    throw error
  }
}

/** Makes a new file beside the damaged one with every record that can be read, from either end. Returns how many. */
async function rescue(path: string, options: Options): Promise<number> {
  const fresh = await openDatabase(`${rescuedOf(path)}.new`, options)
  let rescued = 0
  try {
    const put = fresh.sql(
      `INSERT OR IGNORE INTO records (collection, key, revision, version, written_at, value) VALUES (?, ?, ?, ?, ?, ?)`,
    )
    fresh.exec('BEGIN')
    for (const order of ['ASC', 'DESC'])
      for (const row of legible(path, order)) {
        const { collection, key, version, written_at, value } = row
        // One revision for all: whoever knows the old file reads everything anew.
        rescued += Number(put.run(collection, key, options.now, version, written_at, value).changes)
      }
    fresh.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    fresh.close()
  }
  return rescued
}

type Row = Record<'collection' | 'key' | 'version' | 'written_at' | 'value', string | number | null>

/** The rows of a damaged file up to the first that cannot be read. */
function* legible(path: string, order: string): Generator<Row> {
  let db: DatabaseSyncInstance | null = null
  try {
    db = new DatabaseSync(path, { readOnly: true })
    yield* db.prepare(`SELECT * FROM records WHERE value IS NOT NULL ORDER BY rowid ${order}`).iterate()
  } catch {
    // The rest is lost; the file itself is kept.
  } finally {
    db?.close()
  }
}

const rescuedOf = (path: string) => `${path}.rescued`
const markOf = (path: string) => `${path}.is-damaged`

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

function ignoreMissing(error: unknown): void {
  if (!hasCode(error, 'ENOENT')) throw error
}

/** Names the file that a path stands for at this moment; null when there is none. */
export async function fileIdentity(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.ino ?? null
}
