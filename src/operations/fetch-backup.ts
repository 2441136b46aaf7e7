import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type BackupRow, backupNameSchema, findBackup, requireRoom, type Verification } from './backups.ts'
import { requireTarget } from './copies.ts'
import { defineOperation } from './operation.ts'

const inputSchema = z.strictObject({ node: nodeIdSchema, backup: backupNameSchema.default('latest') })

/** fetch-backup. */
export interface FetchResult {
  nodeId: string
  backup: BackupRow
  verification: Verification
  /** What people call the place that it came from. */
  target: string | null
  /** Files of the store that came, and their bytes; the others were here as they should be. */
  brought: { files: number; bytes: number }
  /** Copies of the node that lie there besides this one. */
  others: number
}

/** Bringing is the long part; what came is then read like any backup. */
export type FetchStep =
  | { step: 'fetching'; bytes: number; total: number }
  | { step: 'verifying'; bytes: number; total: number }

/**
 * Brings a copy of a backup back into the store of this machine, which may be empty or damaged, and verifies it by the usual way. What
 * is here as it should be does not come again. Whoever can write to the target decides what comes, so it takes an admin.
 */
export const fetchBackup = defineOperation<z.infer<typeof inputSchema>, FetchResult, FetchStep>({
  name: 'fetch-backup',
  access: 'admin',
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
    const found = await backups.copies.find(nodeId, input.backup, call.signal)
    await requireRoom(context, nodeId, found.bytes)
    const brought = await backups.copies.bring(found, {
      signal: call.signal,
      onProgress: (bytes) => call.progress({ step: 'fetching', bytes, total: found.bytes }),
    })
    const { id } = found.name
    const { bytes: total } = await findBackup(backups, nodeId, id)
    const verification = await backups.verify(nodeId, id, {
      signal: call.signal,
      onProgress: (bytes) => call.progress({ step: 'verifying', bytes, total }),
      databases: found.databases,
    })
    const backup = await findBackup(backups, nodeId, id)
    return {
      outcome: verification.sound ? 'done' : 'failed',
      data: { nodeId, backup, verification, target: backups.copies.target, brought, others: found.others },
    }
  },
})
