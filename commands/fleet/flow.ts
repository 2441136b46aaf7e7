import { ApplicationCommandOptionType } from 'discord.js'
import type { Call, ConfirmedRun } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { fleetPlanView, fleetProgressView, fleetResultView } from '../../src/discord/views/fleet.ts'
import type { FleetResult, FleetStep } from '../../src/operations/fleet-change.ts'
import type { FleetPlan } from '../../src/operations/fleet-plan.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { type FleetVerb, fleetQuestion } from '../../src/presenters/fleet.ts'
import { stopControl } from '../stop-control.ts'

/** The options that every change of many nodes has. */
export const tagOption = {
  type: ApplicationCommandOptionType.String,
  ...named('option.tag'),
  autocomplete: true,
  max_length: 32,
} as const
export const reasonOption = {
  type: ApplicationCommandOptionType.String,
  ...named('option.reason'),
  max_length: 300,
} as const

/** A change of many nodes in Discord: a plan, one card for the whole run, and a button that begins nothing more. */
export function fleetFlow<Input>(
  verb: FleetVerb,
  operation: Operation<Input, FleetResult, FleetStep, FleetPlan>,
) {
  const flow = (runId: string) =>
    confirmedFlow(operation, {
      question: (plan, { ink }) => fleetQuestion(verb, plan, ink),
      plan: (plan, asked, reader, why) => fleetPlanView(verb, plan, asked, reader, why),
      progress: (plan, steps, pressed, reader) =>
        fleetProgressView(verb, plan, steps, pressed, runId, reader),
      result: (_plan, report, pressed, reader) => fleetResultView(verb, report, pressed, reader),
    })
  const confirmed: ConfirmedRun = async (call, confirmation) => {
    const { id } = confirmation
    const signal = call.running.start(id, call.actor.id, call.signal)
    try {
      await flow(id).run({ ...call, signal }, confirmation)
    } finally {
      call.running.end(id)
    }
  }
  const ask = (call: Call, input: Readonly<Record<string, unknown>>, reason: string | null) =>
    flow('').ask(call, { ...input, reason }, reason)
  return { ask, confirmed, controls: { stop: stopControl(`fleet.${verb}.stopping`) } }
}
