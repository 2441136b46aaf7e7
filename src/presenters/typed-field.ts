import { OperatorError } from '../base/errors.ts'

/** A place where something is typed: an option, an operand or an input of a form. */
export interface Typed {
  name: string
  /** The field of the operation's input that it becomes, where that is called otherwise. */
  field?: string
}

/** The place at which a person typed a field of an input; undefined where there is none. */
export function placeOfField<Place extends Typed>(places: readonly Place[], path: string): Place | undefined {
  const [field = ''] = path.split('.')
  const words = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  const called = ({ name }: Typed) => name === words || `${name}s` === words
  return (
    places.find((one) => one.field === field) ?? places.find((one) => one.field === undefined && called(one))
  )
}

/**
 * The error as it is told to whoever typed the input: by the name of the place where it was typed.
 * @param nameOf undefined leaves the field as it is
 */
export function inTypedWords(
  error: OperatorError,
  nameOf: (field: string) => string | undefined,
): OperatorError {
  const { code, params, detail, incident } = error
  const name = code === 'invalid-input' && typeof params.field === 'string' ? nameOf(params.field) : undefined
  if (name === undefined) return error
  const said = new OperatorError(
    code,
    { ...params, field: name },
    {
      cause: error,
      ...(detail === undefined ? {} : { detail }),
    },
  )
  said.incident = incident
  return said
}
