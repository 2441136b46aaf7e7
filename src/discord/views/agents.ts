import { itemsOf } from '../../base/reading.ts'
import type { Severity } from '../../monitor/conditions.ts'
import type { AgentFacts, NodeSnapshot, SessionFacts } from '../../openclaw/snapshot.ts'
import type { NodeStatus } from '../../operations/node-status.ts'
import { dotted, limitText, reasonText } from '../../presenters/readings.ts'
import { leftText, liveSessions, spendText, usedText, windowText } from '../../presenters/session-figures.ts'
import type { DiscordInk } from '../ink.ts'
import type { Section } from '../paging.ts'
import { unreadSection } from './readings.ts'

const REMOTE_MAX = 80

/** The agents with their models and how many sessions each has. */
export function agentSection({ agents, sessions }: NodeSnapshot, ink: DiscordInk): Section {
  const heading = ink.heading(`🤖 ${ink.t('label.agents')}`)
  if (agents.freshness === 'unknown')
    return unreadSection(ink, ink.t('label.agents'), reasonText(ink, agents.reason))
  if (agents.value.length === 0) return { heading, items: [ink.t('value.no-agents')] }
  const counts = new Map<string, number>()
  for (const session of itemsOf(sessions))
    if (!session.archived) counts.set(session.agentId, (counts.get(session.agentId) ?? 0) + 1)
  const known = sessions.freshness !== 'unknown'
  const items = agents.value.map((agent) => agentText(agent, known ? (counts.get(agent.id) ?? 0) : null, ink))
  return { heading, items: [...doubt(agents, agents.value.length, ink), ...items] }
}

function agentText(agent: AgentFacts, sessions: number | null, ink: DiscordInk): string {
  const name = agent.name && agent.name !== agent.id ? ` ${ink.remote(agent.name, REMOTE_MAX)}` : ''
  return dotted([
    `${ink.strong(ink.remote(agent.id, REMOTE_MAX))}${name}`,
    agent.isDefault && ink.t('label.default-agent'),
    agent.model !== null && ink.code(agent.model, REMOTE_MAX),
    sessions === null ? ink.t('word.sessions-unknown') : ink.t('word.sessions', { count: sessions }),
  ])
}

/** The live sessions, fullest first, each with its context in figures; those that cannot be judged come last. */
export function sessionSection(
  { snapshot, levels }: Pick<NodeStatus, 'snapshot' | 'levels'>,
  ink: DiscordInk,
): Section {
  const { sessions } = snapshot
  const heading = ink.heading(`💬 ${ink.t('label.sessions')}`)
  if (sessions.freshness === 'unknown')
    return unreadSection(ink, ink.t('label.sessions'), reasonText(ink, sessions.reason))
  const live = liveSessions(sessions.value)
  if (live.length === 0) return { heading, items: [ink.t('value.no-sessions')] }
  return {
    heading,
    items: [
      ...doubt(sessions, live.length, ink),
      ...live.map((session) => sessionText(session, levels.contexts[session.key] ?? null, ink)),
    ],
  }
}

function sessionText(session: SessionFacts, level: Severity | null, ink: DiscordInk): string {
  const { context } = session
  const percent = context.usablePercent.value
  const head = dotted([
    percent === null ? `${ink.bar(0)} ${ink.t('word.unknown')}` : ink.meter(percent, level),
    ink.strong(ink.remote(session.agentId, REMOTE_MAX)),
    ink.code(session.key, 120),
    session.running === true && ink.t('value.running'),
  ])
  return [
    head,
    ink.small(dotted([usedText(context, ink), leftText(context, ink), windowText(context, ink)])),
    ink.small(
      dotted([
        session.model !== null && ink.remote(session.model, REMOTE_MAX),
        session.compactionCount !== null && ink.t('value.compactions', { count: session.compactionCount }),
        spendText(session, ink),
        session.lastInteractionAt !== null && ink.time(session.lastInteractionAt),
        session.lastRunError !== null && `⚠️ ${ink.code(session.lastRunError, 160)}`,
      ]),
    ),
  ]
    .filter((line) => line !== ink.small(''))
    .join('\n')
}

/** The first lines of a list that is not fresh or not whole. */
function doubt(
  reading: NodeSnapshot['agents'] | NodeSnapshot['sessions'],
  shown: number,
  ink: DiscordInk,
): string[] {
  const limit = reading.freshness === 'unknown' ? null : limitText(ink, reading, shown)
  const more = limit === null ? [] : [ink.small(`⚠️ ${limit}`)]
  if (reading.freshness !== 'stale') return more
  const reason = reasonText(ink, reading.reason)
  return [ink.small(`⚠️ ${ink.t('value.stale', {}, { reason })} · ${ink.time(reading.observedAt)}`), ...more]
}
