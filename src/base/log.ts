import { createRequire } from 'node:module'
import type { DestinationStream, Logger } from 'pino'
import { OperatorError } from './errors.ts'
import { type Redactor, redactedStart } from './redact.ts'
import { secretName } from './secret-names.ts'

/** Structured log. Messages are static; facts go into the fields; secrets are redacted at the sink. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** The levels of the log, quietest last. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const requireHere = createRequire(import.meta.url)
const MAX_DEPTH = 6
const MAX_ITEMS = 100
const MAX_CHARACTERS = 8_192
/** Whether the value of a field never belongs in a log, whatever it looks like. */
function isSecretField(name: string): boolean {
  const kind = secretName(name)
  return kind !== null && kind !== 'address'
}

/**
 * A log of one JSON object per line. Writing is synchronous, so that the lines before a crash are there; every string
 * passes the redactor, and long or deep fields are cut.
 * @param options.destination where lines go; standard error when left out, because standard output is for results
 */
export function createLog(options: {
  level: LogLevel
  redactor: Redactor
  destination?: DestinationStream
}): Log {
  let opened: Logger | null = null
  const maskFor = (owner: string | undefined) => (text: string) =>
    cut(
      redactedStart(text, MAX_CHARACTERS + 1, (piece) => options.redactor.redact(piece, owner).text),
      MAX_CHARACTERS,
    )
  const line = (level: Exclude<LogLevel, 'silent'>) => (fields: object, message: string) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(options.level)) return
    opened ??= openLogger(options.level, options.destination)
    const mask = maskFor('node' in fields && typeof fields.node === 'string' ? fields.node : undefined)
    opened[level](cleanFields(fields, mask), mask(message))
  }
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }
}

/** A command that has nothing to log loads no log: the package is asked for by the first line. */
function openLogger(level: LogLevel, destination: DestinationStream | undefined): Logger {
  const { pino } = requireHere('pino') as typeof import('pino')
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Errors are already plain objects here; pino's own serializer would drop their causes.
      serializers: { err: (value: unknown) => value },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  )
}

type Mask = (text: string) => string

/** A log line must never be the reason why something fails, whatever it is given. */
function cleanFields(fields: object, mask: Mask): object {
  try {
    const clean = cleanValue(fields, mask, 0)
    return typeof clean === 'object' && clean !== null ? clean : { value: clean }
  } catch {
    return { fields: '[unreadable]' }
  }
}

function cleanValue(value: unknown, mask: Mask, depth: number): unknown {
  if (typeof value === 'string') return mask(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[deep]'
  if (value instanceof Error) return cleanError(value, mask, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value))
    return value.slice(0, MAX_ITEMS).map((item: unknown) => cleanValue(item, mask, depth + 1))
  if (value instanceof Map || value instanceof Set) return cleanValue([...value], mask, depth)
  return cleanObject(value, mask, depth)
}

function cleanObject(value: object, mask: Mask, depth: number): Record<string, unknown> {
  const clean: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(value).slice(0, MAX_ITEMS)) {
    const hide = isSecretField(key) && typeof part === 'string' && part !== ''
    clean[mask(key)] = hide ? '***' : cleanValue(part, mask, depth + 1)
  }
  return clean
}

function cleanError(error: Error, mask: Mask, depth: number): Record<string, unknown> {
  const known = error instanceof OperatorError
  return {
    name: error.name,
    message: mask(error.message),
    ...('code' in error ? { code: cleanValue(error.code, mask, depth + 1) } : {}),
    ...(known && error.detail !== undefined ? { detail: mask(error.detail) } : {}),
    stack: mask(error.stack ?? ''),
    ...(error.cause === undefined ? {} : { cause: cleanValue(error.cause, mask, depth + 1) }),
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
