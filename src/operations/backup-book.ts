import { z } from 'zod'
import { nodeKey } from '../backup/layout.ts'
import { type FoundBackups, type LastDrill, type ProvenBackup, provenBackups } from '../backup/standing.ts'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import { fresh, type Reading, unknown } from '../base/reading.ts'
import type { BackupAttempts, BackupStanding } from '../monitor/rules/backup.ts'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

const provenSchema = z.strictObject({
  id: z.string(),
  takenAt: z.number(),
  verifiedAt: z.number(),
}) satisfies z.ZodType<ProvenBackup>

const drilledSchema = z.strictObject({
  id: z.string(),
  at: z.number(),
  ok: z.boolean(),
  openclaw: z.string().nullable().default(null),
}) satisfies z.ZodType<LastDrill>

const proven = defineCollection({
  name: 'proven-backup',
  schema: z.strictObject({
    proven: provenSchema.nullable(),
    drilled: drilledSchema.nullable().default(null),
    readAt: z.number(),
  }),
})

/** When all folders were last read. Until then a node without a record may have backups. */
const reads = defineCollection({ name: 'backup-read', schema: z.strictObject({ at: z.number() }) })
const ALL = 'all'

const attempts = defineCollection({
  name: 'backup-attempts',
  schema: z.strictObject({
    since: z.number(),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
    failures: z.int().min(0),
  }) satisfies z.ZodType<BackupAttempts>,
})

/** The newest proven backup of a node; null when there is none. */
export type Proven = Reading<ProvenBackup | null>

/** How it stands with the backups of a node. */
export interface Standing extends BackupStanding {
  proven: Proven
  drilled: LastDrill | null
}

/**
 * What is known of the backups of all nodes without a look at the store: lists and rules ask it for a thousand nodes at
 * once. Whatever lists the backups of a node corrects it, in every process.
 */
export interface BackupBook {
  /** From memory. What is proven is unknown while nobody has read the store, and when it could not be read. */
  standing(nodeId: string): Standing
  /** Grows whenever some standing may be another one than before. */
  revision(): number
  /** Whether the last look at the store failed. */
  isUnreadable(): boolean
  /** Reads the store once, where nobody has yet; afterwards nothing. Never throws. */
  prepare(): Promise<void>
  /** Reads what the folders hold. Never throws; what could not be read is unknown from then on. */
  refresh(): Promise<void>
  /** Takes what was just read of one node. Never throws. */
  note(nodeId: string, found: FoundBackups): Promise<void>
  /** Writes down what the schedule remembers of a node; null forgets it. @throws what the store throws */
  noteAttempts(nodeId: string, next: BackupAttempts | null): Promise<void>
  /** The folders of the nodes of which the schedule remembers something. */
  attempted(): string[]
}

/** @param folder the root of the backups */
export async function openBackupBook(
  store: Store,
  { folder, clock, log }: { folder: string; clock: Clock; log: Log },
): Promise<BackupBook & { close(): Promise<void> }> {
  const [records, tries, whole] = [
    await openMirror(store, proven),
    await openMirror(store, attempts),
    await openMirror(store, reads),
  ]
  const made = new Map<string, Standing>()
  let revision = 0
  const forgetAll = () => {
    revision += 1
    made.clear()
  }
  const unsubscribes = [records, tries].map((mirror) =>
    mirror.onChange(({ put, deleted, partial }) => {
      // What has not changed stays the same object: whatever was made of it holds.
      revision += 1
      if (!partial) made.clear()
      for (const { key } of put) made.delete(key)
      for (const key of deleted) made.delete(key)
    }),
  )
  let unreadable: Proven | null = null
  let reading: Promise<void> | null = null

  const isKnown = (key: string, { proven: newest, drilled }: FoundBackups) => {
    const known = records.get(key)
    const now = JSON.stringify([newest, drilled])
    return known !== undefined && JSON.stringify([known.proven, known.drilled]) === now
  }

  const setUnreadable = (now: Proven | null) => {
    if (unreadable !== now) forgetAll()
    unreadable = now
  }

  async function readAll(): Promise<void> {
    const at = clock.now()
    try {
      const found = new Map<string, FoundBackups>()
      for await (const { node, ...one } of provenBackups(folder)) found.set(node, one)
      const isFirst = whole.get(ALL) === undefined
      await store.transaction((tx) => {
        // What was noted meanwhile is newer than what was read here.
        const isNewer = (key: string) => (tx.get(proven, key)?.readAt ?? 0) > at
        for (const [key, one] of found)
          if (!isKnown(key, one) && !isNewer(key)) tx.put(proven, key, { ...one, readAt: at })
        for (const [key] of [...records.entries()])
          if (!found.has(key) && !isNewer(key)) tx.delete(proven, key)
        tx.put(reads, ALL, { at })
      })
      if (isFirst) forgetAll()
      setUnreadable(null)
    } catch (error) {
      if (unreadable === null) log.warn({ err: error }, 'the backups could not be read')
      setUnreadable(unreadable ?? unknown({ code: 'backups-unreadable' }, at, 'store-file'))
    }
  }

  const refresh = () => {
    reading ??= readAll().finally(() => {
      reading = null
    })
    return reading
  }

  function provenOf(key: string): Proven {
    if (unreadable !== null) return unreadable
    const known = records.get(key)
    const readAt = known?.readAt ?? whole.get(ALL)?.at
    if (readAt === undefined) return unknown({ code: 'not-read-yet' }, 0, 'store-file')
    return fresh(known?.proven ?? null, 'store-file', readAt)
  }

  return {
    standing(nodeId) {
      const key = nodeKey(nodeId)
      const known = made.get(key)
      // Another process may have read the store for the first time.
      const isOpen = known?.proven.freshness === 'unknown' && known.proven.reason.code === 'not-read-yet'
      if (known !== undefined && !isOpen) return known
      const now = {
        proven: provenOf(key),
        drilled: unreadable === null ? (records.get(key)?.drilled ?? null) : null,
        attempts: tries.get(key) ?? null,
      }
      made.set(key, now)
      return now
    },
    revision: () => revision,
    isUnreadable: () => unreadable !== null,
    async prepare() {
      if (whole.get(ALL) === undefined) await refresh()
    },
    refresh,
    async note(nodeId, found) {
      const key = nodeKey(nodeId)
      if (isKnown(key, found)) return
      try {
        await store.put(proven, key, { ...found, readAt: clock.now() })
      } catch (error) {
        log.warn({ err: error, node: nodeId }, 'the newest backup of a node could not be noted')
      }
    },
    async noteAttempts(nodeId, next) {
      if (next === null) await store.delete(attempts, nodeKey(nodeId))
      else await store.put(attempts, nodeKey(nodeId), next)
    },
    attempted: () => [...tries.entries()].map(([key]) => key),
    async close() {
      await reading
      for (const unsubscribe of unsubscribes) unsubscribe()
      for (const mirror of [records, tries, whole]) mirror.close()
    },
  }
}
