import type { FieldError } from '../api-error.ts'
import { asList, asNumber, asRecords, type Json } from '../json.ts'
import { ComponentType, type Path, SELECT_TYPES, walkComponents } from './walk.ts'

/** Unique values, and counts that can be met. */
export function selectErrors(body: Json): FieldError[] {
  return [...walkComponents(body.components)].flatMap(({ component, path }) => {
    if (!SELECT_TYPES.includes(Number(component.type))) return []
    const range = rangeErrors(component, path)
    return component.type === ComponentType.stringSelect
      ? [...range, ...optionErrors(component, path)]
      : range
  })
}

function rangeErrors(select: Json, path: Path): FieldError[] {
  const errors: FieldError[] = []
  const min = asNumber(select.min_values) ?? 1
  const max = asNumber(select.max_values) ?? 1
  if (min > max) {
    const message = `int value should be less than or equal to ${max}.`
    errors.push({ path: [...path, 'min_values'], code: 'NUMBER_TYPE_MAX', message })
  }
  if (asList(select.default_values).length > max) errors.push(tooManyDefaults([...path, 'default_values']))
  return errors
}

function optionErrors(select: Json, path: Path): FieldError[] {
  const options = asRecords(select.options)
  const errors: FieldError[] = []
  const max = asNumber(select.max_values) ?? 1
  if (options.length === 0) {
    const message = 'Must be between 1 and 25 in length.'
    errors.push({ path: [...path, 'options'], code: 'BASE_TYPE_BAD_LENGTH', message })
  } else if (max > options.length) {
    const message = `int value should be less than or equal to ${options.length}.`
    errors.push({ path: [...path, 'max_values'], code: 'NUMBER_TYPE_MAX', message })
  }
  if (options.filter((option) => option.default === true).length > max)
    errors.push(tooManyDefaults([...path, 'options']))
  const seen = new Set<unknown>()
  for (const [index, option] of options.entries()) {
    if (seen.has(option.value)) {
      errors.push({
        path: [...path, 'options', index, 'value'],
        code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
        message: 'The specified option value is already used',
      })
    }
    seen.add(option.value)
  }
  return errors
}

function tooManyDefaults(path: Path): FieldError {
  const message = 'More default values are set than can be selected'
  return { path, code: 'SELECT_COMPONENT_TOO_MANY_DEFAULT_VALUES', message }
}
