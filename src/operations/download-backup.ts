import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { type BackupRow, backupNameSchema, findBackup, requireRoom } from './backups.ts'
import { defineOperation } from './operation.ts'

/** A backup as one file, in a place from which whoever asked takes it; what is left there is swept within a day. */
export interface DownloadResult {
  nodeId: string
  backup: BackupRow
  /** On the machine that ocm runs on. */
  path: string
  /** What to call it: the node, the backup and what opens it. */
  name: string
  bytes: number
  /** SHA-256 of the file, in hex. */
  sha256: string
  /** For how many keys it is encrypted; 0 is not at all. */
  recipients: number
}

const MOST_RECIPIENTS = 20

const downloadInput = z.strictObject({
  node: nodeIdSchema,
  backup: backupNameSchema.default('latest'),
  /** Public keys of age; null is those of the settings. */
  recipients: z.array(z.string().trim().min(1).max(200)).max(MOST_RECIPIENTS).nullable().default(null),
  /** Refuses to make a file that anybody could read. */
  encrypted: z.boolean().default(false),
  /** Bytes that the file may have; null is no limit. */
  maxBytes: z.int().positive().nullable().default(null),
})

/**
 * Makes one file of a backup: a `tar.gz` that any machine unpacks, encrypted for age recipients where there are any. A
 * backup holds the tokens and keys of its node, so only an admin gets one.
 */
export const downloadBackup = defineOperation<
  z.infer<typeof downloadInput>,
  DownloadResult,
  { step: 'packing'; bytes: number; total: number }
>({
  name: 'download-backup',
  access: 'admin',
  effect: 'record',
  input: downloadInput,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodeId = call.node().id
    const recipients = input.recipients ?? context.limits.backup.recipients
    if (input.encrypted && recipients.length === 0) throw new OperatorError('download-not-encrypted')
    const backup = await findBackup(context.backups, nodeId, input.backup)
    await requireRoom(context, nodeId, Math.min(backup.bytes, input.maxBytes ?? backup.bytes))
    await context.backups.requireKey(nodeId, backup.id)
    const archive = await context.backups.archive(nodeId, backup.id, {
      signal: call.signal,
      recipients,
      maxBytes: input.maxBytes,
      onProgress: (bytes) => call.progress({ step: 'packing', bytes, total: backup.bytes }),
    })
    const ending = recipients.length === 0 ? 'tar.gz' : 'tar.gz.age'
    const name = `${nodeId}-${backup.id}.${ending}`
    return { outcome: 'done', data: { nodeId, backup, ...archive, name, recipients: recipients.length } }
  },
})
