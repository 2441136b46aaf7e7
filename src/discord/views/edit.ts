import type { EditPlan, EditResult, EditStep } from '../../operations/edit-node.ts'
import type { Report } from '../../operations/operation.ts'
import type { PlainKey } from '../../text/params.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { hostKeyFacts, jumpFacts } from './host-key.ts'
import { stepsCard } from './register.ts'
import { stateLine } from './restart.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS } from './symbols.ts'

const LABELS = {
  name: 'label.name',
  host: 'label.host',
  sshPort: 'label.ssh-port',
  sshUser: 'label.user',
  gatewayPort: 'label.port',
  ocPath: 'label.path',
  jump: 'label.jump',
  tags: 'label.tags',
} as const satisfies Record<EditPlan['changes'][number]['field'], PlainKey>

/** Of each value: a card has a limit, and all of them may change at once. */
const VALUE_SHOWN = 110

/** What will be another about a node, and the host key of its new address. */
export function editPlanView(plan: EditPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  const { ink } = reader
  const newKey = plan.known === 'new' || plan.jump?.known === 'new'
  const { line, controls } = confirmControls(
    asked,
    reader,
    newKey ? 'button.confirm-edit-key' : 'button.confirm-edit',
  )
  const moves = plan.changes.some(({ field }) => ['host', 'sshPort', 'jump'].includes(field))
  const key = plan.offered
    ? [ink.t('edit.ask.key'), ...hostKeyFacts(plan.offered, ink)]
    : moves
      ? [`⚠️ ${ink.t('edit.ask.no-key')}`]
      : []
  return makeCard({
    colour: newKey || plan.force ? 'warning' : 'neutral',
    texts: [
      ink.title(`✏️ ${ink.t('edit.ask', {}, { node: titleOf(plan, reader) })}`),
      changeLines(plan.changes, reader),
      jumpFacts(plan.jump, ink),
      key.join('\n'),
      [
        plan.known === 'new' ? `⚠️ ${ink.t('register.ask.new')}` : '',
        newKey ? ink.small(ink.t('register.ask.compare')) : '',
        plan.looks ? ink.t(plan.force ? 'edit.ask.force' : 'edit.ask.looks') : '',
        why ? `${ink.strong(ink.t('label.reason'))} ${ink.remote(why)}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
      line,
    ].filter(Boolean),
    controls,
  })
}

/** The steps so far; the last one is still going on. */
export function editProgressView(
  plan: EditPlan,
  steps: readonly EditStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  return stepsCard(reader.ink.t('edit.progress', {}, { node: titleOf(plan, reader) }), steps, pressed, reader)
}

/** A node that was changed, with how it stands now where that was looked at. */
export function editResultView(report: Report<EditResult>, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  const { node, changes, state, reason } = report.data
  const title = ink.t(
    report.outcome === 'partial' ? 'edit.partial' : 'edit.done',
    {},
    { node: ink.named(node) },
  )
  return makeCard({
    colour: OUTCOME_COLOURS[report.outcome],
    texts: [
      [
        ink.title(`${OUTCOME_SYMBOLS[report.outcome]} ${title}`),
        ...(state === null ? [] : [stateLine({ state, reason }, ink)]),
      ].join('\n'),
      changeLines(changes, reader),
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

function changeLines(changes: EditPlan['changes'], { ink }: Reader): string {
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.code(value, VALUE_SHOWN))
  return changes
    .map(({ field, from, to }) => `${ink.strong(ink.t(LABELS[field]))} ${shown(from)} → ${shown(to)}`)
    .join('\n')
}

function titleOf(plan: EditPlan, { ink }: Reader): string {
  return ink.named({ id: plan.nodeId, name: plan.nodeName })
}
