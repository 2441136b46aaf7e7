import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Log } from '../base/log.ts'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import type { AuditEntry } from './audit.ts'
import { appendLine, entrySchema } from './audit-chain.ts'

/** So many entries get their places in one transaction: a few milliseconds of work. */
const SLICE = 50

/** Entries of the time before the chain, in the order of their time. */
export const formerEntries = defineCollection({ name: 'audit', schema: entrySchema })

/** The audit of the time before the store. Lines that are no entry, such as one that a crash cut off, stay behind. */
export function formerAudit(store: Store): FormerFile {
  return {
    name: 'audit.jsonl',
    kind: 'file',
    store,
    writes: (text) =>
      text.split('\n').flatMap((line, number) => {
        const entry = parseLine(line)
        if (!entry) return []
        const key = `${entry.at} ${entry.operationId} ${number}`
        return [(tx: Transaction) => tx.put(formerEntries, key, entry)]
      }),
  }
}

/**
 * Gives what was written before there was a chain its place in it, oldest first, once. A crash in the middle is made good
 * by the next start.
 * @throws what the store throws
 */
export async function chainFormerEntries(store: Store, log: Log): Promise<void> {
  let moved = 0
  for (;;) {
    const count = await store.transaction((tx) => {
      const former = tx.list(formerEntries, { limit: SLICE })
      for (const { key, value } of former) {
        appendLine(tx, value)
        tx.delete(formerEntries, key)
      }
      return former.length
    })
    moved += count
    if (count === 0) break
    await nextTurn()
  }
  if (moved > 0) log.info({ entries: moved }, 'the audit of an older ocm is chained')
}

function parseLine(line: string): AuditEntry | null {
  try {
    return entrySchema.parse(JSON.parse(line))
  } catch {
    return null
  }
}
