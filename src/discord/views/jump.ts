import { jumpName } from '../../../registry/jumps.ts'
import type { Report } from '../../operations/operation.ts'
import type { TagJumpPlan, TagJumpResult, TagJumpStep } from '../../operations/set-tag-jump.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { jumpFacts } from './host-key.ts'
import { stepsCard } from './register.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS } from './symbols.ts'

/** The question before the nodes with a tag are reached another way. */
export function jumpPlanView(plan: TagJumpPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  const { ink } = reader
  const { tag, from, to, jump, nodes, force } = plan
  const isNew = jump?.known === 'new'
  const { line, controls } = confirmControls(
    asked,
    reader,
    isNew ? 'button.confirm-edit-key' : 'button.confirm-edit',
  )
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.code(value))
  return makeCard({
    colour: isNew || force ? 'warning' : 'neutral',
    texts: [
      ink.title(`🔀 ${ink.t('jump.ask.tag', {}, { tag: ink.code(tag) })}`),
      `${ink.strong(ink.t('label.jump'))} ${shown(from)} → ${shown(to)}`,
      jumpFacts(jump, ink),
      [
        isNew ? ink.small(ink.t('register.ask.compare')) : '',
        ink.t('jump.ask.nodes', { count: nodes.length }),
        ink.t(force ? 'edit.ask.force' : 'jump.ask.looks'),
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
export function jumpProgressView(
  plan: TagJumpPlan,
  steps: readonly TagJumpStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const title = reader.ink.t('jump.progress', {}, { tag: reader.ink.code(plan.tag) })
  return stepsCard(title, steps, pressed, reader)
}

/** The way that is taken from now on, and how many nodes were found that way. */
export function jumpResultView(
  report: Report<TagJumpResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { jump, looked, reached } = report.data
  const tag = ink.code(report.data.tag)
  const done = jump
    ? ink.t('jump.done', {}, { tag, jump: ink.code(jumpName(jump)) })
    : ink.t('jump.done.direct', {}, { tag })
  const title = report.outcome === 'done' ? done : ink.t('jump.partial', {}, { tag })
  return makeCard({
    colour: OUTCOME_COLOURS[report.outcome],
    texts: [
      [
        ink.title(`${OUTCOME_SYMBOLS[report.outcome]} ${title}`),
        looked > 0 ? ink.t('jump.reached', { reached, looked }) : '',
      ]
        .filter(Boolean)
        .join('\n'),
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
  })
}
