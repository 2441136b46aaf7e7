import type { z } from 'zod'
import type { Store } from '../store/store.ts'
import { appendLine, type entrySchema } from './audit-chain.ts'

/** So many lines are one transaction, which is one piece of work on the event loop. */
const MOST_AT_ONCE = 32

type Entry = z.infer<typeof entrySchema>

interface Waiting {
  entry: Entry
  written(): void
  failed(error: unknown): void
}

/**
 * Writes lines in the order in which they come. What comes while a transaction is under way is the next one together, so
 * that many looks at once cost few of them. Each line is on the disk when its promise resolves; one that cannot be written
 * takes none of the others along. The function that is returned throws what the store throws.
 */
export function createAuditWriter(store: Store): (entry: Entry) => Promise<void> {
  const waiting: Waiting[] = []
  let isWriting = false

  async function write(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) await writeTogether(store, waiting.splice(0, MOST_AT_ONCE))
    isWriting = false
  }

  return (entry) =>
    new Promise((written, failed) => {
      waiting.push({ entry, written, failed })
      if (!isWriting) void write()
    })
}

async function writeTogether(store: Store, lines: readonly Waiting[]): Promise<void> {
  let isMade = false
  try {
    await store.transaction((tx) => {
      for (const { entry } of lines) appendLine(tx, entry)
      isMade = true
    })
    for (const { written } of lines) written()
  } catch (error) {
    // Which of them cannot be a line is found by writing each alone. What fails behind that is no line's fault.
    if (lines.length > 1 && !isMade) for (const line of lines) await writeTogether(store, [line])
    else for (const { failed } of lines) failed(error)
  }
}
