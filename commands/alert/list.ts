import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { OperatorError } from '../../src/base/errors.ts'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import type { ConfirmedFlow } from '../../src/discord/confirm.ts'
import { sessionChart } from '../../src/discord/session-chart.ts'
import { incidentListView } from '../../src/discord/views/incident-list.ts'
import { incidentWhyView } from '../../src/discord/views/incident-why.ts'
import type { Incident } from '../../src/incidents/incident.ts'
import { isActive } from '../../src/incidents/placing.ts'
import { acknowledgeIncident, listIncidents, snoozeIncident } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { subjectOf, whyFacts } from '../../src/presenters/incident-facts.ts'
import { showStatus } from '../node/status.ts'
import { compactFlow } from '../session/compact.ts'
import { preventFlow } from '../session/prevent.ts'
import { resetFlow } from '../session/reset.ts'

const HOUR_MINUTES = 60

async function showList(call: Call, all: boolean, page: number): Promise<void> {
  const { context, actor, signal } = call
  const { data } = await runOperation(context, actor, listIncidents, { all }, { signal })
  const incidents = data.incidents.map((incident) => subjectOf(context, incident))
  await call.answer.finish(incidentListView({ incidents, mutes: data.mutes, all }, call.readerNow(), page))
}

/** The values behind an incident that the person may see, also after its end. */
async function showWhy(call: Call, id: string): Promise<void> {
  const { context } = call
  const facts = whyFacts(context, await visible(call, id))
  const { nodeId, sessionKey } = facts.incident.subject
  const image =
    nodeId === null || sessionKey === null
      ? undefined
      : await sessionChart(context, call.readerNow(), {
          sessionKey,
          history: context.histories.get(nodeId, sessionKey),
          thresholds: facts.thresholds,
          forecast: facts.forecast,
        })
  await call.answer.finish(incidentWhyView(facts, image, call.readerNow()))
}

async function visible({ context, actor, signal }: Call, id: string): Promise<Incident> {
  const { data } = await runOperation(context, actor, listIncidents, { all: true }, { signal })
  const found = data.incidents.find((incident) => incident.id === id)
  if (!found) throw new OperatorError('unknown-incident', { incident: id })
  return found
}

/** An incident that lasts: a button on an old card must not act on a world that has moved on. */
async function lasting(call: Call, id: string): Promise<Incident> {
  const incident = await visible(call, id)
  if (!isActive(incident)) throw new OperatorError('incident-over', { incident: id })
  return incident
}

const incidentArgs = z.tuple([z.string()])

/** A button that begins work on the incident's session; only who pressed sees the questions and answers. */
function acting(flow: ConfirmedFlow) {
  return defineControl({
    answer: 'private',
    args: incidentArgs,
    async press(call, [id]) {
      const { subject } = await lasting(call, id)
      if (subject.nodeId === null || subject.sessionKey === null)
        throw new OperatorError('not-supported', { what: id })
      await flow.ask(call, { node: subject.nodeId, session: subject.sessionKey })
    },
  })
}

/** A button that is done with the press: the card itself then shows who did what. */
function handling(work: (call: Call, id: string) => Promise<unknown>) {
  return defineControl({
    answer: 'update',
    args: incidentArgs,
    async press(call, [id]) {
      await lasting(call, id)
      await work(call, id)
    },
  })
}

const snoozing = (minutes: number) =>
  handling((call, incident) =>
    runOperation(call.context, call.actor, snoozeIncident, { incident, minutes }, { signal: call.signal }),
  )

const turn = defineControl({
  answer: 'update',
  args: z.tuple([z.coerce.number().int(), z.enum(['0', '1'])]),
  press: (call, [page, all]) => showList(call, all === '1', page),
})

export default defineCommand({
  group: 'alert',
  operation: listIncidents,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.list'),
    options: [{ type: ApplicationCommandOptionType.Boolean, ...named('option.all') }],
  },
  controls: {
    refresh: turn,
    page: turn,
    compact: acting(compactFlow),
    reset: acting(resetFlow),
    prevent: acting(preventFlow),
    ack: handling((call, incident) =>
      runOperation(call.context, call.actor, acknowledgeIncident, { incident }, { signal: call.signal }),
    ),
    'snooze-hour': snoozing(HOUR_MINUTES),
    'snooze-long': snoozing(8 * HOUR_MINUTES),
    status: defineControl({
      answer: 'private',
      args: incidentArgs,
      press: async (call, [id]) => showStatus(call, (await visible(call, id)).subject.nodeId, 1),
    }),
    why: defineControl({
      answer: 'private',
      args: incidentArgs,
      press: (call, [id]) => showWhy(call, id),
    }),
    pick: defineControl({
      answer: 'private',
      args: z.tuple([]),
      press: (call, _args, values) => showWhy(call, values[0] ?? ''),
    }),
    'open-all': defineControl({
      answer: 'private',
      args: incidentArgs,
      press: (call) => showList(call, false, 1),
    }),
  },
  execute: (call, { all }) => showList(call, all === true, 1),
})
