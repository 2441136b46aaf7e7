import { z } from 'zod'
import { recordAt } from '../../registry/record-at.ts'
import { OperatorError } from '../base/errors.ts'
import { defineFleetChange } from './fleet-change.ts'
import { fleetInput } from './fleet-plan.ts'
import { runOperation } from './run-operation.ts'
import { isTimeNeeded, maintenanceFields, NEEDLESS_TIME, setMaintenance } from './set-maintenance.ts'

const inputSchema = z
  .strictObject({ ...fleetInput, ...maintenanceFields })
  .refine(isTimeNeeded, NEEDLESS_TIME)

/** Takes many nodes out of the watch, or back. The nodes themselves are not touched. */
export const fleetMaintenance = defineFleetChange({
  name: 'fleet-maintenance',
  access: 'operator',
  part: 'set-maintenance',
  input: inputSchema,
  asked({ on, reason, minutes }) {
    if (on && !reason) throw new OperatorError('reason-needed')
    return { on, minutes }
  },
  leaveOut(context, { on }, node) {
    const isIn = recordAt(node, context.clock.now()).state === 'maintenance'
    return isIn === on ? 'already' : null
  },
  // Each is one write of the registry.
  atOnce: 1,
  async act(context, { actor, operationId: under, signal }, { on, reason, minutes }, { id: node }) {
    const why = reason === null ? {} : { reason }
    const input = { node, on, reason, minutes }
    const { outcome } = await runOperation(context, actor, setMaintenance, input, { signal, under, ...why })
    return { outcome }
  },
})
