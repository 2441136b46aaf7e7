import { runOperation } from '../../operations/run-operation.ts'
import { setMaintenance } from '../../operations/set-maintenance.ts'
import { maintenanceResult } from '../../presenters/set-maintenance.ts'
import { text } from '../../presenters/told.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { maintenanceText } from '../views/maintenance.ts'
import { resultText } from '../views/told.ts'

/** `ocm node maintenance`: stops watching a node, or goes on. */
export async function nodeMaintenance(call: Call): Promise<Answer> {
  const { args, signal } = call
  const context = await call.open('none')
  const reason = args.text('reason')
  const why = reason === undefined ? {} : { reason }
  const minutes = args.number('for') ?? null
  const input = { node: args.required('node'), on: args.required('set') === 'on', minutes, ...why }
  const report = await runOperation(context, call.actor, setMaintenance, input, { signal, ...why })
  const sweepSeconds = Math.round(context.limits.refreshIntervalMs / 1000)
  const ongoing = [text(maintenanceText(report.data.node, call.out))]
  const told = maintenanceResult(report, call.out, { ongoing, sweepSeconds })
  return answerOf(report, resultText(told, report, call.out))
}
