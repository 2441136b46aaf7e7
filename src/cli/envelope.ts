import { ERROR_CODES, OperatorError } from '../base/errors.ts'
import type { Answer } from './command.ts'
import { type Ending, EXIT_CODES } from './exit-code.ts'
import { fullText, type Said } from './explain.ts'
import { UsageError } from './usage-error.ts'

/** The name of the shape that `--json` prints; a change that breaks readers gets a new number. docs/cli.md has it. */
export const SCHEMA = 'ocm/1'

/** What `--json` prints: always one object, also for errors. */
export interface Envelope {
  schema: typeof SCHEMA
  operation: string | null
  outcome: Ending
  exitCode: number
  /** Under which id the audit has it. */
  operationId: string | null
  /** ISO 8601. */
  startedAt: string | null
  durationMs: number | null
  data: unknown
  error: EnvelopeError | null
}

export interface EnvelopeError {
  /** A code of docs/cli.md; never a sentence. */
  code: string
  params: Readonly<Record<string, string | number>>
  /** For people, in the language of the call. */
  message: string
  next: string | null
  /** What a remote machine said; untrusted. */
  detail: string | null
}

/** The envelope of an answer to a command. */
export function envelopeOf(operation: string, answer: Answer): Envelope {
  return {
    schema: SCHEMA,
    operation,
    outcome: answer.ending,
    exitCode: EXIT_CODES[answer.ending],
    operationId: answer.operationId,
    startedAt: answer.startedAt === null ? null : new Date(answer.startedAt).toISOString(),
    durationMs: answer.durationMs,
    data: answer.data ?? null,
    error: null,
  }
}

/** The envelope of a failure; `data` is what was known before it, for example the plan that was not confirmed. */
export function errorEnvelope(
  error: unknown,
  said: Said,
  known: { operation: string | null; data?: unknown },
): Envelope {
  const ending = endingOf(error)
  return {
    schema: SCHEMA,
    operation: known.operation,
    outcome: ending,
    exitCode: EXIT_CODES[ending],
    operationId: error instanceof OperatorError ? error.incident : null,
    startedAt: null,
    durationMs: null,
    data: known.data ?? null,
    error: {
      code: codeOf(error),
      params: error instanceof OperatorError || error instanceof UsageError ? error.params : {},
      message: said.message,
      next: said.next,
      detail: said.detail === null ? null : fullText(said.detail),
    },
  }
}

/** How a call that threw has ended. */
export function endingOf(error: unknown): Ending {
  if (error instanceof UsageError) return 'usage'
  return error instanceof OperatorError ? ERROR_CODES[error.code] : 'internal'
}

function codeOf(error: unknown): string {
  return error instanceof OperatorError || error instanceof UsageError ? error.code : 'internal'
}

/**
 * JSON whose text is harmless on a terminal too: characters that control it or change how it reads are escaped, which
 * leaves the values as they are.
 */
export function jsonText(envelope: Envelope): string {
  const text = JSON.stringify(envelope, null, 2)
  return `${text.replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, escaped)}\n`
}

function escaped(characters: string): string {
  let text = ''
  for (let index = 0; index < characters.length; index++)
    text += `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`
  return text
}
