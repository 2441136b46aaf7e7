import type { FieldError } from '../api-error.ts'
import { asList, asNumber, type Json } from '../json.ts'
import { ComponentType, type Path, walkComponents } from './walk.ts'

/** One to five top-level components, lengths that can be met, and nothing disabled. */
export function modalErrors(data: Json): FieldError[] {
  const errors: FieldError[] = []
  const count = asList(data.components).length
  if (count < 1 || count > 5) {
    const message = 'Must be between 1 and 5 in length.'
    errors.push({ path: ['components'], code: 'BASE_TYPE_BAD_LENGTH', message })
  }
  for (const { component, path } of walkComponents(data.components)) {
    errors.push(...inputErrors(component, path))
  }
  return errors
}

function inputErrors(component: Json, path: Path): FieldError[] {
  const errors: FieldError[] = []
  if (component.disabled === true) {
    const message = 'Components in modals cannot be disabled'
    errors.push({ path: [...path, 'disabled'], code: 'COMPONENT_DISABLED_NOT_ALLOWED', message })
  }
  const max = asNumber(component.max_length)
  if (
    component.type === ComponentType.textInput &&
    max !== undefined &&
    (asNumber(component.min_length) ?? 0) > max
  ) {
    const message = `int value should be less than or equal to ${max}.`
    errors.push({ path: [...path, 'min_length'], code: 'NUMBER_TYPE_MAX', message })
  }
  return errors
}
