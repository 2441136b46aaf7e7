import type { OpenClawVersion } from '../control.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import type { SessionBook, SessionState } from './sessions.ts'

export interface RowContext {
  version: OpenClawVersion
  book: SessionBook
  modelOf: (agentId: string) => string
  now: number
}

function channelOf(key: string): { channel: string; peerKind: string; peer: string } | null {
  const match = /^agent:[^:]+:([a-z]+):(channel|group|direct|dm):(.+)$/.exec(key)
  const [, channel, peerKind, peer] = match ?? []
  return channel && peerKind && peer ? { channel, peerKind, peer } : null
}

/** The parts of a row that say which chat channel a conversation belongs to. */
function channelFields(session: SessionState, version: OpenClawVersion): Json {
  const where = channelOf(session.key)
  if (!where) return {}
  const { channel, peerKind, peer } = where
  const displayName = `${channel}:g-${peer}`
  if (!isSince(version, '2026.3.31')) return { displayName, channel }
  return copyOf(recordingsOf(version).channelRowExtra, {
    peerKind,
    displayName,
    channel,
    parentSessionKey: `agent:${session.agentId}:main`,
    origin: { provider: channel, to: session.key, chatType: 'direct', surface: channel },
    deliveryContext: { channel, to: session.key },
    lastChannel: channel,
    lastTo: session.key,
  })
}

/**
 * Counters that the gateway knows; one that it does not know is left out. From 2026.3.31 to 2026.5.12 a session that was
 * just reset has none but zeros of its usage.
 */
function counters(session: SessionState, version: OpenClawVersion): Json {
  const forgets = isSince(version, '2026.3.31') && !isSince(version, '2026.6.8')
  if (forgets && session.totalTokens === 0 && session.status === null)
    return { inputTokens: 0, outputTokens: 0, totalTokensFresh: false }
  return {
    ...(session.inputTokens === null ? {} : { inputTokens: session.inputTokens }),
    ...(session.totalTokens === null ? {} : { outputTokens: session.outputTokens }),
    ...(session.totalTokens === null ? {} : { totalTokens: session.totalTokens }),
    totalTokensFresh: session.fresh && session.totalTokens !== null,
  }
}

const COUNTER_KEYS = ['inputTokens', 'outputTokens', 'totalTokens', 'totalTokensFresh']

function without(row: Json, keys: readonly string[]): Json {
  return Object.fromEntries(Object.entries(row).filter(([key]) => !keys.includes(key)))
}

/** A row of `sessions.list` with the keys of a recorded row. */
export function sessionRow(session: SessionState, context: RowContext): Json {
  const { version, book, modelOf, now } = context
  const [modelProvider, model] = modelOf(session.agentId).split('/')
  const recorded = recordingsOf(version).sessionRow
  const contextTokens = book.contextTokensOf(session)
  const common = {
    ...channelFields(session, version),
    key: session.key,
    kind: channelOf(session.key) ? 'group' : 'direct',
    updatedAt: session.updatedAt,
    sessionId: session.sessionId,
    systemSent: session.turns > 0,
    modelProvider,
    model,
    contextTokens,
    ...counters(session, version),
  }
  const template = without(recorded, COUNTER_KEYS)
  if (!isSince(version, '2026.3.31')) return copyOf(template, common)
  if (!isSince(version, '2026.8.1'))
    return copyOf(without(template, runKeys(session)), {
      ...common,
      ...statusFields(session, version),
      ...checkpointFields(session, version),
    })
  return copyOf(without(template, runKeys(session)), {
    ...common,
    agentId: session.agentId,
    classification: session.key.endsWith(':main') ? 'main' : 'direct',
    isMain: session.key === `agent:${session.agentId}:main`,
    createdAt: session.createdAt,
    archived: session.spec.archived === true,
    snapshotAt: now,
    ...runFields(session),
    ...budgetFields(session, context, contextTokens),
    ...checkpointFields(session, version),
  })
}

/** Keys of the last run; a session that never ran has none of them. */
function runKeys(session: SessionState): string[] {
  if (session.status !== null) return []
  return ['status', 'startedAt', 'endedAt', 'runtimeMs', 'lastRunId', 'estimatedCostUsd', 'placement']
}

