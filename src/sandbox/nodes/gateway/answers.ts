import type { ChannelSpec } from '../control.ts'
import { sessionRow } from '../openclaw/session-rows.ts'
import type { SessionState } from '../openclaw/sessions.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'

const DEFAULT_LIMIT = 100

function recent(session: SessionState, now: number): Json {
  return { key: session.key, updatedAt: session.updatedAt, age: now - session.updatedAt }
}

function storeSummary(openclaw: OpenClawState, agentId: string): Json {
  const sessions = openclaw.sessions.ofAgent(agentId)
  const rows = sessions.slice(0, 5).map((session) => recent(session, openclaw.now()))
  return { path: openclaw.sessions.storePath(agentId), count: sessions.length, recent: rows }
}

/** The agent that is meant when none is named. */
export function defaultAgentOf(openclaw: OpenClawState): string {
  const chosen = openclaw.agents.find((agent) => agent.entry.default === true)
  return (chosen ?? openclaw.agents[0])?.id ?? 'main'
}

/** `health`: what the gateway knows of itself, without asking anyone. */
export function healthOf(openclaw: OpenClawState): Json {
  const { health, healthAgent } = recordingsOf(openclaw.version)
  const main = defaultAgentOf(openclaw)
  const agents = openclaw.agents.map(({ id }) =>
    copyOf(healthAgent, { agentId: id, isDefault: id === main, sessions: storeSummary(openclaw, id) }),
  )
  return copyOf(health, {
    ts: openclaw.now(),
    defaultAgentId: main,
    agents,
    sessions: storeSummary(openclaw, main),
    ...channelHealth(openclaw),
  })
}

function channelHealth(openclaw: OpenClawState): Json {
  const channels = [...openclaw.channels.values()]
  return {
    channels: Object.fromEntries(
      channels.map((channel) => [channel.id, channelState(channel, openclaw.now())]),
    ),
    channelOrder: channels.map(({ id }) => id),
    channelLabels: Object.fromEntries(channels.map(({ id, label }) => [id, label ?? id])),
  }
}

function channelState(channel: ChannelSpec, now: number): Json {
  return {
    configured: true,
    running: channel.running,
    connected: channel.connected,
    lastStartAt: channel.running ? now - 60_000 : null,
    lastError: channel.lastError ?? null,
  }
}

/** `channels.status`: one entry for each channel and account. */
export function channelsOf(openclaw: OpenClawState): Json {
  const channels = [...openclaw.channels.values()]
  const byId = (value: (channel: ChannelSpec) => unknown) =>
    Object.fromEntries(channels.map((channel) => [channel.id, value(channel)]))
  const account = (channel: ChannelSpec) => channel.account ?? 'default'
  return copyOf(recordingsOf(openclaw.version).channelsStatus, {
    ts: openclaw.now(),
    channelOrder: channels.map(({ id }) => id),
    channelLabels: byId(({ id, label }) => label ?? id),
    channelDetailLabels: byId(({ id, label }) => label ?? id),
    channelMeta: channels.map(({ id, label }) => ({ id, label: label ?? id, detailLabel: label ?? id })),
    channels: byId((channel) => channelState(channel, openclaw.now())),
    channelAccounts: byId((channel) => [
      { accountId: account(channel), enabled: true, ...channelState(channel, openclaw.now()) },
    ]),
    channelDefaultAccountId: byId(account),
  })
}

function statusRecent(session: SessionState, openclaw: OpenClawState): Json {
  const contextTokens = openclaw.sessions.contextTokensOf(session)
  const used = session.totalTokens
  const [, model] = openclaw.modelOf(session.agentId).split('/')
  return {
    agentId: session.agentId,
    key: session.key,
    kind: 'direct',
    sessionId: session.sessionId,
    updatedAt: session.updatedAt,
    age: openclaw.now() - session.updatedAt,
    inputTokens: session.inputTokens,
    outputTokens: session.outputTokens,
    totalTokens: used,
    totalTokensFresh: session.fresh,
    remainingTokens: used === null ? null : Math.max(0, contextTokens - used),
    percentUsed: used === null ? null : Math.min(999, Math.round((used / contextTokens) * 100)),
    model,
    contextTokens,
  }
}

/** `status`: the long summary; dearer than `health` on a real gateway. */
export function statusOf(openclaw: OpenClawState): Json {
  const recorded = recordingsOf(openclaw.version)
  const main = defaultAgentOf(openclaw)
  const rows = (sessions: SessionState[]) =>
    sessions.slice(0, 10).map((session) => statusRecent(session, openclaw))
  const byAgent = openclaw.agents.map(({ id }) => {
    const sessions = openclaw.sessions.ofAgent(id)
    return {
      agentId: id,
      path: openclaw.sessions.storePath(id),
      count: sessions.length,
      recent: rows(sessions),
    }
  })
  const heartbeats = openclaw.agents.map(({ id }) =>
    copyOf(recorded.statusHeartbeat, { agentId: id, enabled: id === main }),
  )
  const all = openclaw.sessions.all()
  const [, model] = openclaw.modelOf(main).split('/')
  const more = isSince(openclaw.version, '2026.3.31')
    ? { runtimeVersion: openclaw.version, pid: openclaw.pid() }
    : {}
  return copyOf(recorded.status, {
    ...more,
    heartbeat: { defaultAgentId: main, agents: heartbeats },
    sessions: {
      paths: byAgent.map(({ path }) => path),
      count: all.length,
      defaults: { model, contextTokens: 200_000 },
      recent: rows(all),
      byAgent,
    },
  })
}

/** `sessions.list` with the paging of each release. */
export function sessionsListOf(openclaw: OpenClawState, params: Json): Json {
  const { version } = openclaw
  const context = openclaw.rowContext()
  const isLimited = isSince(version, '2026.5.12')
  const offset = typeof params.offset === 'number' ? params.offset : 0
  const limit =
    typeof params.limit === 'number' ? params.limit : isLimited ? DEFAULT_LIMIT : Number.POSITIVE_INFINITY
  const since = typeof params.activeMinutes === 'number' ? openclaw.now() - params.activeMinutes * 60_000 : 0
  const matching = openclaw.sessions
    .all()
    .filter((session) => params.agentId === undefined || session.agentId === params.agentId)
    .filter((session) => session.updatedAt >= since)
    .filter((session) => session.spec.archived !== true || params.archived === true)
  const page = matching.slice(offset, offset + limit)
  const hasMore = offset + page.length < matching.length
  const [modelProvider, model] = openclaw.modelOf(defaultAgentOf(openclaw)).split('/')
  const list = copyOf(recordingsOf(version).sessionsList, {
    ts: openclaw.now(),
    count: page.length,
    sessions: page.map((session) => sessionRow(session, context)),
  })
  list.defaults = { ...(list.defaults as Json), modelProvider, model }
  if (!isLimited) return list
  const paging = { totalCount: matching.length, limitApplied: limit, hasMore }
  if (!isSince(version, '2026.6.8')) return { ...list, ...paging }
  return { ...list, ...paging, nextOffset: hasMore ? offset + page.length : null }
}
