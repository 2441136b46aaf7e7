import { readdir, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { isDamage } from './damage.ts'
import { explain } from './database.ts'

/** What a look at a file of the store found. Sizes are bytes. */
export interface StoreReport {
  file: string
  /** `waiting`: damage was met, and the next start sets the file aside. */
  state: 'missing' | 'sound' | 'damaged' | 'waiting' | 'unreadable'
  bytes: number
  logBytes: number
  /** When the log was last written back into the file, epoch milliseconds; null for a file that was never written. */
  writtenBackAt: number | null
  /** Records that did not fit and lie in the quarantine. */
  setAside: number
  /** Damaged files that were replaced before and kept. */
  copies: number
  /** Why it cannot be read; SQLite's own words on damage. */
  error: unknown
}

/** SQLite names each place; the first ones tell enough. */
const MOST_FAULTS = 3

/**
 * Looks at a file of the store without changing it: whole, or damaged where. It reads the file through, which takes a
 * second for some hundred megabytes, so it is meant for a process that does nothing else. Never throws.
 */
export async function inspectStore(path: string): Promise<StoreReport> {
  const file = basename(path)
  const [main, log] = await Promise.all([path, `${path}-wal`].map((one) => stat(one).catch(() => null)))
  const names = await readdir(dirname(path)).catch((): string[] => [])
  const report: StoreReport = {
    file,
    state: 'missing',
    bytes: main?.size ?? 0,
    logBytes: log?.size ?? 0,
    // While the store is in use everything goes into the log, and only writing it back touches the file.
    writtenBackAt: main?.size ? main.mtimeMs : null,
    setAside: 0,
    copies: names.filter((name) => name.startsWith(`${file}.damaged-`) && !/-(wal|shm)$/.test(name)).length,
    error: null,
  }
  if (main === undefined || main === null) return report
  if (names.includes(`${file}.is-damaged`)) return { ...report, state: 'waiting' }
  try {
    return { ...report, ...examine(path) }
  } catch (error) {
    const explained = explain(error, path)
    return { ...report, state: isDamage(explained) ? 'damaged' : 'unreadable', error: explained }
  }
}

function examine(path: string): Pick<StoreReport, 'state' | 'setAside' | 'error'> {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 1_000 })
  try {
    const faults = db
      .prepare(`PRAGMA integrity_check(${MOST_FAULTS})`)
      .all()
      .map(({ integrity_check }) => String(integrity_check))
    if (faults.join() !== 'ok') return { state: 'damaged', setAside: 0, error: new Error(faults.join('; ')) }
    const { n } = db.prepare('SELECT count(*) AS n FROM quarantine').get() as { n: number }
    return { state: 'sound', setAside: n, error: null }
  } finally {
    db.close()
  }
}
