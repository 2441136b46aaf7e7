import { randomUUID } from 'node:crypto'
import { machineClock } from '../../clock.ts'
import type { ServiceTimings, TurnFlaw } from '../control.ts'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { changedPayload, type RowContext } from './session-rows.ts'
import type { SessionBook, SessionState } from './sessions.ts'
import { OVERFLOW, overflowDetail, WEDGED, whyNoAnswer } from './turn-failures.ts'
import { COMPACTED_SHARE, OUTPUT_TOKENS, PROMPT_OVERHEAD } from './turn-sizes.ts'

const FOREVER_MS = 86_400_000

export type TurnEnd = 'done' | 'failed'

/** What a compaction did. `reason` is set when nothing was compacted. */
export interface Compaction {
  compacted: boolean
  tokensBefore: number
  tokensAfter: number | null
  reason: string | null
}

export interface TurnsOptions {
  book: SessionBook
  timings: ServiceTimings
  rowContext: () => RowContext
  /** Sends an event to the gateway's clients; `subscribed` ones only where the release knows subscriptions. */
  emit: (event: string, payload: Json, audience: 'all' | 'subscribed') => void
  log: (message: string, level?: 'info' | 'warn' | 'error') => void
}

/** Runs the agents' turns: contexts grow, the provider refuses, OpenClaw compacts, and clients hear of it. */
export class Turns {
  /** How the turns of the running release go wrong; null for a release that is whole. */
  flaw: TurnFlaw | null = null
  readonly #options: TurnsOptions
  readonly #running = new Set<SessionState>()
  readonly #held = new Set<SessionState>()
  #life = new AbortController()
  #idle: (() => void)[] = []

  constructor(options: TurnsOptions) {
    this.#options = options
  }

  get active(): number {
    return this.#running.size
  }

