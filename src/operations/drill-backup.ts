import { z } from 'zod'
import { findRecord } from '../../registry/find-record.ts'
import { nodeIdSchema } from '../../registry/schema.ts'
import type { Validation } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'
import { mayUse, notAllowed } from './access.ts'
import {
  type BackupRow,
  backupNameSchema,
  findBackup,
  findOrNewest,
  requireRoom,
  type Verification,
} from './backups.ts'
import type { Context } from './context.ts'
import { type Call, defineOperation } from './operation.ts'
import { type Judge, validateBackup } from './validate-backup.ts'

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** Left out, the newest that is verified; without one, the newest. */
  backup: backupNameSchema.nullable().default(null),
  /** The node whose OpenClaw looks at it as well; left out, the one of the settings. */
  on: nodeIdSchema.nullable().default(null),
})

/** drill-backup. */
export interface DrillResult {
  nodeId: string
  backup: BackupRow
  /** What the trial found; `databases` is how many were opened here. */
  drill: Verification
  /** Files that were written out, and their bytes. */
  files: number
  bytes: number
  /** What OpenClaw said of it; null where it was not asked. */
  openclaw: Validation | null
}

/** Unpacking is the long part; what follows is opening the databases, and OpenClaw's own look on a node. */
export type DrillStep =
  | { step: 'unpacking'; bytes: number; total: number }
  | { step: 'validating'; on: string }

/**
 * Tries whether a backup can be restored: unpacks all of it into a scratch folder on this machine, opens every database
 * there, and compares with what was recorded. Where a node is named, its OpenClaw then looks at configuration and databases
 * in a scratch folder there; the gateway is not touched.
 */
export const drillBackup = defineOperation<z.infer<typeof inputSchema>, DrillResult, DrillStep>({
  name: 'drill-backup',
  access: 'operator',
  effect: 'record',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodeId = call.node().id
    const { backups } = context
    const judge = judgeOf(context, input.on, call)
    const row = await findOrNewest(backups, nodeId, input.backup)
    const { id, bytes: total } = row
    await requireRoom(context, nodeId, total)
    await backups.requireKey(nodeId, id)
    const tried = await backups.drill(nodeId, id, {
      signal: call.signal,
      onProgress: (done) => call.progress({ step: 'unpacking', bytes: done, total }),
    })
    const { files, bytes } = tried
    let { drill } = tried
    let openclaw: Validation | null = null
    // What is damaged here is not brought to a node.
    if (judge !== null && drill.sound) {
      call.progress({ step: 'validating', on: judge.id })
      const said = await validateBackup(context, row, judge, call.signal)
      openclaw = said.openclaw
      drill = await backups.validated(nodeId, id, openclaw, said.refused)
    }
    const backup = await findBackup(backups, nodeId, id)
    const sound = openclaw?.verdict === 'unknown' ? 'partial' : 'done'
    return {
      outcome: drill.sound ? sound : 'failed',
      data: { nodeId, backup, drill, files, bytes, openclaw },
    }
  },
})

/**
 * The node whose OpenClaw is asked; null where none is named. One of the settings that is not there keeps nobody from the trial.
 * @throws OperatorError unknown-node, not-allowed
 */
function judgeOf(context: Context, on: string | null, call: Call<DrillStep>): Judge | null {
  const set = context.limits.backup.drillOn
  if (on === null && set === null) return null
  if (on === null && set === 'own') return { id: call.node().id, node: call.node() }
  if (on === null) return { id: set ?? '', node: findRecord(context.registry.list(), set ?? '') ?? null }
  const judge = context.registry.get(on)
  if (!mayUse(call.actor, 'viewer', judge)) throw new OperatorError('unknown-node', { node: on })
  if (!mayUse(call.actor, 'operator', judge)) throw notAllowed(call.actor, 'drill-backup', 'operator')
  return { id: judge.id, node: judge }
}
