import { randomUUID } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { sessionEntry, sessionRow } from '../openclaw/session-rows.ts'
import { agentOfKey, type SessionState } from '../openclaw/sessions.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { stamp, transcriptLines } from '../openclaw/transcripts.ts'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { defaultAgentOf, sessionsListOf } from './answers.ts'
import { type Call, type MethodTable, RpcError, stringParam } from './method.ts'

/** The old release's truncation keeps so many lines of a transcript when none are named. */
const DEFAULT_MAX_LINES = 400
/** Tokens that a turn adds when the session's own growth is not set. */
const SMALL_TURN = 400

function find(call: Call): SessionState | undefined {
  return call.openclaw.sessions.get(stringParam(call, 'key'))
}

/** An unknown key is created, not refused: measured on both releases. */
function findOrCreate(openclaw: OpenClawState, key: string): { session: SessionState; created: boolean } {
  const known = openclaw.sessions.get(key)
  if (known) return { session: known, created: false }
  const session = openclaw.sessions.create(key, agentOfKey(key) ?? defaultAgentOf(openclaw))
  openclaw.turns.changed(session, { reason: 'create' })
  return { session, created: true }
}

function resolvedModel(openclaw: OpenClawState, session: SessionState): Json {
  const [modelProvider, model] = openclaw.modelOf(session.agentId).split('/')
  return isSince(openclaw.version, '2026.8.1') ? { resolved: { modelProvider, model } } : {}
}

function reset(call: Call): Json {
  const { openclaw } = call
  const key = stringParam(call, 'key')
  const { session, created } = findOrCreate(openclaw, key)
  const expected = call.params.expectedSessionId
  if (expected !== undefined && expected !== session.sessionId) {
    throw new RpcError(`Session ${key} changed before reset. Retry.`, { reason: 'session-changed' })
  }
  if (created) Object.assign(session, { totalTokens: 0, inputTokens: 0, fresh: true })
  else openclaw.sessions.reset(session)
  openclaw.turns.changed(session, { reason: 'reset' })
  return {
    ok: true,
    key,
    entry: sessionEntry(session, openclaw.rowContext()),
    ...resolvedModel(openclaw, session),
  }
}

/** Drops the transcript's oldest lines; on the old release this is all that `sessions.compact` does. */
function truncate(openclaw: OpenClawState, session: SessionState, maxLines: number): Json {
  const lines = transcriptLines(session)
  const { key } = session
  if (lines.length <= maxLines) return { ok: true, key, compacted: false, kept: lines.length }
  session.messages = session.messages.slice(-maxLines)
  session.totalTokens = null
  session.fresh = false
  session.updatedAt = openclaw.now()
  if (isSince(openclaw.version, '2026.8.1')) return { ok: true, key, compacted: true, kept: maxLines }
  const file = openclaw.sessions.transcriptPath(session)
  const archived = `${file}.bak.${stamp(openclaw.now())}`
  copyFileSync(file, archived)
  session.headerless = true
  openclaw.sessions.save(session.agentId)
  return { ok: true, key, compacted: true, archived, kept: maxLines }
}

async function compact(call: Call): Promise<Json> {
  const { openclaw, params } = call
  const key = stringParam(call, 'key')
  const session = find(call)
  if (!session) return { ok: true, key, compacted: false, reason: 'no sessionId' }
  if (!isSince(openclaw.version, '2026.4.14') || typeof params.maxLines === 'number') {
    return truncate(
      openclaw,
      session,
      typeof params.maxLines === 'number' ? params.maxLines : DEFAULT_MAX_LINES,
    )
  }
  const done = await openclaw.turns.compact(session)
  if (!done.compacted) return { ok: false, key, compacted: false, reason: done.reason }
  const result = {
    summary: '## Decisions\nShip on Friday.\n\n## Open TODOs\nnone',
    firstKeptEntryId: randomUUID(),
    tokensBefore: done.tokensBefore,
    ...(done.tokensAfter === null ? {} : { tokensAfter: done.tokensAfter }),
    details: { readFiles: [], modifiedFiles: [] },
  }
  return { ok: true, key, compacted: true, result }
}

