import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { systemClock } from '../../src/base/clock.ts'
import type { AuditEntry } from '../../src/operations/audit.ts'
import { type AuditCopier, type CopyTarget, openAuditCopier } from '../../src/operations/audit-copy.ts'
import type { Store } from '../../src/store/store.ts'
import type { StoreFolder } from './stores.ts'

/** The audit of a data folder as it is stored, one JSON object a line, oldest first. Empty where there is none. */
export function auditText(dataDir: string): string {
  return recordsIn(dataDir, 'audit-line').join('\n')
}

/** The entries of {@link auditText}, without their places in the chain. */
export function auditEntriesIn(dataDir: string): AuditEntry[] {
  return recordsIn(dataDir, 'audit-line').map((text) => {
    const { seq: _seq, prev: _prev, hash: _hash, ...entry } = JSON.parse(text)
    return entry
  })
}

/** The ids of the changes that a next process would find if every process died now. */
export function openJobsIn(dataDir: string): string[] {
  return recordsIn(dataDir, 'job').map((text) => JSON.parse(text).job.operationId)
}

function recordsIn(dataDir: string, collection: string): string[] {
  const db = new DatabaseSync(join(dataDir, 'ocm.db'), { timeout: 5_000 })
  try {
    const rows = db
      .prepare('SELECT value FROM records WHERE collection = ? AND value IS NOT NULL ORDER BY key')
      .all(collection)
    return rows.map(({ value }) => String(value))
  } finally {
    db.close()
  }
}

/** Keeps a copy of the audit of a store, as a program on its folder does. */
export function copierOf({ folder, log }: StoreFolder, store: Store, target: CopyTarget): AuditCopier {
  return openAuditCopier({
    store,
    target,
    clock: systemClock,
    log,
    lockPath: join(folder, 'audit-copy.lock'),
  })
}
