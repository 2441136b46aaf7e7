import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { readPlaces } from '../openclaw/backup/places.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { compareVersions } from '../openclaw/versions.ts'
import { exportAgents } from './agent-export.ts'
import { requireRoom } from './backups.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'
import { type Call, defineOperation, type Outcome } from './operation.ts'
import { untouched } from './stopped.ts'
import { type BackupResult, type BackupStep, takeBackup } from './take-backup.ts'

/** `stream`: as the files lie there. `checkpoint`: the archive that OpenClaw's own `backup create` makes. */
export const BACKUP_METHODS = ['stream', 'checkpoint'] as const

/** From here on OpenClaw has `backup create` (its documentation; it is not in 2026.3.2). */
const CREATE_SINCE = '2026.3.8'

const inputSchema = z.strictObject({ node: nodeIdSchema, method: z.enum(BACKUP_METHODS).default('stream') })

/**
 * Copies configuration and data of a node to this machine and is done only when all of it was read back and every
 * database opened. Nothing is changed on the node, and no copy stays there. OpenClaw's own archive is walked by the same
 * parser, so that it is verified, compared and restored like any other.
 */
export const backupNode = defineOperation<z.infer<typeof inputSchema>, BackupResult, BackupStep>({
  name: 'backup-node',
  access: 'operator',
  effect: 'change',
  needsFullKey: true,
  stops: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  run: (context, { method }, call) =>
    untouched('backup-stopped', { node: call.node().id, signal: call.signal }, () =>
      backUp(context, method, call),
    ),
})

async function backUp(
  context: Context,
  method: (typeof BACKUP_METHODS)[number],
  call: Call<BackupStep>,
): Promise<{ outcome: Outcome; data: BackupResult }> {
  const node = call.node()
  await requireRoom(context, node.id, 0)
  call.progress({ step: 'looking' })
  const bounds = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const link = context.nodes.link(node)
  // None of these three needs another; what the look fails with is told first.
  const reading = Promise.all([readPlaces(link, node.ocPath, bounds), context.backups.earlier(node.id)])
  reading.catch(() => undefined)
  const snapshot = await lookReached(context, node, call.signal)
  const maker = method === 'checkpoint' ? requireMaker(node.id, snapshot) : null
  const [configured, known] = await reading
  // In OpenClaw's own archive everything comes.
  const earlier = maker === null ? known : null
  // One agent can be taken out of it later, with what lies in no file. A gateway that is down keeps no backup from it.
  const asked = exportAgents(link, snapshot, { statePath: node.ocPath, ...bounds })
  const exports = asked.then(({ agents }) => agents)
  return await takeBackup(context, call, { snapshot, configured, earlier, agent: null, maker, exports })
}

/** OpenClaw's program on a node that can make its own archive. @throws OperatorError backup-impossible */
function requireMaker(node: string, { install }: NodeSnapshot): string {
  const [version, binary] = [install.version.value, install.binary.value]
  if (version !== null && compareVersions(version, CREATE_SINCE) < 0)
    throw new OperatorError(
      'backup-impossible',
      { node, why: 'no-create' },
      { detail: `${version} < ${CREATE_SINCE}` },
    )
  if (version === null || binary === null)
    throw new OperatorError('backup-impossible', { node, why: 'no-openclaw' })
  return binary
}
