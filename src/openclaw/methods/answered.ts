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

/** A gateway that has written a change and then cannot take it into use says this, and begins anew (run: 2026.9.6). */
const WRITTEN_PERHAPS = 'UNAVAILABLE'

/**
 * Waits for the answer to a change of the configuration. `UNAVAILABLE` is no refusal: the gateway may have written it.
 * @throws OperatorError as {@link answerTo}
 */
export async function answerToWrite<T>(change: Promise<T>): Promise<Answered<T>> {
  try {
    return await answerTo(change)
  } catch (error) {
    const refused = error instanceof OperatorError && error.code === 'gateway-refused'
    if (!refused || error.params.code !== WRITTEN_PERHAPS) throw error
    return { answered: false, reason: reasonOfError(error) }
  }
}
