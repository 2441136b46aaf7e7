import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'
import type { Reason } from '../../base/reading.ts'
import { redactedStart } from '../../base/redact.ts'
import { optionalText, optionalTokens } from '../optional-fields.ts'
import type { NodeLink } from '../ports.ts'
import { reasonOfError } from '../reasons.ts'
import { sendChat } from './send-chat.ts'

/** What came of one turn that was asked for to see whether turns work. */
export type TurnSeen =
  | { seen: 'answered' }
  /** What OpenClaw said; untrusted. */
  | { seen: 'failed'; text: string }
  /** No model was asked: OpenClaw has no key for its provider. */
  | { seen: 'no-key'; text: string }
  | { seen: 'silent'; reason: Reason }
  | { seen: 'not-offered' }

/** A turn that was tried, and the session that could not be removed afterwards. */
export type TriedTurn = TurnSeen & { left: string | null }

const MESSAGE =
  'This is a health check after an update. Answer with the one word OK. Use no tools and change nothing.'
const NEEDED = ['chat.send', 'sessions.list', 'sessions.delete'] as const
const CALL_MS = 30_000
/** 2026.2.17 writes the row of a session about a second after it told of the end. */
const ROW_MS = 5_000
const POLL_MS = 250
const LONGEST = 300
/** OpenClaw's own words since 2026.2.17. */
const NO_KEY = /no api key found for provider/i

const rowSchema = z.object({
  key: z.string(),
  status: optionalText(64),
  outputTokens: optionalTokens,
})
const describedSchema = z.object({ session: z.unknown() })
const listedSchema = z.object({ sessions: z.array(z.unknown()) })
type Row = z.infer<typeof rowSchema>

/**
 * Runs one short turn of an agent in a session of its own, which is removed: no channel gets a message, and no
 * conversation of a person is touched. It has answered when the row of the session says that a model did: what an agent
 * says may be the words of OpenClaw itself (2026.2.17 tells a failure as an answer).
 */
export async function tryTurn(
  link: Pick<NodeLink, 'rpc' | 'events' | 'hello'>,
  agent: string,
  { clock, forMs }: { clock: Clock; forMs: number },
): Promise<TriedTurn> {
  const key = `agent:${agent}:ocm-check-${randomUUID().slice(0, 8)}`
  const endedBy = (error: unknown): TurnSeen => {
    if (!(error instanceof OperatorError) || error.code === 'gateway-refused')
      return { seen: 'failed', text: textOf(error) }
    return { seen: 'silent', reason: reasonOfError(error) }
  }
  let describes = false
  try {
    const { methods } = await link.hello({ deadlineMs: CALL_MS })
    if (NEEDED.some((method) => !methods.has(method))) return { seen: 'not-offered', left: null }
    describes = methods.has('sessions.describe')
  } catch (error) {
    return { ...endedBy(error), left: null }
  }
  const row = () => rowOf(link, key, describes)
  const seen = await turn(link, key, row, { clock, forMs }).catch(endedBy)
  return { ...seen, left: (await remove(link, key, row)) ? null : key }
}

async function turn(
  link: Pick<NodeLink, 'rpc' | 'events'>,
  key: string,
  row: () => Promise<Row | null>,
  { clock, forMs }: { clock: Clock; forMs: number },
): Promise<TurnSeen> {
  const said = await sendChat(link, { key, message: MESSAGE, params: { deliver: false } }, { clock, forMs })
  if (!said.answered) return { seen: 'silent', reason: said.reason }
  const { state, text } = said.answer
  if (NO_KEY.test(text)) return { seen: 'no-key', text: shown(text) }
  if (state === 'error' || text.trim() === '') return { seen: 'failed', text: shown(text) }
  const until = clock.monotonic() + ROW_MS
  for (;;) {
    const now = await row()
    if (now?.status === 'failed') return { seen: 'failed', text: shown(text) }
    if (now?.status === 'done' || (now?.outputTokens ?? 0) > 0) return { seen: 'answered' }
    if (clock.monotonic() >= until) return { seen: 'failed', text: shown(text) }
    await clock.sleep(POLL_MS)
  }
}

/** What runs in it is stopped first: a session that works is not removed by every version. */
async function remove(
  link: Pick<NodeLink, 'rpc'>,
  key: string,
  row: () => Promise<Row | null>,
): Promise<boolean> {
  const limits = { deadlineMs: CALL_MS }
  try {
    if ((await row()) === null) return true
    await link.rpc('chat.abort', { sessionKey: key }, limits).catch(() => null)
    await link.rpc('sessions.delete', { key, deleteTranscript: true }, limits)
    return (await row()) === null
  } catch {
    return false
  }
}

async function rowOf(link: Pick<NodeLink, 'rpc'>, key: string, describes: boolean): Promise<Row | null> {
  const limits = { deadlineMs: CALL_MS }
  if (describes) {
    const { payload } = await link.rpc('sessions.describe', { key }, limits)
    return rowSchema.safeParse(describedSchema.parse(payload).session).data ?? null
  }
  // The newest come first, and nothing is newer than this one.
  const { payload } = await link.rpc('sessions.list', { limit: 100 }, limits)
  const rows = listedSchema.parse(payload).sessions.map((one) => rowSchema.safeParse(one).data)
  return rows.find((one) => one?.key === key) ?? null
}

function textOf(error: unknown): string {
  if (error instanceof OperatorError) return shown(error.detail ?? error.code)
  return shown(error instanceof Error ? error.message : '')
}

function shown(text: string): string {
  return redactedStart(text, LONGEST)
}
