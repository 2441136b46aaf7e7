import type { OperatorError } from '../base/errors.ts'
import { inTypedWords, placeOfField } from '../presenters/typed-field.ts'
import type { Command } from './command.ts'
import type { Reader } from './reader.ts'

/** The error by the option at which the person typed what is wrong, as the person's client calls it. */
export function inWordsOf(
  command: Pick<Command, 'data' | 'fields'> | null,
  error: OperatorError,
  { locale }: Pick<Reader, 'locale'>,
): OperatorError {
  if (command === null) return error
  const { fields = {} } = command
  const options = (command.data.options ?? []).map((option) => {
    const field = Object.keys(fields).find((one) => fields[one] === option.name)
    return { ...option, ...(field === undefined ? {} : { field }) }
  })
  return inTypedWords(error, (field) => {
    const option = placeOfField(options, field)
    return locale === 'en' ? option?.name : (option?.name_localizations?.[locale] ?? option?.name)
  })
}
