import { OperatorError } from '../base/errors.ts'
import type { Claim } from '../operations/confirmations.ts'
import type { OpenAnswer } from './answer.ts'
import type { Call, Command } from './command.ts'
import { closedQuestionView, type PressedBy } from './views/confirm.ts'
import { errorView } from './views/error.ts'

/** A press on one of the two buttons of a question, by who may answer it. */
export interface Press {
  call: Call
  answer: OpenAnswer
  claim: Claim
  id: string
  yes: boolean
  commands: readonly Command[]
}

/**
 * Uses the confirmation up and does what was confirmed. How the confirmed work ended stands where the question was,
 * for all to see.
 * @throws OperatorError as {@link Claim.decide}
 */
export async function pressConfirmation(press: Press): Promise<void> {
  const { call, answer, claim, id, yes, commands } = press
  const { actor, confirmations, context, questionCards } = call
  const pressed: PressedBy = { id: actor.id, name: actor.name, at: context.clock.now() }
  const question = questionCards.get(id)?.question ?? ''
  const confirmation = await claim.decide(yes ? 'yes' : 'no')
  try {
    if (!yes) {
      const closed = closedQuestionView({ how: 'cancelled', by: pressed }, question, call.reader)
      return await answer.finish(closed)
    }
    const run = commands.find(({ operation }) => operation.name === confirmation.operation)?.confirmed
    if (run) return await run(call, confirmation)
    await confirmations.close(id)
    throw new OperatorError('not-supported', { what: confirmation.operation })
  } catch (error) {
    const failure =
      error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
    failure.incident ??= context.newId()
    context.log.warn({ err: error, incident: failure.incident, confirmation: id }, 'confirmed work failed')
    await answer.finish(errorView(failure, call.readerNow(), pressed))
  } finally {
    await questionCards.forget(id).catch((error: unknown) => {
      context.log.warn({ err: error, confirmation: id }, 'the card of a question could not be forgotten')
    })
  }
}
