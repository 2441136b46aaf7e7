import { asList, asRecord, type Json } from '../json.ts'

export type Path = (string | number)[]

export interface Placed {
  component: Json
  path: Path
  /** 0 for the top level of the message or modal. */
  depth: number
}

/** Discord's component type numbers. */
export const ComponentType = {
  actionRow: 1,
  button: 2,
  stringSelect: 3,
  textInput: 4,
  section: 9,
  textDisplay: 10,
  thumbnail: 11,
  mediaGallery: 12,
  file: 13,
  container: 17,
  label: 18,
  fileUpload: 19,
  radioGroup: 21,
  checkboxGroup: 22,
  checkbox: 23,
} as const

/** String, user, role, mentionable and channel select. */
export const SELECT_TYPES = [3, 5, 6, 7, 8]

/** Every component with its place, parents first, in the order in which Discord numbers them. */
export function* walkComponents(
  components: unknown,
  path: Path = ['components'],
  depth = 0,
): Generator<Placed> {
  for (const [index, item] of asList(components).entries()) {
    const component = asRecord(item)
    if (component !== undefined) yield* walkOne(component, [...path, index], depth)
  }
}

function* walkOne(component: Json, path: Path, depth: number): Generator<Placed> {
  yield { component, path, depth }
  yield* walkComponents(component.components, [...path, 'components'], depth + 1)
  for (const key of ['accessory', 'component']) {
    const inner = asRecord(component[key])
    if (inner !== undefined) yield* walkOne(inner, [...path, key], depth + 1)
  }
}
