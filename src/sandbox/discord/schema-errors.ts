import type { z } from 'zod'
import type { FieldError } from './api-error.ts'
import { asList, asRecord } from './json.ts'

type Issue = z.core.$ZodIssue
type Path = (string | number)[]

/**
 * What the OpenAPI schema says about a body, in Discord's words. Of a union only the branch that the body's `type` means
 * is reported, as Discord does.
 */
export function schemaErrors(schema: z.ZodType, value: unknown): FieldError[] {
  const result = schema.safeParse(value)
  if (result.success) return []
  return result.error.issues.flatMap((issue) => translate(issue as Issue, [], value))
}

function translate(issue: Issue, before: Path, root: unknown): FieldError[] {
  const path = [...before, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))]
  if (issue.code === 'invalid_union') return fromUnion(issue.errors, path, root)
  if (issue.code === 'invalid_value' && path.length > 1 && path.at(-1) === 'type')
    return [unionChoices(path.slice(0, -1), issue.values.map(Number))]
  return [{ path, ...words(issue, valueAt(root, path)) }]
}

function fromUnion(branches: Issue[][], path: Path, root: unknown): FieldError[] {
  if (valueAt(root, path) === undefined) return [{ path, ...REQUIRED }]
  const ofThisType = branches.filter((issues) => !issues.some(isWrongType))
  const ofThisKind = ofThisType.filter((issues) => !issues.some(isWrongKind))
  const best = (ofThisKind.length > 0 ? ofThisKind : ofThisType).toSorted(
    (one, other) => one.length - other.length,
  )[0]
  if (best !== undefined && best.length > 0) return best.flatMap((issue) => translate(issue, path, root))
  const types = [...new Set(branches.flatMap((issues) => issues.filter(isWrongType).flatMap(allowedValues)))]
  return [
    unionChoices(
      path,
      types.map(Number).toSorted((one, other) => one - other),
    ),
  ]
}

/** Discord's answer for a component or option of a type that has no place there. */
export function unionChoices(path: Path, types: number[]): FieldError {
  const list = types.length === 1 ? `(${types[0]},)` : `(${types.join(', ')})`
  return { path, code: 'UNION_TYPE_CHOICES', message: `Value of field "type" must be one of ${list}.` }
}

const REQUIRED = { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }

/** The branch is for another component or option type. */
function isWrongType(issue: Issue): boolean {
  return issue.code === 'invalid_value' && issue.path.length === 1 && issue.path[0] === 'type'
}

/** The branch is for no value, or for another kind of value altogether. */
function isWrongKind(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0
}

function allowedValues(issue: Issue): unknown[] {
  return issue.code === 'invalid_value' ? issue.values : []
}

function words(issue: Issue, value: unknown): { code: string; message: string } {
  switch (issue.code) {
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum))
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum), value)
    case 'invalid_type':
      return value === undefined || value === null ? REQUIRED : wrongKind(issue.expected)
    case 'invalid_value':
      return {
        code: 'BASE_TYPE_CHOICES',
        message: `Value must be one of (${issue.values.map(String).join(', ')}).`,
      }
    case 'invalid_format':
      return issue.format === 'url'
        ? { code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }
        : { code: 'STRING_TYPE_REGEX', message: 'String value did not match validation regex.' }
    default:
      return { code: 'BASE_TYPE_INVALID', message: 'Invalid value' }
  }
}

function tooBig(origin: string, maximum: number): { code: string; message: string } {
  if (origin === 'string')
    return { code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${maximum} or fewer in length.` }
  if (origin === 'array')
    return { code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between 1 and ${maximum} in length.` }
  return { code: 'NUMBER_TYPE_MAX', message: `int value should be less than or equal to ${maximum}.` }
}

function tooSmall(origin: string, minimum: number, value: unknown): { code: string; message: string } {
  if (value === '') return REQUIRED
  if (origin === 'string' || origin === 'array')
    return { code: 'BASE_TYPE_BAD_LENGTH', message: `Must be ${minimum} or more in length.` }
  return { code: 'NUMBER_TYPE_MIN', message: `int value should be greater than or equal to ${minimum}.` }
}

function wrongKind(expected: string): { code: string; message: string } {
  if (expected === 'object')
    return { code: 'MODEL_TYPE_CONVERT', message: 'Only dictionaries may be used in a ModelType' }
  if (expected === 'array')
    return { code: 'LIST_TYPE_CONVERT', message: 'Only iterables may be used in a ListType' }
  if (expected === 'boolean')
    return { code: 'BOOLEAN_TYPE_CONVERT', message: 'Must be either true or false.' }
  if (expected === 'string') return { code: 'BASE_TYPE_INVALID', message: 'Could not interpret as string.' }
  return { code: 'NUMBER_TYPE_COERCE', message: `Value is not ${expected}.` }
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) => (typeof part === 'number' ? asList(value)[part] : asRecord(value)?.[part]),
    root,
  )
}
