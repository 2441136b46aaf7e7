import { OperatorError } from '../../base/errors.ts'
import type { Reason } from '../../base/reading.ts'
import { reasonOfError } from '../reasons.ts'

/** What became of a change that was asked for: the gateway's answer, or why none came although it was sent. */
export type Answered<T> = { answered: true; answer: T } | { answered: false; reason: Reason }

/**
 * Waits for the answer to a change. Once it was sent, silence is no failure: the gateway may have done it, or still be
 * doing it.
 * @throws OperatorError when nothing was sent, when the gateway refused, and cancelled
 */
export async function answerTo<T>(change: Promise<T>): Promise<Answered<T>> {
  try {
    return { answered: true, answer: await change }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.kind !== 'unknown' || error.code === 'cancelled')
      throw error
    return { answered: false, reason: reasonOfError(error) }
  }
}
