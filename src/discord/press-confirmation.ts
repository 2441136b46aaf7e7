import { OperatorError } from '../base/errors.ts'
import type { OpenAnswer } from './answer.ts'
import type { Call, Command } from './command.ts'
import { closedQuestionView, type PressedBy } from './views/confirm.ts'
import { errorView } from './views/error.ts'

/** A press on one of the two buttons of a question. */
export interface Press {
  call: Call
  answer: OpenAnswer
  action: string
  id: string
  commands: ReadonlyMap<string, Command>
}

/**
 * Uses the confirmation up and does what was confirmed. What is wrong with the press itself (not yours, used up) is
 * told in private; how the confirmed work ended stands where the question was, for all to see.
 * @throws OperatorError confirmation-foreign, confirmation-used
 */
export async function pressConfirmation({ call, answer, action, id, commands }: Press): Promise<void> {
  const { actor, confirmations, context } = call
  const pressed: PressedBy = { id: actor.id, name: actor.name, at: context.clock.now() }
  try {
    const confirmation = await confirmations.take(id, actor.id, action === 'yes' ? 'yes' : 'no')
    if (action !== 'yes') {
      const closed = closedQuestionView({ how: 'cancelled', by: pressed }, confirmation.question, call.reader)
      return await answer.finish(closed)
    }
    const run = commands.get(confirmation.command)?.confirmed
    if (!run) throw new OperatorError('not-supported', { what: confirmation.command })
    await run(call, confirmation).catch((error: unknown) => {
      const failure =
        error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
      failure.incident ??= context.newId()
      context.log.warn({ err: error, incident: failure.incident, confirmation: id }, 'confirmed work failed')
      return answer.finish(errorView(failure, call.readerNow(), pressed))
    })
  } catch (error) {
    // Nothing will ever come of these buttons again: the card says so instead of offering them.
    if (error instanceof OperatorError && error.code === 'confirmation-expired')
      return answer.finish(errorView(error, call.readerNow()))
    throw error
  }
}