  /**
   * Runs one turn that adds `tokens` to a session's prompt. `answer` is what the agent says.
   * Resolves when the turn ended; an interrupted turn has failed.
   */
  async run(
    session: SessionState,
    tokens: number,
    message: string,
    runId: string = randomUUID(),
  ): Promise<TurnEnd> {
    this.#begin(session, runId)
    session.messages.push({ role: 'user', text: message, at: this.#now() })
    try {
      await this.#work(this.#options.timings.turnMs)
      if (this.flaw === 'turns-silent') await this.#work(FOREVER_MS)
      else if (this.flaw !== null) return this.#refuse(session, runId, this.flaw)
      const refusal = await this.#answer(session, tokens)
      if (refusal) return this.#fail(session, runId, refusal)
      return this.#finish(session, runId, `ok (${session.totalTokens} in)`)
    } catch {
      this.#leave(session, 'failed', 'Run interrupted by gateway restart')
      return 'failed'
    }
  }

  /** Begins a turn that only {@link release} or the end of the process ends. */
  hold(session: SessionState): void {
    this.#held.add(session)
    this.#begin(session, randomUUID())
  }

  /** Ends the held turns. */
  release(): void {
    for (const session of this.#held) {
      this.#finish(session, session.lastRunId ?? '', 'done')
    }
    this.#held.clear()
  }

  /** Ends a turn of which nothing is heard. @returns false where none runs */
  abort(session: SessionState): boolean {
    if (this.flaw !== 'turns-silent' || !this.#running.has(session)) return false
    this.#leave(session, 'failed', 'Run aborted')
    return true
  }

  /** Compacts a conversation; the result says whether anything was compacted. */
  async compact(session: SessionState): Promise<Compaction> {
    const before = session.totalTokens ?? 0
    const refusal = this.#refuseCompaction(session)
    if (refusal) return { compacted: false, tokensBefore: before, tokensAfter: null, reason: refusal }
    this.#operation(session, { phase: 'start' })
    await this.#work(this.#options.timings.compactMs)
    if (session.spec.wedged) {
      this.#operation(session, { phase: 'end', completed: false })
      const reason = 'Compaction failed: summary was rejected by the quality guard'
      return { compacted: false, tokensBefore: before, tokensAfter: null, reason }
    }
    const estimate = Math.round(before * COMPACTED_SHARE)
    const known = session.spec.compactionSizeKnown !== false
    // The command of the early releases leaves the row alone when the model did not say how large the summary is.
    if (known || isSince(this.#options.rowContext().version, '2026.4.14')) {
      session.totalTokens = known ? estimate : null
      session.fresh = known
      session.inputTokens = null
    } else session.silentlyCompactedTo = estimate
    session.owesOverhead = true
    session.compactions += 1
    session.updatedAt = this.#now()
    session.messages.splice(0, Math.max(0, session.messages.length - 2))
    this.#options.book.save(session.agentId)
    this.#operation(session, { phase: 'end', completed: true })
    this.changed(session, { reason: 'compact' })
    return { compacted: true, tokensBefore: before, tokensAfter: known ? estimate : null, reason: null }
  }

  /** Tells subscribed clients that a session's row changed. */
  changed(session: SessionState, why: Json): void {
    const context = this.#options.rowContext()
    if (!isSince(context.version, '2026.3.31')) return
    this.#options.emit('sessions.changed', changedPayload(session, why, context), 'subscribed')
  }

  /** Sends a chat event; `state` is `delta`, `final`, `error` or `status`. */
  chat(session: SessionState, runId: string, payload: Json): void {
    const old = !isSince(this.#options.rowContext().version, '2026.5.12')
    const agent = old ? {} : { agentId: session.agentId }
    this.#options.emit('chat', { runId, sessionKey: session.key, ...agent, seq: 1, ...payload }, 'all')
  }

  /** The final chat event with a text of the assistant. */
  say(session: SessionState, runId: string, text: string): void {
    const message = { role: 'assistant', content: [{ type: 'text', text }], timestamp: this.#now() }
    const old = !isSince(this.#options.rowContext().version, '2026.5.12')
    this.chat(session, runId, { state: 'final', ...(old ? {} : { stopReason: 'stop' }), message })
  }

  /** The process ended: whatever ran has failed. */
  interrupt(): void {
    this.#life.abort(new Error('the gateway ended'))
    this.#life = new AbortController()
    for (const session of this.#held) this.#leave(session, 'failed', 'Run interrupted by gateway restart')
    this.#held.clear()
  }

  /** Resolves when no turn runs, or rejects with the signal's reason. */
  drained(signal: AbortSignal): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#idle.push(resolve)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  async #answer(
    session: SessionState,
    tokens: number,
  ): Promise<{ kind: 'overflow' | 'wedged'; prompt: number } | null> {
    const { book } = this.#options
    if (sizeOf(session) >= book.compactionThresholdOf(session)) {
      const { compacted } = await this.compact(session)
      if (!compacted) return { kind: 'wedged', prompt: session.totalTokens ?? 0 }
    }
    const limit = book.windowOf(session) - book.maxTokensOf(session)
    let prompt = this.#promptOf(session, tokens)
    if (prompt > limit) {
      if (!session.spec.recovers) return { kind: 'overflow', prompt }
      const { compacted } = await this.compact(session)
      prompt = this.#promptOf(session, tokens)
      if (!compacted || prompt > limit) return { kind: 'wedged', prompt }
    }
    session.totalTokens = prompt
    session.silentlyCompactedTo = null
    session.inputTokens = prompt
    session.fresh = true
    session.owesOverhead = false
    session.outputTokens = OUTPUT_TOKENS
    session.costUsd += (prompt * 3 + OUTPUT_TOKENS * 15) / 1_000_000
    return null
  }

  #promptOf(session: SessionState, tokens: number): number {
    const overhead = session.owesOverhead || session.turns === 0 ? PROMPT_OVERHEAD : 0
    return sizeOf(session) + overhead + tokens
  }

  #refuseCompaction(session: SessionState): string | null {
    if (session.messages.length === 0 || (session.totalTokens ?? 0) === 0) {
      return 'Nothing to compact (session too small)'
    }
    return null
  }

  #begin(session: SessionState, runId: string): void {
    const now = this.#now()
    this.#running.add(session)
    Object.assign(session, { status: 'running', lastRunId: runId, startedAt: now, updatedAt: now })
    session.lastInteractionAt = now
    session.lastRunError = null
    this.changed(session, { reason: 'send' })
    this.#lifecycle(session, runId, { phase: 'start', startedAt: now })
    this.changed(session, { phase: 'start', runId })
  }

  #finish(session: SessionState, runId: string, text: string): TurnEnd {
    session.messages.push({ role: 'assistant', text, at: this.#now() })
    this.#leave(session, 'done', null)
    this.#lifecycle(session, runId, { phase: 'end', endedAt: this.#now() })
    this.say(session, runId, text)
    this.changed(session, { phase: 'end', runId })
    return 'done'
  }

  #fail(
    session: SessionState,
    runId: string,
    refusal: { kind: 'overflow' | 'wedged'; prompt: number },
  ): TurnEnd {
    const { book, rowContext, log } = this.#options
    const sum = `${refusal.prompt} + ${book.maxTokensOf(session)} > ${book.windowOf(session)}`
    const text = refusal.kind === 'wedged' ? WEDGED : OVERFLOW
    this.#leave(session, 'failed', text)
    this.#lifecycle(session, runId, { phase: 'error', error: text, endedAt: this.#now() })
    log(`embedded run failed: sessionKey=${session.key} context_overflow: ${sum}`, 'error')
    if (!isSince(rowContext().version, '2026.5.12')) {
      const errorMessage = `LLM request rejected: input length and max_tokens exceed context limit: ${sum}, decrease input length or max_tokens and try again`
      this.chat(session, runId, { state: 'error', errorMessage })
      return 'failed'
    }
    this.chat(session, runId, {
      state: 'error',
      errorMessage: text,
      errorKind: 'context_length',
      errorDetail: overflowDetail(rowContext().modelOf(session.agentId), sum),
    })
    this.changed(session, { phase: 'error', runId })
    return 'failed'
  }

  #leave(session: SessionState, status: TurnEnd, error: string | null): void {
    const now = this.#now()
    Object.assign(session, { status, lastRunError: error, endedAt: now, updatedAt: now })
    session.turns += 1
    this.#running.delete(session)
    this.#options.book.save(session.agentId)
    if (this.#running.size > 0) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** No model has answered: an early release tells that like an answer. */
  #refuse(session: SessionState, runId: string, flaw: 'turns-fail' | 'no-key'): TurnEnd {
    const { rowContext, log } = this.#options
    const why = whyNoAnswer(flaw, rowContext().modelOf(session.agentId))
    const text = `⚠️ Agent failed before reply: ${why}`
    this.#leave(session, 'failed', why)
    this.#lifecycle(session, runId, { phase: 'error', error: text, endedAt: this.#now() })
    log(`embedded run failed: sessionKey=${session.key} ${why}`, 'error')
    if (isSince(rowContext().version, '2026.5.12'))
      this.chat(session, runId, { state: 'error', errorMessage: text })
    else this.say(session, runId, text)
    this.changed(session, { phase: 'error', runId })
    return 'failed'
  }

  #operation(session: SessionState, state: Json): void {
    if (!isSince(this.#options.rowContext().version, '2026.6.8')) return
    const payload = { operation: 'compact', sessionKey: session.key, agentId: session.agentId, ...state }
    this.#options.emit('session.operation', payload, 'subscribed')
  }

  #lifecycle(session: SessionState, runId: string, data: Json): void {
    const { key, sessionId, agentId } = session
    const old = !isSince(this.#options.rowContext().version, '2026.5.12')
    const more = old ? {} : { sessionId, agentId, isHeartbeat: false }
    const payload = { runId, sessionKey: key, stream: 'lifecycle', data, seq: 1, ts: this.#now(), ...more }
    this.#options.emit('agent', payload, 'all')
  }

  /** Real time: a turn takes as long as it takes, whatever the clock of the test says. */
  #work(ms: number): Promise<void> {
    return machineClock.sleep(ms, this.#life.signal)
  }

  #now(): number {
    return this.#options.rowContext().now
  }
}

/** What the conversation really holds. */
function sizeOf(session: SessionState): number {
  return session.silentlyCompactedTo ?? session.totalTokens ?? 0
}
