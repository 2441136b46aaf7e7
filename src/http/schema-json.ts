import { z } from 'zod'
import { readingSourceSchema, reasonSchema, valueSchemaOf } from '../base/reading-schema.ts'

export type Json = Record<string, unknown>

/** What stands in so many places of the document that it is there once, by its name. */
const SHARED = new Map<z.ZodType, string>([
  [reasonSchema, 'Reason'],
  [readingSourceSchema, 'ReadingSource'],
])

/** A part of the document by its name. */
export const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

/** Schemas that others refer to. */
export const sharedSchemas = (): Json =>
  Object.fromEntries([...SHARED].map(([schema, name]) => [name, withoutVersion(z.toJSONSchema(schema))]))

/** A schema as the document has it. What only a program can check is anything, but for a reading. */
export function schemaJson(schema: z.ZodType, io: 'input' | 'output' = 'output'): Json {
  const described = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      const known = zodSchema as unknown as z.ZodType
      const name = SHARED.get(known)
      const value = valueSchemaOf(known)
      if (name === undefined && value === null) return
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key as keyof typeof jsonSchema]
      Object.assign(
        jsonSchema,
        name === undefined ? readingJson(schemaJson(value as z.ZodType, io)) : ref(name),
      )
    },
  })
  return withoutVersion(described)
}

function withoutVersion({ $schema: _version, ...rest }: Json): Json {
  return rest
}

/** A value, from where and when; or why there is none, or why it may no longer hold. */
function readingJson(value: Json): Json {
  const known = { value, source: ref('ReadingSource'), limitedTo: { type: 'integer', minimum: 0 } }
  const source = { anyOf: [ref('ReadingSource'), { type: 'null' }] }
  const reason = ref('Reason')
  return {
    oneOf: [
      form({ freshness: { const: 'fresh' }, ...known }),
      form({ freshness: { const: 'stale' }, ...known, reason }),
      form({ freshness: { const: 'unknown' }, value: { type: 'null' }, source, reason }),
    ],
  }
}

function form(parts: Json): Json {
  const properties: Json = { ...parts, observedAt: { type: 'number' } }
  const required = Object.keys(properties).filter((name) => name !== 'limitedTo')
  return { type: 'object', properties, required, additionalProperties: false }
}
