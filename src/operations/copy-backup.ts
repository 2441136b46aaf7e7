import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type BackupRow, backupNameSchema, findBackup, findOrNewest, ownerOfRow } from './backups.ts'
import { type MadeCopy, requireTarget } from './copies.ts'
import { defineOperation } from './operation.ts'

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** Left out, the newest that is verified; without one, the newest. */
  backup: backupNameSchema.nullable().default(null),
  /** Reads all of it back, also what the target vouches for by a checksum. */
  readBack: z.boolean().default(false),
})

/** copy-backup. */
export interface CopyResult extends MadeCopy {
  nodeId: string
  backup: BackupRow
  /** What people call the place. */
  target: string
  readBack: boolean
}

/** A copy is as far as what is known to lie there. A backup that nobody has verified is verified first. */
export type CopyStep =
  | { step: 'verifying'; bytes: number; total: number }
  | { step: 'copying-out'; bytes: number; total: number }

/**
 * Copies a verified backup away from this machine, or looks whether its copy is as it should be: what is missing or damaged there
 * goes out again. It is done only when the target has vouched for every file. Nothing here is removed for it.
 */
export const copyBackup = defineOperation<z.infer<typeof inputSchema>, CopyResult, CopyStep>({
  name: 'copy-backup',
  access: 'operator',
  effect: 'record',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  requires({ backups }) {
    requireTarget(backups.copies)
  },
  async run(context, input, call) {
    const nodeId = call.node().id
    const { backups } = context
    const target = requireTarget(backups.copies)
    const row = await findOrNewest(backups, nodeId, input.backup)
    const sound =
      row.verified?.sound ??
      (
        await backups.verify(nodeId, row.id, {
          signal: call.signal,
          onProgress: (bytes) => call.progress({ step: 'verifying', bytes, total: row.bytes }),
        })
      ).sound
    if (!sound) throw new OperatorError('backup-damaged', { backup: row.id })
    const made = await backups.copies.copy(ownerOfRow(row), row.id, {
      signal: call.signal,
      readBack: input.readBack,
      onProgress: (progress) => call.progress({ step: 'copying-out', ...progress }),
    })
    const backup = await findBackup(backups, nodeId, row.id)
    return { outcome: 'done', data: { nodeId, backup, target, readBack: input.readBack, ...made } }
  },
})
