import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { GatewayHello, NodeLink } from '../ports.ts'
import { hasFeature } from '../versions.ts'
import { type Answered, answerTo } from './answered.ts'
import { sendChat } from './send-chat.ts'

/** A model has to write the summary: minutes on a large context, 166 s seen on a busy machine. */
export const COMPACTION_MS = 240_000

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

async function compactByChat(
  link: Pick<NodeLink, 'rpc' | 'events'>,
  key: string,
  clock: Clock,
): Promise<Answered<CompactionAnswer>> {
  const said = await sendChat(link, { key, message: '/compact' }, { clock, forMs: COMPACTION_MS })
  if (!said.answered) return said
  const { state, text } = said.answer
  return { answered: true, answer: state === 'error' ? refused(text) : readFinal(text) }
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
