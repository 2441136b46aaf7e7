import type { FieldError } from '../api-error.ts'
import { asList, asNumber, asRecord, type Json } from '../json.ts'

const MAX_HOURS = 32 * 24

/** Ten answers, 32 days. */
export function pollErrors(body: Json): FieldError[] {
  const poll = asRecord(body.poll)
  if (poll === undefined) return []
  const errors: FieldError[] = []
  const answers = asList(poll.answers).length
  if (answers < 1 || answers > 10) {
    const message = 'Must be between 1 and 10 in length.'
    errors.push({ path: ['poll', 'answers'], code: 'BASE_TYPE_BAD_LENGTH', message })
  }
  if ((asNumber(poll.duration) ?? 24) > MAX_HOURS) {
    const message = `int value should be less than or equal to ${MAX_HOURS}.`
    errors.push({ path: ['poll', 'duration'], code: 'NUMBER_TYPE_MAX', message })
  }
  return errors
}
