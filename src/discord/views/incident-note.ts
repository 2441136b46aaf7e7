import type { Incident, Mute } from '../../incidents/incident.ts'
import { incidentState } from '../../presenters/incident.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { muteScope } from './incident-list.ts'

/** What was done with an incident by a typed command. */
export function incidentNoteView(
  done: 'acknowledged' | 'snoozed' | 'unsnoozed',
  incident: Incident,
  reader: Reader,
): Card {
  const { ink } = reader
  const marked = {
    id: ink.code(incident.id),
    ...(incident.snoozed ? { when: ink.time(incident.snoozed.until, 'f') } : {}),
  }
  const symbol = { acknowledged: '🙋', snoozed: '😴', unsnoozed: '⏰' }[done]
  return makeCard({
    colour: 'neutral',
    texts: [`${symbol} ${ink.t(`alerts.${done}`, {}, marked)}\n${ink.small(incidentState(incident, ink))}`],
  })
}

/** What is muted from now on, or no longer. */
export function muteNoteView(
  scope: Pick<Mute, 'nodeId' | 'agentId' | 'tag'>,
  until: number | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const what = muteScope(scope, ink)
  const text =
    until === null
      ? `🔔 ${ink.t('alerts.unmuted', {}, { scope: what })}`
      : `🔕 ${ink.t('alerts.muted', {}, { scope: what, when: ink.time(until, 'f') })}`
  return makeCard({ colour: 'neutral', texts: [text] })
}
