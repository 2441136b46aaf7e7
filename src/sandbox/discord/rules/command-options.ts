import type { FieldError } from '../api-error.ts'
import { asList, asRecords, asText, type Json } from '../json.ts'
import { localisationErrors, nameErrors } from './command-names.ts'
import type { Path } from './walk.ts'

const SUBCOMMAND_TYPES = [1, 2]

/** The options of a command, subcommand or group, downwards. */
export function optionErrors(owner: Json, path: Path): FieldError[] {
  const options = asRecords(owner.options)
  return [
    ...orderErrors(options, path),
    ...uniqueErrors(options, path),
    ...mixErrors(options, path),
    ...options.flatMap((option, index) => oneErrors(option, [...path, 'options', index])),
  ]
}

function oneErrors(option: Json, path: Path): FieldError[] {
  return [
    ...nameErrors(asText(option.name), [...path, 'name']),
    ...localisationErrors(option, path),
    ...choiceErrors(option, path),
    ...(SUBCOMMAND_TYPES.includes(Number(option.type)) ? optionErrors(option, path) : []),
  ]
}

function orderErrors(options: Json[], path: Path): FieldError[] {
  const firstOptional = options.findIndex((option) => option.required !== true && isPlain(option))
  if (firstOptional === -1) return []
  return options.flatMap((option, index) => {
    if (index < firstOptional || option.required !== true) return []
    const message = 'Required options must be placed before non-required options'
    return [
      { path: [...path, 'options', index], code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', message },
    ]
  })
}

function uniqueErrors(options: Json[], path: Path): FieldError[] {
  return options.flatMap((option, index) => {
    if (options.findIndex((other) => other.name === option.name) === index) return []
    const message = `Option name ${String(option.name)} is already used in these options`
    return [
      {
        path: [...path, 'options', index, 'name'],
        code: 'APPLICATION_COMMAND_OPTIONS_NAME_INVALID',
        message,
      },
    ]
  })
}

/** Subcommands stand alone: never beside plain options. */
function mixErrors(options: Json[], path: Path): FieldError[] {
  const plain = options.filter(isPlain).length
  if (plain === 0 || plain === options.length) return []
  const index = options.findIndex((option) => isPlain(option) !== isPlain(options[0] ?? {}))
  const message = 'Sub-command and sub-command group option types are mutually exclusive to all other types'
  return [{ path: [...path, 'options', index], code: 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', message }]
}

function choiceErrors(option: Json, path: Path): FieldError[] {
  const choices = asRecords(option.choices)
  const errors: FieldError[] = []
  if (option.autocomplete === true && asList(option.choices).length > 0) {
    const message = 'Choices cannot be set for options with autocomplete'
    errors.push({ path: [...path, 'choices'], code: 'APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID', message })
  }
  for (const [index, choice] of choices.entries()) {
    const at = [...path, 'choices', index]
    if (choices.findIndex((other) => other.name === choice.name) !== index) {
      const message = `Choice name ${String(choice.name)} is already used in these choices`
      errors.push({ path: [...at, 'name'], code: 'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_INVALID', message })
    }
    if (typeof choice.value === 'string' && [...choice.value].length > 100)
      errors.push({
        path: [...at, 'value'],
        code: 'BASE_TYPE_MAX_LENGTH',
        message: 'Must be 100 or fewer in length.',
      })
    errors.push(...localisationErrors(choice, at, 'choice'))
  }
  return errors
}

function isPlain(option: Json): boolean {
  return !SUBCOMMAND_TYPES.includes(Number(option.type))
}
