import { isUnread } from '../openclaw/node-state.ts'
import { backupNode } from './backup-node.ts'
import { defineFleetChange } from './fleet-change.ts'
import { fleetChangeInput } from './fleet-plan.ts'
import { runOperation } from './run-operation.ts'

/** Backs up many nodes, a few at once. One that cannot be backed up keeps no other from it; a full disk here does. */
export const fleetBackup = defineFleetChange({
  name: 'fleet-backup',
  access: 'operator',
  part: 'backup-node',
  input: fleetChangeInput,
  asked: () => ({}),
  leaveOut(context, _input, node) {
    const last = context.snapshots.get(node.id)
    return last !== undefined && isUnread(last) ? 'not-reachable' : null
  },
  atOnce: 3,
  endsAll: (code) => code === 'backup-disk-floor' || code === 'data-disk-full' || code === 'data-read-only',
  async act(context, { actor, operationId: under, signal }, { reason }, { id: node }) {
    const why = reason === null ? {} : { reason }
    const { outcome } = await runOperation(context, actor, backupNode, { node }, { signal, under, ...why })
    return { outcome }
  },
})
