import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { readPlaces } from '../openclaw/backup/places.ts'
import { exportAgents } from './agent-export.ts'
import { requireRoom } from './backups.ts'
import { lookReached } from './look-reached.ts'
import { defineOperation } from './operation.ts'
import { type BackupResult, type BackupStep, takeBackup } from './take-backup.ts'

const inputSchema = z.strictObject({ node: nodeIdSchema })

/**
 * Copies configuration and data of a node to this machine and is done only when all of it was read back and every
 * database opened. Nothing is changed on the node, and no copy stays there.
 */
export const backupNode = defineOperation<z.infer<typeof inputSchema>, BackupResult, BackupStep>({
  name: 'backup-node',
  access: 'operator',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  allowRetired: true,
  async run(context, _input, call) {
    const node = call.node()
    await requireRoom(context, node.id, 0)
    call.progress({ step: 'looking' })
    const bounds = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
    const link = context.nodes.link(node)
    // None of these three needs another; what the look fails with is told first.
    const reading = Promise.all([readPlaces(link, node.ocPath, bounds), context.backups.earlier(node.id)])
    reading.catch(() => undefined)
    const snapshot = await lookReached(context, node, call.signal)
    const [configured, earlier] = await reading
    // One agent can be taken out of it later, with what lies in no file. A gateway that is down keeps no backup from it.
    const asked = exportAgents(link, snapshot, { statePath: node.ocPath, ...bounds })
    const exports = asked.then(({ agents }) => agents)
    return await takeBackup(context, call, { snapshot, configured, earlier, agent: null, exports })
  },
})
