import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { writeFileAtomic } from '../state/atomic-file.ts'
import type { Layout } from './layout.ts'
import { backupIdSchema, readRecord, writeRecord } from './manifest.ts'

/** How it stands with the copy of a backup away from this machine. */
const copySchema = z.strictObject({
  version: z.literal(1),
  id: backupIdSchema,
  /** What people call the place. */
  target: z.string().max(400),
  /** Epoch milliseconds at which all of it was last found there, each file by its checksum; null when it never was. */
  at: z.number().nullable(),
  /** Epoch milliseconds at which all of it was last read back; null when it never was. */
  readAt: z.number().nullable(),
  /** Why the last trial failed; null when it did not. */
  problem: z.strictObject({ at: z.number(), why: z.string().max(40) }).nullable(),
})

export type BackupCopy = z.infer<typeof copySchema>

/** How it stands with the copy of a backup; null when nobody tried to make one, or when the record of it is damaged. */
export async function readCopy(layout: Layout, node: string, id: string): Promise<BackupCopy | null> {
  try {
    return readRecord(await readFile(layout.copy(node, id), 'utf8'), copySchema)
  } catch {
    return null
  }
}

/** Writes down how it stands with the copy of a backup. */
export async function noteCopy(
  layout: Layout,
  { node, id }: { node: string; id: string },
  copy: Omit<BackupCopy, 'version' | 'id'>,
): Promise<void> {
  await writeFileAtomic(layout.copy(node, id), writeRecord({ version: 1, id, ...copy }))
}
