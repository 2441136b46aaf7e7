import type { Report } from '../../operations/operation.ts'
import type { RemovePlan, RemoveResult } from '../../operations/remove-node.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS } from './symbols.ts'

/** The question before a node is forgotten. */
export function removePlanView(plan: RemovePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-remove')
  const address = `${plan.sshUser}@${plan.host}:${plan.sshPort}`
  const { openIncidents: count } = plan
  return makeCard({
    colour: 'warning',
    texts: [
      ink.title(`🗑️ ${ink.t('remove.ask', {}, { node: ink.named(plan) })}`),
      [
        ink.t('remove.ask.effect'),
        count > 0 ? `⚠️ ${ink.t('remove.ask.incidents', { count })}` : '',
        `${ink.strong(ink.t('label.address'))} ${ink.code(address)}`,
        plan.tags.length > 0
          ? `${ink.strong(ink.t('label.tags'))} ${plan.tags.map((tag) => ink.code(tag)).join(' ')}`
          : '',
        why ? `${ink.strong(ink.t('label.reason'))} ${ink.remote(why)}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
      line,
    ],
    controls,
  })
}

/** A node that is being forgotten; there are no steps to show. */
export function removeProgressView(plan: RemovePlan, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  return makeCard({
    colour: 'neutral',
    texts: [`⏳ ${ink.t('operation.remove-node')} · ${ink.named(plan)}`, pressedLine(pressed, reader)],
  })
}

/** A node that is forgotten, and the way back. */
export function removeResultView(
  report: Report<RemoveResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.t('remove.done', {}, { node: ink.named(report.data.node) })
  return makeCard({
    colour: OUTCOME_COLOURS[report.outcome],
    texts: [
      `${ink.title(`${OUTCOME_SYMBOLS[report.outcome]} ${title}`)}\n${ink.t('remove.back')}`,
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
  })
}
