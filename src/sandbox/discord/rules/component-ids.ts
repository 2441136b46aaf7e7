import type { FieldError } from '../api-error.ts'
import type { Json } from '../json.ts'
import { walkComponents } from './walk.ts'

/** custom_id is unique in a message or modal, disabled components included; so is the numeric id. */
export function componentIdErrors(body: Json): FieldError[] {
  const customIds = new Set<string>()
  const ids = new Set<number>()
  const errors: FieldError[] = []
  for (const { component, path } of walkComponents(body.components)) {
    const { custom_id: customId, id } = component
    if (typeof customId === 'string') {
      if (customIds.has(customId)) errors.push(duplicated([...path, 'custom_id'], 'custom id', 'CUSTOM_ID'))
      customIds.add(customId)
    }
    if (typeof id === 'number' && id !== 0) {
      if (ids.has(id)) errors.push(duplicated([...path, 'id'], 'id', 'ID'))
      ids.add(id)
    }
  }
  return errors
}

function duplicated(path: FieldError['path'], what: string, code: string): FieldError {
  return {
    path,
    code: `COMPONENT_${code}_DUPLICATED`,
    message: `Component ${what} cannot be duplicated`,
  }
}
