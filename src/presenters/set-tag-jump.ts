import { jumpName } from '../../registry/jumps.ts'
import type { Report } from '../operations/operation.ts'
import type { TagJumpPlan, TagJumpResult, TagJumpStep } from '../operations/set-tag-jump.ts'
import { compareLines, jumpLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { strayLine } from './stray-tag.ts'
import { fact, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/**
 * The question before the nodes with a tag are reached another way.
 * @param why the reason that the person gave; untrusted
 */
export function tagJumpPlan(plan: TagJumpPlan, ink: Ink, why: string | null = null): Told {
  const { tag, from, to, jump, nodes, force, stray } = plan
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.code(value))
  return {
    mood: jump?.known === 'new' || force || stray ? 'warning' : 'neutral',
    title: ink.t('jump.ask.tag', {}, { tag: ink.code(tag) }),
    lead: [],
    parts: [
      [fact(ink.t('label.jump'), `${shown(from)} → ${shown(to)}`)],
      jumpLines(jump, ink),
      lines(
        ...compareLines(ink, jump?.known),
        stray && strayLine(stray, ink),
        text(ink.t('jump.ask.nodes', { count: nodes.length })),
        text(ink.t(force ? 'edit.ask.force' : 'jump.ask.looks')),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

/** One step in words. */
export function tagJumpStep({ step }: TagJumpStep, ink: Ink): string {
  return ink.t(`step.${step}`)
}

/** The way that is taken from now on, and how many nodes were found that way. */
export function tagJumpResult({ data, outcome }: Report<TagJumpResult>, ink: Ink): Told {
  const { jump, looked, reached } = data
  const tag = ink.code(data.tag)
  const done = jump
    ? ink.t('jump.done', {}, { tag, jump: ink.code(jumpName(jump)) })
    : ink.t('jump.done.direct', {}, { tag })
  return {
    mood: OUTCOME_MOODS[outcome],
    title: outcome === 'done' ? done : ink.t('jump.partial', {}, { tag }),
    lead: lines(looked > 0 && text(ink.t('jump.reached', { reached, looked }))),
    parts: [],
  }
}
