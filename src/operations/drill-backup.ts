import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import {
  type BackupRow,
  backupNameSchema,
  findBackup,
  lastGood,
  requireRoom,
  type Verification,
} from './backups.ts'
import { defineOperation } from './operation.ts'

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** Left out, the newest that is verified; without one, the newest. */
  backup: backupNameSchema.nullable().default(null),
})

/** drill-backup. */
export interface DrillResult {
  nodeId: string
  backup: BackupRow
  /** What the trial found; `databases` is how many were opened. */
  drill: Verification
  /** Files that were written out, and their bytes. */
  files: number
  bytes: number
}

/** Unpacking is the long part; what follows is opening the databases. */
export type DrillStep = { step: 'unpacking'; bytes: number; total: number }

/**
 * Tries on this machine whether a backup can be restored: unpacks all of it into a scratch folder, opens every database
 * there, and compares with what was recorded. The node is not touched.
 */
export const drillBackup = defineOperation<z.infer<typeof inputSchema>, DrillResult, DrillStep>({
  name: 'drill-backup',
  access: 'operator',
  effect: 'record',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodeId = call.node().id
    const { backups } = context
    const newest = input.backup ?? lastGood(await backups.list(nodeId))?.id ?? 'latest'
    const { id, bytes: total } = await findBackup(backups, nodeId, newest)
    await requireRoom(context, nodeId, total)
    const { drill, files, bytes } = await backups.drill(nodeId, id, {
      signal: call.signal,
      onProgress: (done) => call.progress({ step: 'unpacking', bytes: done, total }),
    })
    const backup = await findBackup(backups, nodeId, id)
    return { outcome: drill.sound ? 'done' : 'failed', data: { nodeId, backup, drill, files, bytes } }
  },
})
