import type { FieldError } from '../api-error.ts'
import { asList, asRecords, type Json } from '../json.ts'
import { isComponentsV2 } from './content.ts'
import { ComponentType, type Path, SELECT_TYPES, walkComponents } from './walk.ts'

/** Five rows in a message without V2; five buttons or one select in a row. */
export function actionRowErrors(body: Json): FieldError[] {
  const errors: FieldError[] = []
  if (!isComponentsV2(body) && asList(body.components).length > 5) errors.push(badLength(['components']))
  for (const { component, path } of walkComponents(body.components)) {
    if (component.type === ComponentType.actionRow) errors.push(...rowErrors(component, path))
  }
  return errors
}

function rowErrors(row: Json, path: Path): FieldError[] {
  const inside = asRecords(row.components)
  if (inside.length === 0 || inside.length > 5) return [badLength([...path, 'components'])]
  const selects = inside.filter((one) => SELECT_TYPES.includes(Number(one.type))).length
  if (selects === 0 || inside.length === 1) return []
  return [
    {
      path: [...path, 'components', inside.length - 1],
      code: 'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
      message: 'The specified component exceeds the maximum width',
    },
  ]
}

function badLength(path: Path): FieldError {
  return { path, code: 'BASE_TYPE_BAD_LENGTH', message: 'Must be between 1 and 5 in length.' }
}
