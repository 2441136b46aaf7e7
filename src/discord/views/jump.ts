import type { Report } from '../../operations/operation.ts'
import type { TagJumpPlan, TagJumpResult, TagJumpStep } from '../../operations/set-tag-jump.ts'
import { tagJumpPlan, tagJumpResult, tagJumpStep } from '../../presenters/set-tag-jump.ts'
import type { Card } from '../card.ts'
import type { Reader } from '../reader.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

/** The question before the nodes with a tag are reached another way. */
export function jumpPlanView(plan: TagJumpPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(tagJumpPlan(plan, reader.ink, why), asked, reader, {
    symbol: '🔀',
    button: plan.jump?.known === 'new' ? 'button.confirm-edit-key' : 'button.confirm-edit',
  })
}

/** The steps so far; the last one is still going on. */
export function jumpProgressView(
  plan: TagJumpPlan,
  steps: readonly TagJumpStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return progressCard(
    `🔀 ${ink.t('jump.progress', {}, { tag: ink.code(plan.tag) })}`,
    steps.map((step) => tagJumpStep(step, ink)),
    pressed,
    reader,
  )
}

/** The way that is taken from now on, and how many nodes were found that way. */
export function jumpResultView(
  report: Report<TagJumpResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  return resultCard(tagJumpResult(report, reader.ink), report, reader, { pressed })
}
