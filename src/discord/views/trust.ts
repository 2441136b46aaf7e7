import type { Report } from '../../operations/operation.ts'
import type { TrustPlan, TrustResult, TrustStep } from '../../operations/trust-node.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { hostKeyFacts, jumpFacts, KNOWN_TEXTS } from './host-key.ts'
import { stepsCard } from './register.ts'
import { stateLine } from './restart.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS, STATE_COLOURS } from './symbols.ts'

/** The host key that a registered node offers now, beside those that were approved before. */
export function trustPlanView(plan: TrustPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-trust')
  const { fingerprint } = plan.offered
  const replaced = plan.pinned.filter((pinned) => pinned !== fingerprint)
  const changed = plan.known !== 'same' && replaced.length > 0
  return makeCard({
    colour: changed ? 'bad' : plan.known === 'new' || plan.jump?.known === 'new' ? 'warning' : 'neutral',
    texts: [
      ink.title(`🔑 ${ink.t('register.ask', {}, { node: titleOf(plan, reader) })}`),
      [
        changed ? `🚨 ${ink.strong(ink.t('trust.ask.changed'))}` : '',
        replaced.length > 0
          ? `${replaced.map((old) => ink.code(old)).join(', ')} → ${ink.code(fingerprint)}`
          : '',
      ]
        .filter(Boolean)
        .join('\n'),
      [
        `${ink.strong(ink.t('label.address'))} ${ink.code(`${plan.host}:${plan.sshPort}`)}`,
        ...hostKeyFacts(plan.offered, ink),
        ...(why ? [`${ink.strong(ink.t('label.reason'))} ${ink.remote(why)}`] : []),
      ].join('\n'),
      [
        `${plan.known === 'new' ? '⚠️' : '✅'} ${ink.t(KNOWN_TEXTS[plan.known])}`,
        ink.small(ink.t('register.ask.compare')),
      ].join('\n'),
      jumpFacts(plan.jump, ink),
      line,
    ].filter(Boolean),
    controls,
  })
}

/** The steps so far; the last one is still going on. */
export function trustProgressView(
  plan: TrustPlan,
  steps: readonly TrustStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const title = reader.ink.t('trust.progress', {}, { node: titleOf(plan, reader) })
  return stepsCard(title, steps, pressed, reader)
}

/** An approved key, with how the node stands now that it is used. */
export function trustResultView(
  report: Report<TrustResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { node, state } = report.data
  const done = report.outcome === 'done'
  const title = ink.t(done ? 'trust.done' : 'trust.partial', {}, { node: ink.named(node) })
  return makeCard({
    colour: done ? STATE_COLOURS[state] : OUTCOME_COLOURS[report.outcome],
    texts: [
      `${ink.title(`${OUTCOME_SYMBOLS[report.outcome]} ${title}`)}\n${stateLine(report.data, ink)}`,
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
    controls: [
      buttonRow([
        { id: encodeCustomId('node-status', 'open', node.id), label: ink.t('button.status'), emoji: '🩺' },
      ]),
    ],
  })
}

function titleOf(plan: TrustPlan, { ink }: Reader): string {
  return ink.named({ id: plan.nodeId, name: plan.nodeName })
}