function remove(call: Call): Json {
  const { openclaw } = call
  const key = stringParam(call, 'key')
  const session = find(call)
  const isNew = isSince(openclaw.version, '2026.8.1')
  if (/^agent:[^:]+:main$/.test(key)) throw new RpcError(`Cannot delete the main session (${key}).`)
  if (!session) return { ok: true, key, deleted: false, archived: [] }
  const archive = `${openclaw.sessions.transcriptPath(session)}.deleted.${stamp(openclaw.now())}.zst`
  openclaw.sessions.delete(key)
  openclaw.turns.changed(session, { reason: 'delete' })
  return { ok: true, key, deleted: true, archived: isNew ? [archive] : [] }
}

function create(call: Call): Json {
  const { openclaw, params } = call
  const agentId = typeof params.agentId === 'string' ? params.agentId : defaultAgentOf(openclaw)
  const key = typeof params.key === 'string' ? params.key : `agent:${agentId}:${randomUUID()}`
  const { session } = findOrCreate(openclaw, key)
  const entry = sessionEntry(session, openclaw.rowContext())
  const { sessionId } = session
  return { ok: true, key, sessionId, entry, runStarted: false, ...resolvedModel(openclaw, session) }
}

/** A slash command or a turn; answers at once, what happens is told by events. */
function send(openclaw: OpenClawState, key: string, message: string, runId: string): Json {
  const { session } = findOrCreate(openclaw, key)
  if (message.trim() === '/compact') void compactByCommand(openclaw, session, runId)
  else if (['/reset', '/new'].includes(message.trim())) resetByCommand(openclaw, session, runId)
  else void openclaw.turns.run(session, session.spec.growPerTurn ?? SMALL_TURN, message, runId)
  return { runId, status: 'started' }
}

function thousands(tokens: number): string {
  return `${Math.round(tokens / 1000)}k`
}

async function compactByCommand(
  openclaw: OpenClawState,
  session: SessionState,
  runId: string,
): Promise<void> {
  try {
    const done = await openclaw.turns.compact(session)
    const window = openclaw.sessions.contextTokensOf(session)
    const after = done.tokensAfter ?? 0
    const size = `${thousands(after)}/${thousands(window)} (${Math.round((after / window) * 100)}%)`
    const from = thousands(done.tokensBefore)
    const change = done.tokensAfter === null ? `${from} before` : `${from} → ${thousands(after)}`
    const text = done.compacted
      ? `⚙️ Compacted (${change}) • Context ${size}`
      : `⚙️ Compaction skipped: ${done.reason ?? 'unknown'}`
    openclaw.turns.say(session, runId, text)
  } catch {
    openclaw.log.gateway('agent', `compaction of ${session.key} was interrupted`, 'warn')
  }
}

function resetByCommand(openclaw: OpenClawState, session: SessionState, runId: string): void {
  openclaw.sessions.reset(session)
  openclaw.turns.changed(session, { reason: 'reset' })
  openclaw.turns.say(session, runId, '✅ New session started.')
}