/** 2026.3.31 to 2026.7.1 say little of a run, and before 2026.5.12 not whether one is going on. */
function statusFields(session: SessionState, version: OpenClawVersion): Json {
  const active = session.status === 'running'
  const known = isSince(version, '2026.5.12') ? { hasActiveRun: active } : {}
  if (session.status === null) return known
  const { startedAt, endedAt } = session
  const ended = active ? {} : { endedAt, runtimeMs: (endedAt ?? 0) - (startedAt ?? 0) }
  return { ...known, status: session.status, startedAt, ...ended }
}

/** From 2026.4.14 to 2026.8.1 a row counts the checkpoints of compactions once there is one. */
function checkpointFields(session: SessionState, version: OpenClawVersion): Json {
  const counts = isSince(version, '2026.4.14') && !isSince(version, '2026.9.6')
  if (!counts || session.compactions === 0) return {}
  const latest = { checkpointId: session.sessionId, createdAt: session.updatedAt, reason: 'manual' }
  return { compactionCheckpointCount: session.compactions, latestCompactionCheckpoint: latest }
}

function runFields(session: SessionState): Json {
  const active = session.status === 'running'
  const activity = { hasActiveRun: active, activeRunIds: active ? [session.lastRunId] : [] }
  const interaction =
    session.lastInteractionAt === null ? {} : { lastInteractionAt: session.lastInteractionAt }
  if (session.status === null) return { ...activity, ...interaction }
  const { startedAt, endedAt } = session
  return {
    ...activity,
    ...interaction,
    status: session.status,
    lastRunId: session.lastRunId,
    startedAt,
    ...(active ? {} : { endedAt, runtimeMs: (endedAt ?? 0) - (startedAt ?? 0) }),
    ...(session.lastRunError === null ? {} : { lastRunError: session.lastRunError }),
    estimatedCostUsd: session.costUsd,
  }
}

function budgetFields(session: SessionState, context: RowContext, contextTokens: number): Json {
  if (session.status === null) return {}
  const threshold = context.book.compactionThresholdOf(session)
  const used = session.totalTokens ?? 0
  const reserve = contextTokens - threshold
  const [provider, model] = context.modelOf(session.agentId).split('/')
  return {
    contextBudgetStatus: {
      schemaVersion: 1,
      source: 'pre-prompt-estimate',
      updatedAt: session.startedAt,
      provider,
      model,
      route: used >= threshold ? 'compact_only' : 'fits',
      shouldCompact: used >= threshold,
      estimatedPromptTokens: used,
      contextTokenBudget: contextTokens,
      promptBudgetBeforeReserve: threshold,
      reserveTokens: reserve,
      effectiveReserveTokens: reserve,
      remainingPromptBudgetTokens: Math.max(0, threshold - used),
      overflowTokens: Math.max(0, used - threshold),
      toolResultReducibleChars: 0,
      messageCount: session.messages.length,
      unwindowedMessageCount: session.messages.length,
      sessionId: session.sessionId,
    },
  }
}

/** The payload of a `sessions.changed` event: the row, and its fields once more beside it. */
export function changedPayload(session: SessionState, why: Json, context: RowContext): Json {
  const row = sessionRow(session, context)
  const flat = Object.fromEntries(
    recordingsOf(context.version).changedFields.map((field) => [field, row[field] ?? null]),
  )
  return { sessionKey: session.key, agentId: session.agentId, ...why, ts: context.now, session: row, ...flat }
}

/** The entry that `sessions.reset` and `sessions.create` answer with. */
export function sessionEntry(session: SessionState, context: RowContext): Json {
  const [modelProvider, model] = context.modelOf(session.agentId).split('/')
  const entry = {
    sessionId: session.sessionId,
    updatedAt: session.updatedAt,
    systemSent: false,
    abortedLastRun: false,
    ...counters(session, context.version),
  }
  if (!isSince(context.version, '2026.8.1')) return entry
  return {
    ...entry,
    lifecycleRevision: session.sessionId,
    sessionStartedAt: session.sessionStartedAt,
    compactionCount: session.compactions,
    createdVia: 'operator',
    createdAt: session.createdAt,
    totalTokensVersion: 1,
    modelProvider,
    model,
  }
}
