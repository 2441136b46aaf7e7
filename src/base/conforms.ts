import type { ZodType } from 'zod'

type Check = (value: unknown) => boolean

/** What of the definition of a schema is looked at here. */
interface Definition {
  type: string
  checks?: readonly { _zod: { def: { check: string; value?: unknown; inclusive?: boolean } } }[]
  format?: string
  innerType?: ZodType
  element?: ZodType
  shape?: Record<string, ZodType>
  catchall?: ZodType
  fn?: Check
}

const made = new WeakMap<ZodType, Check>()

/**
 * Whether a value fits a schema that only checks and changes nothing: the verdict of `safeParse` without its copy of the
 * value and its list of issues, which cost ten times as much. What is not known here is left to `safeParse`.
 */
export function conforms(schema: ZodType, value: unknown): boolean {
  return checkFor(schema)(value)
}

/** {@link conforms} of one schema, for many values. */
export function checkFor(schema: ZodType): (value: unknown) => boolean {
  let check = made.get(schema)
  if (check === undefined) {
    check = checkOf(schema) ?? ((value) => schema.safeParse(value).success)
    made.set(schema, check)
  }
  return check
}

function checkOf(schema: ZodType): Check | null {
  const definition = schema._zod.def as unknown as Definition
  const { type, checks = [], innerType, element, fn } = definition
  if (type === 'number') return numberCheck(definition)
  if (checks.length > 0) return null
  switch (type) {
    case 'string':
    case 'boolean':
      return definition.format === undefined ? (value) => typeof value === type : null
    case 'enum': {
      const { values } = schema._zod
      return values === undefined ? null : (value) => values.has(value as string)
    }
    case 'nullable':
      return innerType === undefined ? null : nullableCheck(checkFor(innerType))
    case 'array':
      return element === undefined ? null : arrayCheck(checkFor(element))
    case 'object':
      return objectCheck(definition)
    case 'custom':
      return fn === undefined ? null : (value) => Boolean(fn(value))
    default:
      return null
  }
}

function nullableCheck(check: Check): Check {
  return (value) => value === null || check(value)
}

function arrayCheck(check: Check): Check {
  return (value) => Array.isArray(value) && value.every((one) => check(one))
}

/** Any number, or a whole one that is not below a bound. */
function numberCheck({ format, checks = [] }: Definition): Check | null {
  if (format !== undefined && format !== 'safeint') return null
  let least = Number.NEGATIVE_INFINITY
  for (const { _zod } of checks) {
    const { check, value, inclusive } = _zod.def
    if (check !== 'greater_than' || inclusive !== true || typeof value !== 'number') return null
    least = Math.max(least, value)
  }
  const isNumber = format === undefined ? Number.isFinite : Number.isSafeInteger
  return (value) => isNumber(value) && Number(value) >= least
}

/** An object with all of these keys and no other. */
function objectCheck({ shape, catchall }: Definition): Check | null {
  if (shape === undefined || catchall?._zod.def.type !== 'never') return null
  if (Object.values(shape).some(({ _zod }) => _zod.optin !== undefined)) return null
  const names: ReadonlySet<string> = new Set(Object.keys(shape))
  const fields = Object.entries(shape).map(([key, field]) => ({ key, check: checkFor(field) }))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
    let found = 0
    for (const { key, check } of fields) {
      const one = (value as Record<string, unknown>)[key]
      if (!check(one)) return false
      if (one !== undefined) found += 1
    }
    // As many keys as were found: there is no other among them.
    if (Object.keys(value).length === found) return true
    for (const key in value) if (!names.has(key)) return false
    return true
  }
}
