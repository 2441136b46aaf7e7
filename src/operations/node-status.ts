import { z } from 'zod'
import { recordAt } from '../../registry/record-at.ts'
import { type NodeRecord, nodeIdSchema } from '../../registry/schema.ts'
import type { LastDrill } from '../backup/standing.ts'
import type { Reading } from '../base/reading.ts'
import type { Anomaly } from '../monitor/conditions.ts'
import type { FigureLevels } from '../monitor/judge.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { type BackupRow, readLastGood } from './backups.ts'
import { examine, judgementOf } from './judgement.ts'
import { defineOperation } from './operation.ts'
import { rememberAgents } from './remember-agents.ts'

/** node-status. */
export interface NodeStatus {
  node: NodeRecord
  snapshot: NodeSnapshot
  /** Worst first. */
  anomalies: Anomaly[]
  levels: FigureLevels
  /** The newest verified backup; null when there is none. */
  backup: Reading<BackupRow | null>
  /** The last trial to restore a backup; null when there was none. */
  drilled: LastDrill | null
}

const inputSchema = z.strictObject({ node: nodeIdSchema })

/** One node, live and never from memory: all facts, and first what is wrong, why, and what to do next. */
export const nodeStatus = defineOperation<z.infer<typeof inputSchema>, NodeStatus>({
  name: 'node-status',
  access: 'viewer',
  effect: 'read',
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, _input, call) {
    const node = call.node()
    const previous = context.snapshots.get(node.id) ?? null
    const { statusDeadlineMs: deadlineMs } = context.limits
    const backup = readLastGood(context, node.id)
    const snapshot = await observeNode(context, node, { kind: 'asked', deadlineMs, signal: call.signal })
    const remembered = await rememberAgents(context, node, snapshot)
    const data = {
      node: recordAt(remembered, context.clock.now()),
      snapshot,
      anomalies: examine(context, node, snapshot, previous),
      levels: judgementOf(context, node, snapshot).levels,
      backup: await backup,
      drilled: context.backups.book.standing(node.id).drilled,
    }
    return { outcome: 'done', data }
  },
})
