import type { z } from 'zod'

/**
 * What a value should have been, as the message of a schema's check. Each has its text (`problem.<form>`), so that
 * people read it in their language.
 */
export const INPUT_FORMS = [
  'node-id',
  'tag',
  'host-name',
  'login-name',
  'remote-path',
  'unit-name',
  'ssh-address',
  'said-in-host',
  'incident-id',
  'needless-time',
  'agent-without-node',
  'node-and-tag',
  'node-or-tag-needed',
  'bot-id',
  'bot-workspace',
  'bot-binding',
] as const
export type InputForm = (typeof INPUT_FORMS)[number]

/** How an input can be wrong; `problem.<code>` in every language. */
export type InputProblem =
  | InputForm
  | 'missing'
  | 'wrong-type'
  | 'unknown-key'
  | 'too-small'
  | 'too-big'
  | 'too-short'
  | 'too-long'
  | 'not-a-choice'
  | 'bad-format'

/** The first thing that is wrong with an input, of which `given` is what came: the field, the code, and the limit or the choices that hold. */
export function inputProblem(
  { issues: [issue] }: z.ZodError,
  given: unknown,
): {
  field: string
  problem: InputProblem
  min?: number
  max?: number
  choices?: string
} {
  const field = issue?.path.join('.') || 'input'
  switch (issue?.code) {
    case 'invalid_type':
      return { field, problem: isMissing(given, issue.path) ? 'missing' : 'wrong-type' }
    case 'unrecognized_keys':
      return { field, problem: 'unknown-key' }
    case 'too_small':
      return {
        field,
        problem: isLength(issue.origin) ? 'too-short' : 'too-small',
        min: Number(issue.minimum),
      }
    case 'too_big':
      return { field, problem: isLength(issue.origin) ? 'too-long' : 'too-big', max: Number(issue.maximum) }
    case 'invalid_value':
      return { field, problem: 'not-a-choice', choices: issue.values.map(String).join(', ') }
    default:
      return { field, problem: INPUT_FORMS.find((form) => form === issue?.message) ?? 'bad-format' }
  }
}

/** A check does not say what it was given. */
function isMissing(given: unknown, path: readonly PropertyKey[]): boolean {
  let value = given
  for (const part of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  return path.length > 0 && value === undefined
}

function isLength(origin: string): boolean {
  return origin === 'string' || origin === 'array'
}
