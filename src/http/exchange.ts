import type { HttpBindings } from '@hono/node-server'
import type { Context as HonoContext } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { inputProblem } from '../base/input-problem.ts'
import { type Locale, localeOf } from '../base/locale.ts'
import type { Actor } from '../operations/access.ts'
import { EXIT_CODES } from '../presenters/ending.ts'
import { SCHEMA } from '../presenters/envelope.ts'
import { problemOf, saidOf, type Told } from './problem.ts'
import type { Run } from './runs.ts'

/** What the parts of the API know of a request. */
export interface Api {
  Bindings: HttpBindings
  Variables: { actor: Actor; locale: Locale }
}
export type Exchange = HonoContext<Api>

/** Under which every route of the API is. */
export const BASE = '/api/ocm'

/** Where a request came from: an IP address, which may be that of a proxy. */
export function remoteAddress(c: Exchange): string {
  return c.env.incoming.socket.remoteAddress ?? ''
}

/**
 * Aborts when whoever asked has gone before the answer was sent. The `Request` has such a signal too, but is only made
 * when somebody wants it, and that takes as long as everything else that a short answer costs.
 */
export function goneSignal({ env: { outgoing } }: Exchange): AbortSignal {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  return gone.signal
}

/** Whether only the head of the answer is asked for. */
export function isHead({ env }: Exchange): boolean {
  return env.incoming.method === 'HEAD'
}

/** The headers of an answer that goes to the connection as it is. */
export function headersOf(c: Exchange, status: ContentfulStatusCode): Record<string, string> {
  return Object.fromEntries(c.body(null, status).headers)
}

/** The body of a request for an operation. */
export const askedSchema = z.strictObject({
  input: z.record(z.string(), z.unknown()).optional(),
  /** Names the plan that is confirmed by this. */
  fingerprint: z.string().min(1).max(128).optional(),
  /** Goes into the audit. */
  reason: z.string().trim().min(1).max(400).optional(),
})
export type Asked = z.infer<typeof askedSchema>

/** @throws OperatorError body-type, body-unreadable, invalid-input */
export function askedOf(c: Exchange): Promise<Asked> {
  return bodyOf(c, askedSchema)
}

/** The body of a request as JSON; one that is empty is an empty object. @throws as {@link askedOf} */
export async function bodyOf<T>(c: Exchange, schema: z.ZodType<T>): Promise<T> {
  const text = await c.req.text()
  const type = c.req.header('content-type') ?? ''
  if (text !== '' && !/^application\/json *(?:;|$)/i.test(type)) throw new OperatorError('body-type')
  const raw = text === '' ? {} : parsed(text)
  const found = schema.safeParse(raw)
  if (found.success) return found.data
  throw new OperatorError('invalid-input', inputProblem(found.error, raw), { cause: found.error })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new OperatorError('body-unreadable', {}, { cause: error })
  }
}

/** The first language of the reader that ocm speaks. */
export function readerLocale(header: string | undefined, fallback: Locale): Locale {
  const wanted = (header ?? '')
    .slice(0, 200)
    .split(',')
    .map((part, index) => {
      const [tag = '', ...more] = part.trim().split(';')
      const weight = /^q=([01](?:\.\d{0,3})?)$/.exec(more.join(';').trim())?.[1]
      return { tag, weight: weight === undefined ? 1 : Number(weight), index }
    })
    .filter(({ tag, weight }) => weight > 0 && /^(?:en|ja|zh)\b/i.test(tag))
    .sort((a, b) => b.weight - a.weight || a.index - b.index)
  return localeOf(wanted[0]?.tag, fallback)
}

/** Whoever sends this header reads answers with eyes, and gets them in words, too. */
const READER = 'x-ocm'

/** Who reads the answer. */
export function toldTo(c: Exchange): Told {
  return c.req.header(READER) === undefined ? 'program' : 'page'
}

/** An error as the answer to a request. */
export function problemAnswer(c: Exchange, error: unknown): Response {
  const problem = problemOf(error, c.get('locale') ?? 'en', toldTo(c))
  const { seconds } = problem.params
  if (problem.code === 'node-busy') c.header('Retry-After', '5')
  if (problem.code === 'too-many-requests' && seconds !== undefined) c.header('Retry-After', String(seconds))
  if (problem.status === 401) c.header('WWW-Authenticate', 'Bearer realm="ocm"')
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
  })
}

/** A run as it is read: the envelope of its end, or of one that has none yet. */
export function runView({ record, steps, brake }: Run, c: Exchange) {
  const { end } = record
  return {
    schema: SCHEMA,
    operation: record.operation,
    state: end === null ? ('running' as const) : ('ended' as const),
    stopping: end === null && brake?.signal.aborted === true,
    outcome: end?.outcome ?? null,
    exitCode: end ? EXIT_CODES[end.outcome] : null,
    operationId: record.id,
    startedAt: new Date(record.startedAt).toISOString(),
    durationMs: end?.durationMs ?? null,
    data: end?.data ?? null,
    error: end?.error ? { ...end.error, ...saidOf(end.error, toldTo(c), c.get('locale')) } : null,
    steps,
  }
}
