import { type Ending, EXIT_CODES } from './ending.ts'

/** The name of the shape that `--json` prints; a change that breaks readers gets a new number. docs/cli.md has it. */
export const SCHEMA = 'ocm/1'

/** But for line breaks, which JSON has between its parts alone. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu

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

/** What a call has to say to a program. */
export interface Answered {
  ending: Ending
  data: unknown
  /** Under which id the audit has it; null for what is no operation. */
  operationId: string | null
  startedAt: number | null
  durationMs: number | null
}

/** The envelope of an answer. */
export function envelopeOf(operation: string, answer: Answered): Envelope {
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

/**
 * JSON whose text is harmless on a terminal too: characters that control it or change how it reads are escaped, which
 * leaves the values as they are.
 */
export function jsonText(envelope: Envelope): string {
  const text = JSON.stringify(envelope, null, 2)
  return `${text.replace(CONTROLS, escaped)}\n`
}

/** A step of a run, as `--events` prints it while the run goes on. */
export interface StepEvent {
  schema: typeof SCHEMA
  event: 'step'
  operation: string
  /** Of the run that the step belongs to: of one within another, its own. */
  operationId: string
  /** ISO 8601. */
  at: string
  step: unknown
}

/** One line of JSON, as harmless on a terminal as {@link jsonText}. */
export function jsonLine(event: StepEvent | (Envelope & { event: 'result' })): string {
  return `${JSON.stringify(event).replace(CONTROLS, escaped)}\n`
}

function escaped(characters: string): string {
  let text = ''
  for (let index = 0; index < characters.length; index++)
    text += `\\u${characters.charCodeAt(index).toString(16).padStart(4, '0')}`
  return text
}
