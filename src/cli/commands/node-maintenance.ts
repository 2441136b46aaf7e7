import type { Report } from '../../operations/operation.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { MaintenanceResult } from '../../operations/set-maintenance.ts'
import { setMaintenance } from '../../operations/set-maintenance.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import type { TerminalInk } from '../ink.ts'
import { maintenanceText } from '../views/maintenance.ts'

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
  return answerOf(report, resultText(report, call.out, sweepSeconds))
}

function resultText({ data }: Report<MaintenanceResult>, ink: TerminalInk, sweepSeconds: number): string {
  const { node, openIncidents } = data
  const on = node.state === 'maintenance'
  const count = { count: openIncidents }
  const lines = on
    ? [
        maintenanceText(node, ink),
        ink.t('maintenance.effect'),
        openIncidents > 0 && ink.t('maintenance.put-aside', count),
      ]
    : [
        ink.t('maintenance.next-look', { seconds: sweepSeconds }),
        openIncidents > 0 && ink.t('maintenance.taken-up', count),
      ]
  const title = ink.t(on ? 'maintenance.on' : 'maintenance.off', { node: ink.named(node) })
  return [ink.paint('good', title), ...lines.filter(Boolean).map((line) => `  ${line}`), ''].join('\n')
}
