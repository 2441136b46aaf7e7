import type { Report } from '../../operations/operation.ts'
import type { RetirePlan, RetireResult, UnretireResult } from '../../operations/retire-node.ts'
import { firstOf, readingText } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { stateLine } from './restart.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS, STATE_COLOURS } from './symbols.ts'

const AGENTS_SHOWN = 12

/** The question before a node is retired, with what keeps running there. */
export function retirePlanView(plan: RetirePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-retire')
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const agents = readingText(ink, plan.agents, (ids) =>
    ids.length === 0
      ? ink.t('value.no-agents')
      : firstOf(
          ink,
          ids.map((id) => ink.remote(id, 60)),
          AGENTS_SHOWN,
        ),
  )
  const warning = ink.t(plan.reachable ? 'retire.ask.reachable' : 'retire.ask.unreachable')
  return makeCard({
    colour: 'warning',
    texts: [
      `${ink.title(`🗄️ ${ink.t('retire.ask', {}, { node })}`)}\n${stateLine(plan, ink)}`,
      [
        ink.t('retire.ask.effect'),
        `⚠️ ${warning}`,
        `${ink.strong(ink.t('label.agents'))} ${agents}`,
        why ? `${ink.strong(ink.t('label.reason'))} ${ink.remote(why)}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
      line,
    ],
    controls,
  })
}

/** A node that is being retired; there are no steps to show. */
export function retireProgressView(plan: RetirePlan, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [`⏳ ${ink.t('operation.retire-node')} · ${node}`, pressedLine(pressed, reader)],
  })
}

/** A retired node, with the warning that its agents may still be running. */
export function retireResultView(
  report: Report<RetireResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { node, mayStillRun, state } = report.data
  const title = ink.t('retire.done', {}, { node: ink.named(node) })
  const warning = ink.t(
    state === 'unreachable' || state === 'unknown' ? 'retire.may-run' : 'retire.ask.reachable',
  )
  return makeCard({
    colour: mayStillRun ? 'warning' : OUTCOME_COLOURS[report.outcome],
    texts: [
      [
        ink.title(`${OUTCOME_SYMBOLS[report.outcome]} ${title}`),
        mayStillRun ? `⚠️ ${warning}` : '',
        node.stateReason ? `${ink.strong(ink.t('label.reason'))} ${ink.remote(node.stateReason)}` : '',
        ink.t('retire.back'),
      ]
        .filter(Boolean)
        .join('\n'),
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
    controls: [
      buttonRow([
        {
          id: encodeCustomId('node-unretire', 'run', node.id),
          label: ink.t('button.unretire'),
          emoji: '↩️',
        },
      ]),
    ],
  })
}

/** A node that is active again, with how it stands. */
export function unretireResultView(report: Report<UnretireResult>, reader: Reader): Card {
  const { ink } = reader
  const { node, state } = report.data
  const title = ink.t('unretire.done', {}, { node: ink.named(node) })
  return makeCard({
    colour: STATE_COLOURS[state],
    texts: [
      `${ink.title(`↩️ ${title}`)}\n${stateLine(report.data, ink)}`,
      ink.small(ink.t('word.run', { id: report.operationId })),
    ],
    controls: [
      buttonRow([
        { id: encodeCustomId('node-status', 'open', node.id), label: ink.t('button.status'), emoji: '🩺' },
      ]),
    ],
  })
}
