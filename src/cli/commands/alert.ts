import { OperatorError } from '../../base/errors.ts'
import type { Incident, Mute } from '../../incidents/incident.ts'
import {
  acknowledgeIncident,
  type IncidentList,
  listIncidents,
  muteAlerts,
  snoozeIncident,
  unsnoozeIncident,
} from '../../operations/handle-incident.ts'
import type { Operation } from '../../operations/operation.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { testAlerts } from '../../operations/test-alerts.ts'
import { causeWords, muteScope } from '../../presenters/incident.ts'
import type { Ink } from '../../presenters/ink.ts'
import { dotted } from '../../presenters/readings.ts'
import { channelTest } from '../../presenters/test-alerts.ts'
import { type Answer, answerOf, type Call, type Run } from '../command.ts'
import { SEVERITY_TONES } from '../ink.ts'
import { type Cell, renderTable } from '../table.ts'
import { resultText } from '../views/told.ts'

/** `ocm alert list`: the incidents, and what is muted. */
export async function list(call: Call): Promise<Answer> {
  const { args, signal } = call
  const context = await call.open('none')
  const input = { all: args.flag('all') }
  const report = await runOperation(context, call.actor, listIncidents, input, { signal })
  return answerOf(report, listText(report.data, call))
}

/** What does one thing to one incident. */
function handling<Input>(name: 'ack' | 'snooze' | 'unsnooze', operation: Operation<Input, Incident>): Run {
  return async (call) => {
    const { args, out, signal } = call
    const context = await call.open('none')
    const minutes = args.number('for')
    const input = {
      incident: args.required('incident').toUpperCase(),
      ...(minutes === undefined ? {} : { minutes }),
    }
    const reason = args.text('reason')
    const report = await runOperation(context, call.actor, operation, input, {
      signal,
      ...(reason === undefined ? {} : { reason }),
    })
    const failed = report.outcome !== 'done'
    const title = out.t(failed ? 'cli.alert.unchanged' : `cli.alert.${name}.done`, { id: report.data.id })
    const lines = [out.paint(failed ? 'bad' : 'good', title), `  ${factLine(report.data, out)}`]
    return answerOf(report, `${lines.join('\n')}\n`)
  }
}

/** `ocm alert ack`: somebody takes care of an incident. */
export const ack = handling('ack', acknowledgeIncident)
/** `ocm alert snooze`: an incident is silent for a while. */
export const snooze = handling('snooze', snoozeIncident)
/** `ocm alert unsnooze`: an incident speaks again. */
export const unsnooze = handling('unsnooze', unsnoozeIncident)

/** `ocm alert mute`: no alerts for a part of the fleet. */
export async function mute(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('none')
  const input = {
    node: args.text('node') ?? null,
    agent: args.text('agent') ?? null,
    tag: args.text('tag') ?? null,
    minutes: args.number('for'),
  }
  const reason = args.text('reason')
  const report = await runOperation(context, call.actor, muteAlerts, input, {
    signal,
    ...(reason === undefined ? {} : { reason }),
  })
  const { mutes } = report.data
  const lines =
    mutes.length === 0 ? [out.t('cli.alert.no-mutes')] : mutes.map((one) => muteLine(one, out, call.now()))
  return answerOf(report, `${lines.join('\n')}\n`)
}

function listText({ incidents, mutes }: IncidentList, { out: ink, terminal, now }: Call): string {
  const rows = incidents.map((incident): Cell[] => [
    incident.id,
    { text: ink.t(`level.${incident.level}`), tone: SEVERITY_TONES[incident.level] },
    ink.t(`cli.incident.${incident.paused ? 'paused' : incident.state}`),
    ink.remote(incident.subject.nodeId ?? 'ocm', 63),
    ink.remote(incident.subject.agentId ?? '', 80),
    ink.time(incident.openedAt),
    ink.remote(incident.acknowledged?.by ?? '', 80),
    causeWords(incident, ink).text,
  ])
  const columns = [
    { title: ink.t('cli.column.incident') },
    { title: ink.t('cli.column.level') },
    { title: ink.t('label.state') },
    { title: ink.t('cli.column.node') },
    { title: ink.t('cli.column.agent'), spare: 2 },
    { title: ink.t('cli.column.opened'), spare: 1 },
    { title: ink.t('cli.column.by'), spare: 3 },
    { title: ink.t('cli.column.cause'), least: 24 },
  ]
  const table =
    rows.length === 0
      ? [ink.paint('good', ink.t('alerts.none'))]
      : renderTable(columns, rows, { width: terminal.screen()?.columns ?? null, paint: ink.paint })
  const muted = mutes.map((one) => ink.paint('dim', muteLine(one, ink, now())))
  return `${[...table, ...(muted.length > 0 ? ['', ...muted] : [])].join('\n')}\n`
}

function muteLine(mute: Mute, ink: Ink, now: number): string {
  const scope = muteScope(mute, ink) ?? ink.t('alerts.mute-all')
  return ink.t('cli.alert.muted', { ms: Math.max(0, mute.until - now), by: mute.by }, { scope })
}

function factLine(incident: Incident, ink: Ink): string {
  return dotted([
    ink.t(`level.${incident.level}`),
    ink.t(`cli.incident.${incident.paused ? 'paused' : incident.state}`),
    incident.subject.nodeId,
    causeWords(incident, ink).text,
  ])
}

/** `ocm alert test`: does in the alert channel what alerts do. */
export async function test(call: Call): Promise<Answer> {
  const { discord, alerts } = await call.settings('optional')
  if (discord === null)
    throw new OperatorError('config-invalid', { count: 1 }, { detail: call.err.t('doctor.skipped-discord') })
  const { alertChannelByRest } = await import('../../discord/alerts/channel-test-by-rest.ts')
  const alertChannel = alertChannelByRest(discord, alerts.roleId, call.now)
  const context = { ...(await call.open('none')), alertChannel }
  const input = { locale: call.out.locale }
  const report = await runOperation(context, call.actor, testAlerts, input, { signal: call.signal })
  return answerOf(
    report,
    resultText(channelTest(report.data, call.out, report.data.channelId), report, call.out),
  )
}
