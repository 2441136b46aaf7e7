import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { agentOwner } from '../backup/layout.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { exportAgents } from './agent-export.ts'
import { requireRoom } from './backups.ts'
import { botIdSchema } from './bot-input.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'
import { type Call, defineOperation, type Outcome } from './operation.ts'
import { untouched } from './stopped.ts'
import { type BackupResult, type BackupStep, takeBackup } from './take-backup.ts'

const inputSchema = z.strictObject({ node: nodeIdSchema, id: botIdSchema })

/** backup-bot. */
export interface BotBackupResult extends BackupResult {
  botId: string
  /** What the gateway told of it besides its files; null where that was not read. */
  told: { bindings: number; jobs: number | null; sessions: number | null } | null
  /** Why something of that is missing. */
  problem: Reason | null
}

/**
 * Copies one agent to this machine: its folder with all its sessions, its workspace, and what its gateway tells of it:
 * entry, channels, scheduled jobs. Nothing is changed on the node. Done only when all of it was read back.
 */
export const backupBot = defineOperation<z.infer<typeof inputSchema>, BotBackupResult, BackupStep>({
  name: 'backup-bot',
  access: 'operator',
  effect: 'change',
  needsFullKey: true,
  stops: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  run: (context, { id }, call) =>
    untouched('backup-stopped', { node: call.node().id, signal: call.signal }, () =>
      backUp(context, id, call),
    ),
})

async function backUp(
  context: Context,
  botId: string,
  call: Call<BackupStep>,
): Promise<{ outcome: Outcome; data: BotBackupResult }> {
  const node = call.node()
  const { backups } = context
  await requireRoom(context, node.id, 0)
  call.progress({ step: 'looking' })
  const bounds = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const snapshot = await lookReached(context, node, call.signal)
  const link = context.nodes.link(node)
  const { agents, problem } = await exportAgents(link, snapshot, { statePath: node.ocPath, ...bounds })
  const own = agents?.find(({ id }) => id === botId)
  // Where the gateway does not answer, the list that was last read tells.
  const last = snapshot.agents.value?.some(({ id }) => id === botId)
  const known = agents === null ? last !== false : own !== undefined
  if (!known) throw new OperatorError('unknown-bot', { node: node.id, bot: botId })
  const places = own === undefined ? [] : placesOf(own)
  const { outcome, data } = await takeBackup(context, call, {
    snapshot,
    configured: { places, problem: own === undefined ? problem : null },
    // What a backup of the whole node has need not come again.
    earlier: (await backups.earlier(agentOwner(node.id, botId))) ?? (await backups.earlier(node.id)),
    maker: null,
    agent: botId,
    exports: own === undefined ? null : [own],
  })
  const told =
    own === undefined
      ? null
      : {
          bindings: own.bindings.length,
          jobs: own.cron?.length ?? null,
          sessions: own.sessions?.length ?? null,
        }
  const whole: Outcome = outcome === 'done' && problem !== null ? 'partial' : outcome
  return { outcome: whole, data: { ...data, botId, told, problem } }
}

/** Where an agent works, and where its own folder lies when that is another than OpenClaw's. */
function placesOf({ workspace, entry }: { workspace: string; entry: Record<string, unknown> | null }) {
  const folder = entry?.agentDir
  return [
    { kind: 'workspace' as const, path: workspace },
    ...(typeof folder === 'string' ? [{ kind: 'agent' as const, path: folder }] : []),
  ]
}
