import { OperatorError } from '../base/errors.ts'
import { isUnread } from '../openclaw/node-state.ts'
import { defineFleetChange } from './fleet-change.ts'
import { fleetChangeInput } from './fleet-plan.ts'
import { restartNode } from './restart-node.ts'
import { planOperation, runOperation } from './run-operation.ts'

/**
 * Restarts the gateways of many nodes, carefully: one, then a few, then the rest, each waiting for its running turns. A
 * node whose turns would be interrupted is left as it is.
 */
export const fleetRestart = defineFleetChange({
  name: 'fleet-restart',
  access: 'operator',
  part: 'restart-node',
  input: fleetChangeInput,
  asked: () => ({}),
  leaveOut(context, _input, node) {
    if (node.state === 'maintenance') return 'maintenance'
    const last = context.snapshots.get(node.id)
    return last !== undefined && isUnread(last) ? 'not-reachable' : null
  },
  firstWaves: [1, 3],
  atOnce: 4,
  async act(context, { actor, operationId: under }, { reason }, { id: node }) {
    // A restart that has begun is not given up half-way when the run is stopped: it has no signal.
    const why = reason === null ? {} : { reason }
    const confirmed = await planOperation(context, actor, restartNode, { node }, why)
    const { drain, running } = confirmed.plan
    if (!drain && running.value?.length !== 0) throw new OperatorError('turns-would-end', { node })
    const { outcome } = await runOperation(
      context,
      actor,
      restartNode,
      { node },
      { confirmed, under, ...why },
    )
    return { outcome }
  },
})
