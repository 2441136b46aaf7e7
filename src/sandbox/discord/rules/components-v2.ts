import type { FieldError } from '../api-error.ts'
import { asText, type Json } from '../json.ts'
import { unionChoices } from '../schema-errors.ts'
import { isComponentsV2 } from './content.ts'
import { ComponentType, walkComponents } from './walk.ts'

const MAX_COMPONENTS = 40
const MAX_TEXT = 4000

/** Whole-message limits of Components V2, and V2 components in a body that does not carry the flag. */
export function componentsV2Errors(body: Json): FieldError[] {
  const all = [...walkComponents(body.components)]
  if (!isComponentsV2(body)) {
    return all
      .filter(({ component, depth }) => depth === 0 && component.type !== ComponentType.actionRow)
      .map(({ path }) => unionChoices(path, [ComponentType.actionRow]))
  }
  const errors: FieldError[] = []
  if (all.length > MAX_COMPONENTS) {
    errors.push({
      path: ['components'],
      code: 'COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED',
      message: `The maximum number of total components is ${MAX_COMPONENTS}`,
    })
  }
  const text = all
    .filter(({ component }) => component.type === ComponentType.textDisplay)
    .reduce((sum, { component }) => sum + [...(asText(component.content) ?? '')].length, 0)
  if (text > MAX_TEXT) {
    errors.push({
      path: ['components'],
      code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
      message: `Components displayable text size exceeds maximum size of ${MAX_TEXT}`,
    })
  }
  return errors
}
