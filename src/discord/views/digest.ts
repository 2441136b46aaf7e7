import { incidentState, worstLevel } from '../../presenters/incident.ts'
import type { DigestFacts } from '../../presenters/incident-facts.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import { paginate, textBudget } from '../paging.ts'
import type { Reader } from '../reader.ts'
import { LEVEL_COLOURS } from './incident.ts'
import { incidentLine } from './incident-lines.ts'

const LINES_MAX = 25

/** Many incidents in one message, worst first; edited as they come and go. */
export function digestView({ id, total, open, shown }: DigestFacts, reader: Reader): Card {
  const { ink } = reader
  const worst = worstLevel(shown.map(({ incident }) => incident))
  const head = [
    ink.title(`${worst === null ? '✅' : '📚'} ${ink.t('digest.title', { count: total })}`),
    // One is no group yet: how it stands is told beside it.
    total === 1 ? '' : ink.t('digest.open', { open, resolved: total - open }),
    ink.small(ink.t(total === 1 ? 'digest.why-one' : 'digest.why')),
  ]
    .filter(Boolean)
    .join('\n')
  const more = (count: number) => ink.small(ink.t('word.more', { count }))
  const items = shown.map(
    (subject) => `${incidentLine(subject, ink)}\n${ink.small(incidentState(subject.incident, ink))}`,
  )
  const budget = textBudget(head, more(total))
  const [page] = paginate([{ heading: null, items }], budget, LINES_MAX)
  const left = total - (page?.items ?? 0)
  return makeCard({
    colour: worst === null ? 'unknown' : LEVEL_COLOURS[worst],
    texts: [head, [...(page?.texts ?? []), left > 0 ? more(left) : ''].filter(Boolean).join('\n')],
    controls: [buttonRow([{ id: digestMarker(id), label: ink.t('button.alerts'), emoji: '🔔' }])],
  })
}

/** By this id of a control, the message of a digest is found again. */
export function digestMarker(digestId: string): string {
  return encodeCustomId('alert-list', 'open-all', digestId)
}
