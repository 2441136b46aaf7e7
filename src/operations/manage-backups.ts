import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { mayUse } from './access.ts'
import { type BackupDigest, backupDigestOf } from './backup-digest.ts'
import {
  type BackupDifference,
  type BackupRow,
  backupNameSchema,
  findBackup,
  lastGood,
  ownerOfRow,
  type Verification,
} from './backups.ts'
import { defineOperation, definePlanned } from './operation.ts'

const backupInput = z.strictObject({ node: nodeIdSchema, backup: backupNameSchema.default('latest') })

/** list-backups. */
export interface BackupList {
  /** Null when the backups of every node were asked for. */
  nodeId: string | null
  /** Newest first; those of a node with those of its single agents. */
  backups: BackupRow[]
  /** Nodes that may be seen and have no verified backup; only without a node. */
  without: string[]
  /** How they stand; only without a node, and null where no backups are taken by themselves. */
  digest: BackupDigest | null
}

const listInput = z.strictObject({ node: nodeIdSchema.nullable().default(null) })

/** The backups of a node, or the newest of every node that the person may see. */
export const listBackups = defineOperation<z.infer<typeof listInput>, BackupList>({
  name: 'list-backups',
  access: 'viewer',
  effect: 'read',
  input: listInput,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const { backups } = context
    if (input.node !== null) {
      const nodeId = call.node().id
      const rows = [...(await backups.list(nodeId)), ...(await backups.listAgents(nodeId))]
      rows.sort((a, b) => b.takenAt - a.takenAt)
      return { outcome: 'done', data: { nodeId, backups: rows, without: [], digest: null } }
    }
    const seen = context.registry.list().filter((node) => mayUse(call.actor, 'viewer', node))
    const all = await Promise.all(seen.map(async (node) => ({ node, rows: await backups.list(node.id) })))
    const newest = all.flatMap(({ rows }) => rows.slice(0, 1)).toSorted((a, b) => b.takenAt - a.takenAt)
    const without = all.filter(({ node, rows }) => node.state !== 'retired' && !lastGood(rows))
    const rows = new Map(all.map((one) => [one.node.id, one.rows]))
    const digest = await backupDigestOf(context, seen, async (id) => rows.get(id) ?? [])
    return {
      outcome: 'done',
      data: { nodeId: null, backups: newest, without: without.map(({ node }) => node.id), digest },
    }
  },
})

/** verify-backup. */
export interface VerifyResult {
  nodeId: string
  backup: BackupRow
  verification: Verification
}

/** Reads every file of a backup again, compares it with what was recorded and opens every database. */
export const verifyBackup = defineOperation<
  z.infer<typeof backupInput>,
  VerifyResult,
  { step: 'verifying'; bytes: number; total: number }
>({
  name: 'verify-backup',
  access: 'operator',
  effect: 'record',
  input: backupInput,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodeId = call.node().id
    const { id, bytes: total } = await findBackup(context.backups, nodeId, input.backup)
    const verification = await context.backups.verify(nodeId, id, {
      signal: call.signal,
      onProgress: (bytes) => call.progress({ step: 'verifying', bytes, total }),
    })
    const backup = await findBackup(context.backups, nodeId, id)
    const outcome = verification.sound ? 'done' : 'failed'
    return { outcome, data: { nodeId, backup, verification } }
  },
})

/** compare-backups. */
export interface CompareResult {
  nodeId: string
  from: BackupRow
  to: BackupRow
  difference: BackupDifference
}

const compareInput = z.strictObject({
  node: nodeIdSchema,
  from: backupNameSchema,
  to: backupNameSchema.default('latest'),
})

/** What changed between two backups of a node: files, databases, agents. */
export const compareBackups = defineOperation<z.infer<typeof compareInput>, CompareResult>({
  name: 'compare-backups',
  access: 'viewer',
  effect: 'read',
  input: compareInput,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, input, call) {
    const nodeId = call.node().id
    const from = await findBackup(context.backups, nodeId, input.from)
    const to = await findBackup(context.backups, nodeId, input.to)
    const difference = await context.backups.compare(nodeId, from.id, to.id)
    return { outcome: 'done', data: { nodeId, from, to, difference } }
  },
})

const deletePlanSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  backup: z.string(),
  takenAt: z.number(),
  bytes: z.number(),
  /** Backups of the node that stay. */
  left: z.number(),
})
/** What delete-backup is about to do. */
export type DeletePlan = z.infer<typeof deletePlanSchema>

/** delete-backup. */
export interface DeleteResult {
  nodeId: string
  backup: string
  freedBytes: number
  left: number
}

/** Removes one backup. The last one that was verified stays, whatever is confirmed. */
export const deleteBackup = definePlanned<z.infer<typeof backupInput>, DeleteResult, never, DeletePlan>({
  name: 'delete-backup',
  access: 'admin',
  effect: 'change',
  input: backupInput,
  nodeOf: (input) => input.node,
  allowRetired: true,
  planSchema: deletePlanSchema,
  async prepare(context, input, call) {
    const { id: nodeId, name: nodeName } = call.node()
    const backup = await findBackup(context.backups, nodeId, input.backup)
    const { id, takenAt, bytes, verified } = backup
    const others = (await context.backups.list(ownerOfRow(backup))).filter((row) => row.id !== id)
    if (verified?.sound && !lastGood(others)) throw new OperatorError('backup-last-good', { backup: id })
    const plan = { nodeId, nodeName, backup: id, takenAt, bytes, left: others.length }
    return { plan, seen: null }
  },
  holds: (confirmed, now) => confirmed.nodeId === now.nodeId && confirmed.backup === now.backup,
  async run(context, _input, _call, { plan }) {
    const { nodeId, backup } = plan
    const owner = ownerOfRow(await findBackup(context.backups, nodeId, backup))
    const freedBytes = await context.backups.remove(nodeId, backup)
    const rows = await context.backups.list(owner)
    const gone = !rows.some(({ id }) => id === backup)
    return {
      outcome: gone ? 'done' : 'failed',
      data: { nodeId, backup, freedBytes, left: rows.length },
    }
  },
})
