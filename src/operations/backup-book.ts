import { z } from 'zod'
import { nodeKey } from '../backup/layout.ts'
import { type ProvenBackup, provenBackups } from '../backup/standing.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { fresh, type Reading, unknown } from '../base/reading.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

const provenSchema = z.strictObject({
  id: z.string(),
  takenAt: z.number(),
  verifiedAt: z.number(),
}) satisfies z.ZodType<ProvenBackup>

const proven = defineCollection({
  name: 'proven-backup',
  schema: z.strictObject({ proven: provenSchema.nullable(), readAt: z.number() }),
})

/** When all folders were last read. Until then a node without a record may have backups. */
const reads = defineCollection({ name: 'backup-read', schema: z.strictObject({ at: z.number() }) })
const ALL = 'all'

/** The newest proven backup of a node; null when there is none. The same object while nothing has changed. */
export type Proven = Reading<ProvenBackup | null>

/**
 * What is known of the backups of all nodes without a look at the store: lists and rules ask it for a thousand nodes at
 * once. Whatever lists the backups of a node corrects it, in every process.
 */
export interface BackupBook {
  /** From memory. Unknown while nobody has read the store, and when it could not be read. */
  proven(nodeId: string): Proven
  /** Reads the store once, where nobody has yet; afterwards nothing. Never throws. */
  prepare(): Promise<void>
  /** Reads what the folders hold. Never throws; what could not be read is unknown from then on. */
  refresh(): Promise<void>
  /** Takes what was just read of one node. Never throws. */
  note(nodeId: string, found: ProvenBackup | null): Promise<void>
}

/** @param folder the root of the backups */
export async function openBackupBook(
  store: Store,
  { folder, clock, log }: { folder: string; clock: Clock; log: Log },
): Promise<BackupBook & { close(): Promise<void> }> {
  const [records, whole] = [await openMirror(store, proven), await openMirror(store, reads)]
  const made = new Map<string, Proven>()
  const unsubscribe = records.onChange(() => made.clear())
  let unreadable: Proven | null = null
  let reading: Promise<void> | null = null

  const isKnown = (key: string, found: ProvenBackup | null) => {
    const known = records.get(key)
    return known !== undefined && JSON.stringify(known.proven) === JSON.stringify(found)
  }

  async function readAll(): Promise<void> {
    const at = clock.now()
    try {
      const found = new Map<string, ProvenBackup | null>()
      for await (const one of provenBackups(folder)) found.set(one.node, one.proven)
      await store.transaction((tx) => {
        // What was noted meanwhile is newer than what was read here.
        const isNewer = (key: string) => (tx.get(proven, key)?.readAt ?? 0) > at
        for (const [key, one] of found)
          if (!isKnown(key, one) && !isNewer(key)) tx.put(proven, key, { proven: one, readAt: at })
        for (const [key] of [...records.entries()])
          if (!found.has(key) && !isNewer(key)) tx.delete(proven, key)
        tx.put(reads, ALL, { at })
      })
      unreadable = null
    } catch (error) {
      if (unreadable === null) log.warn({ err: error }, 'the backups could not be read')
      unreadable = unknown({ code: 'backups-unreadable' }, at, 'store-file')
    }
    made.clear()
  }

  const refresh = () => {
    reading ??= readAll().finally(() => {
      reading = null
    })
    return reading
  }

  return {
    proven(nodeId) {
      if (unreadable !== null) return unreadable
      const key = nodeKey(nodeId)
      const last = made.get(key)
      if (last !== undefined) return last
      const known = records.get(key)
      const readAt = known?.readAt ?? whole.get(ALL)?.at
      const now: Proven =
        readAt === undefined
          ? unknown({ code: 'not-read-yet' }, 0, 'store-file')
          : fresh(known?.proven ?? null, 'store-file', readAt)
      made.set(key, now)
      return now
    },
    async prepare() {
      if (whole.get(ALL) === undefined) await refresh()
    },
    refresh,
    async note(nodeId, found) {
      const key = nodeKey(nodeId)
      if (isKnown(key, found)) return
      try {
        await store.put(proven, key, { proven: found, readAt: clock.now() })
      } catch (error) {
        log.warn({ err: error, node: nodeId }, 'the newest backup of a node could not be noted')
      }
    },
    async close() {
      await reading
      unsubscribe()
      records.close()
      whole.close()
    },
  }
}
