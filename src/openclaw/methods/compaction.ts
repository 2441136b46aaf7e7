import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Reason } from '../../base/reading.ts'
import type { GatewayHello, NodeLink } from '../ports.ts'
import { hasFeature } from '../versions.ts'
import { type Answered, answerTo } from './answered.ts'
import { parseChatEnd } from './chat-event.ts'

/** A model has to write the summary: minutes on a large context, 166 s seen on a busy machine. */
export const COMPACTION_MS = 240_000
const SEND_MS = 60_000

/**
 * How a session is compacted. `rpc`: sessions.compact; `chat`: the message /compact, which every version understands.
 */
export type CompactionWay = 'rpc' | 'chat'

/**
 * The way of a gateway. Where it is not certain that `sessions.compact` has the model summarise, the message is sent:
 * before 2026.4.14 the method cuts the transcript instead. `sessions.compaction.list` came with the change.
 */
export function compactionWay(hello: Pick<GatewayHello, 'methods'>, version: string | null): CompactionWay {
  if (!hello.methods.has('sessions.compact')) return 'chat'
  const summarises = hasFeature(version, 'compact-by-model') ?? hello.methods.has('sessions.compaction.list')
  return summarises ? 'rpc' : 'chat'
}

/** What OpenClaw said of a compaction. */
export interface CompactionAnswer {
  /** Null when its words are not understood. */
  compacted: boolean | null
  /** What it said when it did nothing; untrusted. */
  refusal: string | null
}

/**
 * Has OpenClaw summarise a session. Takes minutes; once it was asked, the work goes on whether or not an answer comes.
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export async function compactSession(
  link: Pick<NodeLink, 'rpc' | 'events'>,
  key: string,
  { way, clock }: { way: CompactionWay; clock: Clock },
): Promise<Answered<CompactionAnswer>> {
  return way === 'rpc' ? await answerTo(compactByRpc(link, key)) : await compactByChat(link, key, clock)
}

const replySchema = z.looseObject({
  compacted: z.boolean().optional(),
  reason: z.string().nullish(),
})

/** `ok` alone says nothing: a gateway answers it also when it did nothing. */
async function compactByRpc(link: Pick<NodeLink, 'rpc'>, key: string): Promise<CompactionAnswer> {
  const { payload } = await link.rpc('sessions.compact', { key }, { deadlineMs: COMPACTION_MS })
  const reply = replySchema.safeParse(payload).data
  if (reply === undefined) return { compacted: null, refusal: null }
  const { compacted, reason } = reply
  return {
    compacted: compacted === true,
    refusal: compacted ? null : (reason ?? 'no reason given').slice(0, 300),
  }
}

/**
 * The answer is the `chat` event that ends the run: `agent.wait` never resolves for a command (2026.2.17). Without
 * events the end of the work cannot be heard.
 */
async function compactByChat(
  link: Pick<NodeLink, 'rpc' | 'events'>,
  key: string,
  clock: Clock,
): Promise<Answered<CompactionAnswer>> {
  const runId = randomUUID()
  const timer = new AbortController()
  let unsubscribe = () => {}
  const ended = new Promise<Answered<CompactionAnswer>>((resolve) => {
    const silent = (reason: Reason) => resolve({ answered: false, reason })
    unsubscribe = link.events(
      (event) => {
        const end = parseChatEnd(event)
        if (end === null || end.sessionKey !== key || (end.runId !== null && end.runId !== runId)) return
        resolve({ answered: true, answer: end.state === 'error' ? refused(end.text) : readFinal(end.text) })
      },
      () => silent({ code: 'connection-lost' }),
    )
    clock.sleep(COMPACTION_MS, timer.signal).then(
      () => silent({ code: 'deadline', params: { ms: COMPACTION_MS } }),
      () => {},
    )
  })
  try {
    const message = { sessionKey: key, message: '/compact', idempotencyKey: runId }
    const sent = await answerTo(link.rpc('chat.send', message, { deadlineMs: SEND_MS }))
    return sent.answered ? await ended : sent
  } finally {
    timer.abort()
    unsubscribe()
  }
}

function refused(text: string): CompactionAnswer {
  return { compacted: false, refusal: text.slice(0, 300) }
}

/** OpenClaw's own words: `⚙️ Compacted (113k → 26k) • …`, `Compacted (172k before) • …`, or why not. */
function readFinal(text: string): CompactionAnswer {
  if (text === '') return { compacted: null, refusal: null }
  if (/\bcompacted\b/i.test(text)) return { compacted: true, refusal: null }
  return /nothing to compact|skipped|failed/i.test(text)
    ? refused(text)
    : { compacted: null, refusal: text.slice(0, 300) }
}
