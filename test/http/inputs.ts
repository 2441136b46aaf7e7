import fc, { type Arbitrary } from 'fast-check'

/** A schema of JSON, as far as the document of the API uses them. */
export interface JsonSchema {
  type?: string | string[]
  const?: unknown
  enum?: unknown[]
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
  allOf?: JsonSchema[]
  items?: JsonSchema | boolean
  properties?: Record<string, JsonSchema>
  required?: string[]
  pattern?: string
  minimum?: number
  maximum?: number
}

/** What programs send that mean no good, or were written in a hurry; and what nodes and people are called here. */
export const strange = (texts: readonly string[]): Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom(...texts),
    fc.constantFrom('alpha', 'beta', 'gone', 'main', 'latest', '1', '', '-', 'prod'),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, [], {}, [[]], { node: { $ne: null } }),
    fc.jsonValue({ maxDepth: 3 }),
  )

/** Values that fit a schema, or nearly: each part is now and then something strange. */
export function fitting(
  schema: JsonSchema | boolean | undefined,
  odd: Arbitrary<unknown>,
): Arbitrary<unknown> {
  if (typeof schema !== 'object') return odd
  const fits = exact(schema, odd)
  return fc.oneof({ weight: 4, arbitrary: fits }, { weight: 1, arbitrary: odd })
}

function exact(schema: JsonSchema, odd: Arbitrary<unknown>): Arbitrary<unknown> {
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf
  if (choices) return fc.oneof(...choices.map((one) => fitting(one, odd)))
  const [type] = [schema.type].flat()
  switch (type) {
    case 'string':
      if (schema.pattern === undefined) return fc.oneof(odd, fc.constantFrom('alpha', 'beta', 'gone', 'x'))
      return fc.oneof(
        fc.constantFrom('alpha', 'beta', 'gone', '20261128T235959Z-abcdef'),
        patterned(schema.pattern),
      )
    case 'integer':
    case 'number': {
      const { minimum = -1e9, maximum = 1e9 } = schema
      return fc.integer({ min: Math.max(-1e9, minimum), max: Math.min(1e9, Math.max(minimum, maximum)) })
    }
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'array':
      return fc.array(fitting(schema.items, odd), { maxLength: 3 })
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, one]) => [name, fitting(one, odd)]),
        ),
        { requiredKeys: schema.required ?? [] },
      )
    default:
      return odd
  }
}

/** Texts of a pattern; any text where the pattern is beyond what can be made up. */
function patterned(pattern: string): Arbitrary<string> {
  try {
    return fc.stringMatching(new RegExp(pattern, 'u'))
  } catch {
    return fc.string()
  }
}
