import { z } from 'zod'
import { findRecord } from '../../registry/find-record.ts'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { InputForm } from '../base/input-problem.ts'
import type { IncidentInput } from '../incidents/engine.ts'
import type { Incident, Mute } from '../incidents/incident.ts'
import { isActive } from '../incidents/placing.ts'
import { rank } from '../monitor/signal.ts'
import { type Actor, mayUse, mayUseFleet, notAllowed } from './access.ts'
import type { Context } from './context.ts'
import { requireKnownTag } from './known-tags.ts'
import { defineOperation } from './operation.ts'
import { maySeeScope } from './visible-scope.ts'

const MINUTE = 60_000
const WEEK_MINUTES = 7 * 24 * 60

const idSchema = z.string().regex(/^I-\d{1,9}$/, 'incident-id' satisfies InputForm)

/** list-incidents. */
export interface IncidentList {
  /** Worst first, then newest. */
  incidents: Incident[]
  mutes: readonly Mute[]
}

/** The open incidents, or with `all` also those that ended in the last week. */
export const listIncidents = defineOperation<{ all: boolean }, IncidentList>({
  name: 'list-incidents',
  access: 'viewer',
  effect: 'read',
  input: z.strictObject({ all: z.boolean().default(false) }),
  nodeOf: () => null,
  async run(context, input, call) {
    return { outcome: 'done', data: incidentsFor(context, call.actor, input.all) }
  },
})

/** The incidents that somebody may see: those that are open, or with `all` also those that ended in the last week. */
export function incidentsFor(context: Context, actor: Actor, all: boolean): IncidentList {
  const { incidents, mutes } = context.incidents.state()
  const shown = incidents
    .filter((incident) => (all || isActive(incident)) && maySee(context, actor, incident))
    .sort(
      (a, b) =>
        Number(isActive(b)) - Number(isActive(a)) || rank(b.level) - rank(a.level) || b.openedAt - a.openedAt,
    )
  return { incidents: shown, mutes: seenBy(context, actor, mutes) }
}

/** Takes an incident on: no more calls for help unless it gets worse. */
export const acknowledgeIncident = defineOperation<{ incident: string }, Incident>({
  name: 'acknowledge-incident',
  access: 'operator',
  effect: 'record',
  input: z.strictObject({ incident: idSchema }),
  nodeOf: () => null,
  requires: (context, { incident }, _node, actor) =>
    requireIncident(context, actor, 'acknowledge-incident', incident),
  async run(context, input, call) {
    const data = await applied(context, call.actor, 'acknowledge-incident', {
      kind: 'acknowledge',
      incidentId: input.incident,
      by: call.actor.name,
    })
    return { outcome: data.acknowledged ? 'done' : 'failed', data }
  },
})

const snoozeSchema = z.strictObject({
  incident: idSchema,
  minutes: z.int().min(1).max(WEEK_MINUTES),
})

/** Lets an incident sleep; a higher level wakes it early. */
export const snoozeIncident = defineOperation<z.infer<typeof snoozeSchema>, Incident>({
  name: 'snooze-incident',
  access: 'operator',
  effect: 'record',
  input: snoozeSchema,
  nodeOf: () => null,
  requires: (context, { incident }, _node, actor) =>
    requireIncident(context, actor, 'snooze-incident', incident),
  async run(context, input, call) {
    const data = await applied(context, call.actor, 'snooze-incident', {
      kind: 'snooze',
      incidentId: input.incident,
      by: call.actor.name,
      forMs: input.minutes * MINUTE,
    })
    return { outcome: data.snoozed ? 'done' : 'failed', data }
  },
})

/** Wakes a sleeping incident. */
export const unsnoozeIncident = defineOperation<{ incident: string }, Incident>({
  name: 'unsnooze-incident',
  access: 'operator',
  effect: 'record',
  input: z.strictObject({ incident: idSchema }),
  nodeOf: () => null,
  requires: (context, { incident }, _node, actor) =>
    requireIncident(context, actor, 'unsnooze-incident', incident),
  async run(context, input, call) {
    const data = await applied(context, call.actor, 'unsnooze-incident', {
      kind: 'unsnooze',
      incidentId: input.incident,
      by: call.actor.name,
    })
    return { outcome: data.snoozed ? 'failed' : 'done', data }
  },
})

const muteSchema = z
  .strictObject({
    node: nodeIdSchema.nullable().default(null),
    agent: z.string().min(1).max(128).nullable().default(null),
    tag: tagSchema.nullable().default(null),
    /** 0 ends a mute. */
    minutes: z.int().min(0).max(WEEK_MINUTES),
  })
  .refine(({ node, tag }) => node !== null || tag !== null, {
    path: ['node'],
    error: 'node-or-tag-needed' satisfies InputForm,
  })

/** Keeps a node, one of its agents, or a tag out of the alert channel for a while. */
export const muteAlerts = defineOperation<z.infer<typeof muteSchema>, { mutes: readonly Mute[] }>({
  name: 'mute-alerts',
  access: 'operator',
  effect: 'record',
  input: muteSchema,
  nodeOf: (input) => input.node,
  tagsOf: (input) => (input.tag === null ? null : [input.tag]),
  requires(context, { tag, minutes }, _node, actor) {
    if (tag !== null && minutes > 0) requireKnownTag(context, actor, tag)
  },
  async run(context, input, call) {
    const scope = { nodeId: input.node, agentId: input.agent, tag: input.tag }
    const state = await context.incidents.apply(
      input.minutes === 0
        ? { kind: 'unmute', ...scope }
        : { kind: 'mute', ...scope, forMs: input.minutes * MINUTE, by: call.actor.name },
    )
    return { outcome: 'done', data: { mutes: seenBy(context, call.actor, state.mutes) } }
  },
})

function seenBy(context: Context, actor: Actor, mutes: readonly Mute[]): Mute[] {
  return mutes.filter((mute) => maySeeScope(context, actor, mute))
}

/** Does one thing to an incident that is open and the actor's to handle, and returns it as it is afterwards. */
async function applied(
  context: Context,
  actor: Actor,
  operation: string,
  input: Extract<IncidentInput, { kind: 'acknowledge' | 'snooze' | 'unsnooze' }>,
): Promise<Incident> {
  requireIncident(context, actor, operation, input.incidentId)
  await context.incidents.apply(input)
  return find(context, input.incidentId)
}

/** What it takes to know an incident and who may handle it. */
type Known = Pick<Context, 'incidents' | 'registry'>

function find(context: Known, id: string): Incident {
  const incident = context.incidents.get(id)
  if (!incident) throw new OperatorError('unknown-incident', { incident: id })
  return incident
}

/** Throws unless the incident is open and the actor's to handle. */
function requireIncident(context: Known, actor: Actor, operation: string, id: string): void {
  const incident = find(context, id)
  if (!isActive(incident) || !maySee(context, actor, incident))
    throw new OperatorError('unknown-incident', { incident: id })
  const node = nodeOf(context, incident)
  const may = node ? mayUse(actor, 'operator', node) : mayUseFleet(actor, 'operator')
  if (!may) throw notAllowed(actor, operation, 'operator')
}

function maySee(context: Known, actor: Actor, incident: Incident): boolean {
  const node = nodeOf(context, incident)
  return node ? mayUse(actor, 'viewer', node) : mayUseFleet(actor, 'viewer')
}

function nodeOf(context: Known, incident: Incident) {
  return findRecord(context.registry.list(), incident.subject.nodeId)
}
