import type { Confirmation } from '../operations/confirmations.ts'
import type { Operation, Report } from '../operations/operation.ts'
import { readPlan } from '../operations/planning.ts'
import { runConfirmed } from '../operations/run-confirmed.ts'
import { planOperation } from '../operations/run-operation.ts'
import type { Card } from './card.ts'
import type { Call, ConfirmedRun } from './command.ts'
import type { Reader } from './reader.ts'
import type { AskedBy, PressedBy } from './views/confirm.ts'

/** The faces of one confirmed operation. */
export interface ConfirmedViews<Result, Step, Plan> {
  /** The question in plain words, for what is left of the card when it runs out. */
  question(plan: Plan, reader: Reader): string
  plan(plan: Plan, asked: AskedBy, reader: Reader, reason: string | null): Card
  progress(plan: Plan, steps: readonly Step[], pressed: PressedBy, reader: Reader): Card
  result(plan: Plan, report: Report<Result>, pressed: PressedBy, reader: Reader): Card
}

/** A dangerous operation in Discord: asks with buttons, then runs exactly what was confirmed. */
export interface ConfirmedFlow {
  operation: Pick<Operation<unknown, unknown>, 'name'>
  ask(call: Call, input: Readonly<Record<string, unknown>>, reason?: string | null): Promise<void>
  run: ConfirmedRun
}

/** Ties an operation that has a plan to its views. */
export function confirmedFlow<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  views: ConfirmedViews<Result, Step, Plan>,
): ConfirmedFlow {
  return {
    operation,
    async ask(call, input, reason = null) {
      const { context, actor, answer, confirmations, questionCards, signal } = call
      const why = reason === null ? {} : { reason }
      const planned = await planOperation(context, actor, operation, input, { signal, ...why })
      const { plan } = planned
      const reader = call.readerNow()
      const asked = await confirmations.ask({ actor, operation, input, planned, reason })
      await questionCards.keep(asked.id, {
        question: views.question(plan, reader),
        locale: reader.locale,
        channelId: call.channelId,
        messageId: answer.messageId,
      })
      await answer.finish(views.plan(plan, askedBy(asked), reader, reason))
    },
    async run(call, confirmation) {
      const { actor, context, signal } = call
      const pressed = { id: actor.id, name: actor.name, at: context.clock.now() }
      const steps: Step[] = []
      const plan = readPlan(operation, confirmation.plan)
      call.answer.show(() => views.progress(plan, steps, pressed, call.reader))
      const report = await runConfirmed(call, operation, confirmation, {
        signal,
        onProgress: (step) => {
          steps.push(step)
          call.answer.show(() => views.progress(plan, steps, pressed, call.readerNow()))
        },
      })
      await call.answer.finish(views.result(plan, report, pressed, call.readerNow()))
    },
  }
}

function askedBy({ id, askedBy: who, expiresAt }: Confirmation): AskedBy {
  return { id, requesterId: who.id, requesterName: who.name, expiresAt }
}
