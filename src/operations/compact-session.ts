import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reading } from '../base/reading.ts'
import type { GatewayEvent, NodeLink } from '../openclaw/ports.ts'
import type { Context } from './context.ts'
import type { FoundSession } from './find-session.ts'
import { definePlanned, type Outcome } from './operation.ts'
import { saveTranscript } from './save-transcript.ts'
import type { SessionChange, SessionPlan, SessionStep } from './session-plan.ts'
import {
  prepareSession,
  readAfterwards,
  sessionInputSchema,
  sessionPlanHolds,
  sessionPlanSchema,
} from './session-plan.ts'

/** A model has to write the summary: minutes on a large context. */
const COMPACTION_MS = 240_000

type Input = z.infer<typeof sessionInputSchema>

/**
 * Has OpenClaw summarise a session. `ok` alone says nothing: a gateway answers it also when it did nothing, so only
 * `compacted` counts, and afterwards the context is read anew.
 */
export const compactSession = definePlanned<Input, SessionChange, SessionStep, SessionPlan, FoundSession>({
  name: 'compact-session',
  access: 'operator',
  effect: 'change',
  input: sessionInputSchema,
  nodeOf: (input) => input.node,
  planSchema: sessionPlanSchema,
  prepare: prepareSession,
  holds: sessionPlanHolds,
  async run(context, input, call, { plan, seen: { link } }) {
    call.progress({ step: 'saving' })
    const transcript = await saveTranscript(context, link, input.session)
    call.progress({ step: 'acting' })
    const said =
      plan.method === 'rpc' ? await compactByRpc(link, input) : await compactByChat(context, link, input)
    call.progress({ step: 'verifying' })
    const after = await readAfterwards(context, call.node(), input.session, ({ context: { used } }) =>
      showsCompaction(said.compacted, plan.used, used),
    )
    const data: SessionChange = {
      nodeId: call.node().id,
      sessionKey: input.session,
      before: plan.used,
      after,
      transcript,
      refusal: said.refusal,
    }
    return { outcome: outcomeOf(said.compacted, data), data }
  },
})

/**
 * Whether the counter fell. Until the next turn OpenClaw only has an estimate, which counts as stale here (both
 * versions): enough to confirm what it said itself, not enough to prove what it did not say.
 */
function showsCompaction(
  compacted: boolean | null,
  before: Reading<number>,
  after: Reading<number>,
): boolean {
  if (before.value === null || after.value === null || after.value >= before.value) return false
  return after.freshness === 'fresh' || compacted === true
}

function outcomeOf(compacted: boolean | null, { before, after }: SessionChange): Outcome {
  if (showsCompaction(compacted, before, after)) return 'done'
  if (compacted === false) return 'failed'
  // OpenClaw says that it compacted, and the counter does not show it (yet): not wrong, not proven.
  return compacted && after.freshness === 'fresh' ? 'partial' : 'unknown'
}

interface Said {
  /** null when the gateway did not say. */
  compacted: boolean | null
  refusal: string | null
}

const replySchema = z.looseObject({
  compacted: z.boolean().optional(),
  reason: z.string().nullish(),
})

async function compactByRpc(link: NodeLink, { session }: Input): Promise<Said> {
  const answer = await link.rpc('sessions.compact', { key: session }, { deadlineMs: COMPACTION_MS })
  const { compacted, reason } = replySchema.parse(answer.payload)
  return {
    compacted: compacted === true,
    refusal: compacted ? null : (reason ?? 'no reason given').slice(0, 300),
  }
}

const chatSchema = z.looseObject({
  runId: z.string().optional(),
  sessionKey: z.string().optional(),
  state: z.string().optional(),
  errorMessage: z.string().optional(),
  message: z.looseObject({ content: z.unknown() }).optional(),
})

/**
 * Old gateways compact only on the message `/compact`; their `sessions.compact` truncates the transcript instead. The
 * answer is the `chat` event that ends the run: `agent.wait` never resolves for a command (2026.2.17).
 */
async function compactByChat(context: Context, link: NodeLink, { session }: Input): Promise<Said> {
  const runId = randomUUID()
  const timer = new AbortController()
  let unsubscribe = () => {}
  const ended = new Promise<Said>((resolve) => {
    const listener = ({ event, payload }: GatewayEvent) => {
      const chat = event === 'chat' ? chatSchema.safeParse(payload).data : undefined
      if (!chat || chat.sessionKey !== session || (chat.runId !== undefined && chat.runId !== runId)) return
      if (chat.state === 'error')
        resolve({ compacted: false, refusal: (chat.errorMessage ?? '').slice(0, 300) })
      if (chat.state === 'final') resolve(readFinal(textOf(chat.message?.content)))
    }
    unsubscribe = link.events(listener, () => resolve({ compacted: null, refusal: null }))
    context.clock.sleep(COMPACTION_MS, timer.signal).then(
      () => resolve({ compacted: null, refusal: null }),
      () => {},
    )
  })
  try {
    await link.rpc(
      'chat.send',
      { sessionKey: session, message: '/compact', idempotencyKey: runId },
      { deadlineMs: 60_000 },
    )
    return await ended
  } finally {
    timer.abort()
    unsubscribe()
  }
}

/** OpenClaw's own words: `⚙️ Compacted (113k → 26k) • …`, or why not. */
function readFinal(text: string): Said {
  if (text === '') return { compacted: null, refusal: null }
  return /compacted \(/i.test(text)
    ? { compacted: true, refusal: null }
    : {
        compacted: /nothing to compact|skipped|failed/i.test(text) ? false : null,
        refusal: text.slice(0, 300),
      }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = z.array(z.looseObject({ text: z.string().optional() })).safeParse(content)
  return parts.success ? parts.data.map(({ text }) => text ?? '').join('') : ''
}
