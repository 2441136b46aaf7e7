import { findRecord } from '../registry/find-record.ts'
import { itemsOf, unknown } from '../src/base/reading.ts'
import type { Choice, Suggest } from '../src/discord/command.ts'
import { createPlainInk } from '../src/discord/ink.ts'
import { toLine } from '../src/discord/markdown.ts'
import { sessionByTag, sessionTag } from '../src/discord/session-tag.ts'
import { incidentSymbol } from '../src/discord/views/incident-lines.ts'
import type { Incident } from '../src/incidents/incident.ts'
import { isActive } from '../src/incidents/placing.ts'
import { rank } from '../src/monitor/signal.ts'
import type { SessionFacts } from '../src/openclaw/snapshot.ts'
import { type Actor, mayUse, mayUseFleet } from '../src/operations/access.ts'
import type { Context } from '../src/operations/context.ts'
import { whoText } from '../src/presenters/incident.ts'
import { subjectOf } from '../src/presenters/incident-facts.ts'

const MAX_CHOICES = 25
const MAX_TEXT = 100
const TAG_MARK = '#'
const NOT_SEEN = unknown<never[]>({ code: 'not-read-yet' }, 0)

/** Suggests the live sessions of the chosen node, fullest first, from the last reading. */
export const suggestSessions: Suggest = (query, context, actor, given) => {
  const wanted = query.trim().toLowerCase()
  return sessionsOf(context, actor, given.node)
    .filter(({ key, agentId }) => `${key} ${agentId}`.toLowerCase().includes(wanted))
    .sort((a, b) => (b.context.usablePercent.value ?? -1) - (a.context.usablePercent.value ?? -1))
    .slice(0, MAX_CHOICES)
    .map(sessionChoice)
}

function sessionChoice({ key, context }: SessionFacts): Choice {
  const percent = context.usablePercent.value
  const fill = percent === null ? '' : `${Math.round(percent)} % · `
  return {
    name: toLine(`${fill}${key}`, MAX_TEXT),
    value: key.length <= MAX_TEXT ? key : `${TAG_MARK}${sessionTag(key)}`,
  }
}

/**
 * The session that was typed or chosen: a key that is too long for a suggestion comes back as its tag.
 * @throws OperatorError unknown-session
 */
export function sessionKeyOf(context: Context, nodeId: string, text: string): string {
  const seen = context.snapshots.get(nodeId)?.sessions
  const known = itemsOf(seen ?? NOT_SEEN)
  if (!text.startsWith(TAG_MARK) || known.some(({ key }) => key === text)) return text
  return sessionByTag(context, nodeId, text.slice(TAG_MARK.length))
}

/** Suggests the agents of the chosen node, or of all nodes, from the last reading. */
export const suggestAgents: Suggest = (query, context, actor, given) => {
  const wanted = query.trim().toLowerCase()
  const ids = visibleNodes(context, actor, given.node).flatMap(({ id }) =>
    itemsOf(context.snapshots.get(id)?.agents ?? NOT_SEEN).map((agent) => agent.id),
  )
  return [...new Set(ids)]
    .filter((id) => id.toLowerCase().includes(wanted) && id.length <= MAX_TEXT)
    .sort((a, b) => a.localeCompare(b))
    .slice(0, MAX_CHOICES)
    .map((id) => ({ name: toLine(id, MAX_TEXT), value: id }))
}

/** Suggests open incidents, worst first. */
export function suggestIncidents(accepts: (incident: Incident) => boolean): Suggest {
  return (query, context, actor) => {
    const wanted = query.trim().toLowerCase()
    const ink = createPlainInk('en')
    const open = context.incidents
      .state()
      .incidents.filter(
        (incident) => isActive(incident) && accepts(incident) && maySee(context, actor, incident),
      )
      .sort((a, b) => rank(b.level) - rank(a.level) || b.openedAt - a.openedAt)
    const choices: Choice[] = []
    for (const incident of open) {
      if (choices.length === MAX_CHOICES) break
      const who = whoText(subjectOf(context, incident), ink)
      const name = toLine(`${incidentSymbol(incident)} ${incident.id} · ${who} · ${incident.topic}`, MAX_TEXT)
      if (name.toLowerCase().includes(wanted)) choices.push({ name, value: incident.id })
    }
    return choices
  }
}

function sessionsOf(context: Context, actor: Actor, nodeId: unknown): SessionFacts[] {
  return visibleNodes(context, actor, nodeId)
    .flatMap(({ id }) => itemsOf(context.snapshots.get(id)?.sessions ?? NOT_SEEN))
    .filter(({ archived }) => !archived)
}

function visibleNodes(context: Context, actor: Actor, nodeId: unknown) {
  return context.registry
    .list()
    .filter((node) => (nodeId === undefined || node.id === nodeId) && mayUse(actor, 'viewer', node))
}

function maySee(context: Context, actor: Actor, { subject }: Incident): boolean {
  const node = findRecord(context.registry.list(), subject.nodeId)
  return node ? mayUse(actor, 'viewer', node) : mayUseFleet(actor, 'viewer')
}
