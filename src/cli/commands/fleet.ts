import { onAbort } from '../../base/abort.ts'
import { fleetBackup } from '../../operations/fleet-backup.ts'
import type { FleetResult, FleetRow, FleetStep } from '../../operations/fleet-change.ts'
import { fleetMaintenance } from '../../operations/fleet-maintenance.ts'
import type { FleetPlan } from '../../operations/fleet-plan.ts'
import { fleetRestart } from '../../operations/fleet-restart.ts'
import { fleetUpdate } from '../../operations/fleet-update.ts'
import { fleetVersions } from '../../operations/fleet-versions.ts'
import type { Operation } from '../../operations/operation.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { type FleetVerb, fleetPlan, fleetResult, fleetRowText } from '../../presenters/fleet.ts'
import { versionList } from '../../presenters/fleet-versions.ts'
import { type Answer, answerOf, type Call, type Run } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { questionText, resultText } from '../views/told.ts'
import { begun } from './node-update.ts'

/** A shell has room for every node. */
const SHOWN = 1_000
const ROOM = { nodes: SHOWN, left: SHOWN, versions: SHOWN, groups: SHOWN }

/** `ocm fleet versions`: what each node runs, from memory. */
export async function versions(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('none')
  const input = { tags: args.list('tag') }
  const report = await runOperation(context, call.actor, fleetVersions, input, { signal })
  return answerOf(report, resultText(versionList(report.data, ROOM, out), report, out))
}

/** The commands that change many nodes ask and answer alike: a line for each node as it ends. */
function changing<Input>(
  verb: FleetVerb,
  operation: Operation<Input, FleetResult, FleetStep, FleetPlan>,
  more: (call: Call) => object = () => ({}),
): Run {
  return async (call) => {
    const { args, out, err, terminal, signal } = call
    const context = await call.open('required')
    const input = { tags: args.list('tag'), reason: args.text('reason') ?? null, ...more(call) }
    let leave = () => {}
    try {
      const report = await confirmAndRun(call, context, operation, input, {
        plan: (plan) => questionText(fleetPlan(verb, plan, ROOM, err), err),
        step: ({ changed }) => fleetRowText(asItBegan(changed), err),
        begins: () => {
          if (!call.json) leave = onAbort(signal, () => terminal.err(`${err.t(`fleet.${verb}.stopping`)}\n`))
        },
      })
      return answerOf(report, resultText(fleetResult(verb, report, SHOWN, ROOM, out), report, out))
    } finally {
      leave()
    }
  }
}

/** A line for each step of a node, not one for each look at it. */
function asItBegan(row: FleetRow): FleetRow {
  return row.step ? { ...row, step: begun(row.step) } : row
}

/** `ocm fleet restart`. */
export const restart = changing('restart', fleetRestart)
/** `ocm fleet backup`. */
export const backup = changing('backup', fleetBackup)
/** `ocm fleet maintenance`. */
export const maintenance = changing('maintenance', fleetMaintenance, ({ args }) => ({
  on: args.required('set') === 'on',
  minutes: args.number('for') ?? null,
}))
/** `ocm fleet update`. */
export const update = changing('update', fleetUpdate, ({ args }) => ({
  to: args.required('to'),
  turn: args.flag('turn'),
}))