/** Waits for a run; the old release never ends this wait for a slash command. */
async function wait(call: Call): Promise<Json> {
  const { openclaw, params } = call
  const runId = stringParam(call, 'runId')
  const until = Date.now() + (typeof params.timeoutMs === 'number' ? params.timeoutMs : 30_000)
  while (Date.now() < until) {
    const session = openclaw.sessions.all().find(({ lastRunId }) => lastRunId === runId)
    if (session && session.status !== 'running') return waited(runId, session)
    if (!session && isSince(openclaw.version, '2026.3.31')) return { runId, status: 'ok' }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { runId, status: 'timeout' }
}

function waited(runId: string, session: SessionState): Json {
  const { startedAt, endedAt, lastRunError } = session
  if (session.status === 'failed') return { runId, status: 'error', startedAt, endedAt, error: lastRunError }
  return { runId, status: 'ok', startedAt, endedAt }
}

function abort(call: Call): Json {
  const session = call.openclaw.sessions.get(stringParam(call, 'sessionKey'))
  const aborted = session !== undefined && call.openclaw.turns.abort(session)
  return { ok: true, aborted, runIds: aborted ? [session.lastRunId] : [] }
}

function history(call: Call): Json {
  const key = stringParam(call, 'sessionKey')
  const session = call.openclaw.sessions.get(key)
  const limit = typeof call.params.limit === 'number' ? call.params.limit : 200
  const messages = (session?.messages ?? []).slice(-limit).map(({ role, text, at }) => ({
    role,
    content: [{ type: 'text', text }],
    timestamp: at,
  }))
  return { sessionKey: key, sessionId: session?.sessionId ?? null, messages, thinkingLevel: 'off' }
}

function patch(call: Call): Json {
  const { openclaw } = call
  const key = stringParam(call, 'key')
  const { session } = findOrCreate(openclaw, key)
  session.updatedAt = openclaw.now()
  openclaw.turns.changed(session, { reason: 'patch' })
  return { ok: true, key, entry: sessionEntry(session, openclaw.rowContext()) }
}

const LIST_PARAMS = [
  'limit',
  'offset@2026.6.8',
  'agentId',
  'activeMinutes',
  'configuredAgentsOnly@2026.5.12',
  'archived@2026.7.1',
]

/** Conversations: reading, running, and the remedies with the traps that were measured. */
export const sessionMethods: MethodTable = {
  'sessions.list': {
    params: LIST_PARAMS,
    run({ openclaw, params }) {
      if (openclaw.historyRevoked)
        throw new RpcError('Session history database read was revoked', undefined, 'UNAVAILABLE')
      return sessionsListOf(openclaw, params)
    },
  },
  'sessions.subscribe': {
    params: LIST_PARAMS,
    run(call) {
      call.subscribe()
      return { subscribed: true, list: sessionsListOf(call.openclaw, call.params) }
    },
  },
  'sessions.describe': {
    params: ['key!'],
    run(call) {
      const session = find(call)
      return { session: session ? sessionRow(session, call.openclaw.rowContext()) : null }
    },
  },
  'sessions.create': { params: ['key', 'agentId', 'label', 'model', 'parentSessionKey'], run: create },
  'sessions.reset': {
    params: ['key!', 'agentId@2026.6.8', 'reason', 'expectedSessionId@2026.9.6'],
    run: reset,
  },
  'sessions.compact': { params: ['key!', 'agentId@2026.6.8', 'maxLines'], run: compact },
  'sessions.delete': { params: ['key!', 'deleteTranscript'], run: remove },
  'sessions.patch': { params: ['key!', 'model', 'thinkingLevel', 'label', 'archived'], run: patch },
  'sessions.send': {
    params: ['key!', 'message!', 'idempotencyKey'],
    run: (call) => send(call.openclaw, stringParam(call, 'key'), stringParam(call, 'message'), randomUUID()),
  },
  'sessions.abort': {
    params: ['key!', 'runId'],
    run: () => ({ ok: true, abortedRunId: null, status: 'no-active-run' }),
  },
  'chat.send': {
    params: ['sessionKey!', 'message!', 'idempotencyKey!', 'thinking', 'deliver', 'timeoutMs'],
    run(call) {
      const runId = stringParam(call, 'idempotencyKey')
      return send(call.openclaw, stringParam(call, 'sessionKey'), stringParam(call, 'message'), runId)
    },
  },
  'chat.history': { params: ['sessionKey!', 'limit', 'maxChars@2026.4.14'], run: history },
  'chat.abort': { params: ['sessionKey!', 'runId'], run: abort },
  'agent.wait': { params: ['runId!', 'timeoutMs'], run: wait },
}
