import type { FieldError } from '../api-error.ts'
import { asRecords, type Json } from '../json.ts'

/** The value of a text choice: 100 characters, which the schema does not say. */
export function autocompleteErrors(data: Json): FieldError[] {
  return asRecords(data.choices).flatMap((choice, index) => {
    if (typeof choice.value !== 'string' || [...choice.value].length <= 100) return []
    const message = 'Must be 100 or fewer in length.'
    return [{ path: ['choices', index, 'value'], code: 'BASE_TYPE_MAX_LENGTH', message }]
  })
}
