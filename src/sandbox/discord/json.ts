/** A JSON object of unknown shape, as it came over the wire. */
export type Json = Record<string, unknown>

export function asRecord(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

/** The list, or an empty one for anything else. */
export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Every object of a list; anything else in it is left out. */
export function asRecords(value: unknown): Json[] {
  return asList(value).flatMap((item): Json[] => {
    const record = asRecord(item)
    return record ? [record] : []
  })
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
