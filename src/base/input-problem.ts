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
  'needs-host',
  'form-line',
  'openclaw-version',
  'secret-name',
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

/** What is wrong with an input: the field, the code, and the limit or the choices that hold. */
export type WrongInput = {
  field: string
  /** One of the several words of that field, as it was given. */
  given?: string
  problem: InputProblem
  min?: number
  max?: number
  choices?: string
}

/** So much of a word that was given is said again. */
const GIVEN_LENGTH = 64

/** The first thing that is wrong with an input, of which `given` is what came. */
export function inputProblem({ issues: [issue] }: z.ZodError, given: unknown): WrongInput {
  if (!issue) return { field: 'input', problem: 'bad-format' }
  return { ...placeOf(issue.path, given), ...problemOf(issue, given) }
}

/** A person knows a word that was typed, and not which one of a list it became. */
function placeOf(path: readonly PropertyKey[], given: unknown): Pick<WrongInput, 'field' | 'given'> {
  const word = typeof path.at(-1) === 'number' ? valueAt(given, path) : null
  if (typeof word !== 'string' || word === '') return { field: path.join('.') || 'input' }
  return { field: path.slice(0, -1).join('.'), given: word.slice(0, GIVEN_LENGTH) }
}

function problemOf(issue: z.core.$ZodIssue, given: unknown): Omit<WrongInput, 'field' | 'given'> {
  switch (issue.code) {
    case 'invalid_type':
      return { problem: isMissing(given, issue.path) ? 'missing' : 'wrong-type' }
    case 'unrecognized_keys':
      return { problem: 'unknown-key' }
    case 'too_small':
      return { problem: isLength(issue.origin) ? 'too-short' : 'too-small', min: Number(issue.minimum) }
    case 'too_big':
      return { problem: isLength(issue.origin) ? 'too-long' : 'too-big', max: Number(issue.maximum) }
    case 'invalid_value':
      return { problem: 'not-a-choice', choices: issue.values.map(String).join(', ') }
    default:
      return { problem: INPUT_FORMS.find((form) => form === issue.message) ?? 'bad-format' }
  }
}

/** A check does not say what it was given. */
function isMissing(given: unknown, path: readonly PropertyKey[]): boolean {
  return path.length > 0 && valueAt(given, path) === undefined
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given
  for (const part of path)
    value = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
  return value
}

function isLength(origin: string): boolean {
  return origin === 'string' || origin === 'array'
}
