import type { Operation, Report } from '../operations/operation.ts'
import { readPlan } from '../operations/planning.ts'
import { planOperation, runOperation } from '../operations/run-operation.ts'
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

/** Ties an operation that has a plan to its views. `command` is the key of the command that owns the confirmation. */
export function confirmedFlow<Input, Result, Step, Plan>(
  command: string,
  operation: Operation<Input, Result, Step, Plan>,
  views: ConfirmedViews<Result, Step, Plan>,
): ConfirmedFlow {
  return {
    operation,
    async ask(call, input, reason = null) {
      const { context, actor, confirmations, signal } = call
      const why = reason === null ? {} : { reason }
      const planned = await planOperation(context, actor, operation, input, { signal, ...why })
      const reader = call.readerNow()
      const confirmation = await confirmations.create({
        id: context.newId(),
        command,
        input: { ...input },
        plan: planned.plan,
        fingerprint: planned.fingerprint,
        reason,
        question: views.question(planned.plan, reader),
        requesterId: actor.id,
        requesterName: actor.name,
        locale: reader.locale,
        channelId: call.channelId,
        expiresAt: context.clock.now() + context.limits.confirmationMs,
      })
      if (call.answer.messageId !== null) await confirmations.attach(confirmation.id, call.answer.messageId)
      await call.answer.finish(views.plan(planned.plan, confirmation, reader, reason))
    },
    async run(call, confirmation) {
      const { context, actor, confirmations } = call
      const pressed = { id: actor.id, name: actor.name, at: context.clock.now() }
      const confirmed = {
        plan: readPlan(operation, confirmation.plan),
        fingerprint: confirmation.fingerprint,
      }
      const steps: Step[] = []
      call.answer.show(() => views.progress(confirmed.plan, steps, pressed, call.reader))
      try {
        const report = await runOperation(context, actor, operation, confirmation.input, {
          confirmed,
          signal: call.signal,
          ...(confirmation.reason === null ? {} : { reason: confirmation.reason }),
          onProgress: (step) => {
            steps.push(step)
            call.answer.show(() => views.progress(confirmed.plan, steps, pressed, call.readerNow()))
          },
        })
        await call.answer.finish(views.result(confirmed.plan, report, pressed, call.readerNow()))
      } finally {
        await confirmations.close(confirmation.id)
      }
    },
  }
}
