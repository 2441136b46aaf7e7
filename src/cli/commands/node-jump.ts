import { jumpName } from '../../../registry/jumps.ts'
import type { Report } from '../../operations/operation.ts'
import { setTagJump, type TagJumpPlan, type TagJumpResult } from '../../operations/set-tag-jump.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsJumpKey, jumpLines, unvouchedKey } from '../host-key.ts'
import { facts, OUTCOME_TONES } from '../views/readings.ts'

/** In place of a jump host: none at all. */
const NONE = '-'

/** `ocm node jump`: says through which jump host the nodes with a tag are reached. */
export async function nodeJump(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const jump = args.required('jump')
  const input = { tag: args.required('tag'), jump: jump === NONE ? null : jump, force: args.flag('force') }
  const report = await confirmAndRun(call, context, setTagJump, input, {
    plan: (plan) => planText(plan, err),
    step: ({ step }) => err.t(`step.${step}`),
    refusal: ({ jump: offered }) =>
      unvouchedKey({ node: '', offered: null, known: null }, offered) ?? {
        code: 'confirmation-needed',
        params: { operation: 'set-tag-jump' },
      },
    accepted: ({ jump: offered }) =>
      acceptsJumpKey(args, offered) && (args.flag('yes') || args.text('accept-jump-key') !== undefined),
  })
  return answerOf(report, resultText(report, out))
}

function planText({ tag, from, to, jump, nodes, force }: TagJumpPlan, ink: Ink): string {
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.remote(value, 400))
  return [
    ink.paint('strong', ink.t('jump.ask.tag', { tag: ink.remote(tag) })),
    ...facts(ink, [[ink.t('label.jump'), `${shown(from)} → ${shown(to)}`]]),
    ...jumpLines(jump, ink),
    `  ${ink.t('jump.ask.nodes', { count: nodes.length })}`,
    `  ${ink.t(force ? 'edit.ask.force' : 'jump.ask.looks')}`,
  ].join('\n')
}

function resultText({ outcome, data }: Report<TagJumpResult>, ink: Ink): string {
  const { jump, looked, reached } = data
  const tag = ink.remote(data.tag)
  const done = jump
    ? ink.t('jump.done', { tag, jump: ink.remote(jumpName(jump)) })
    : ink.t('jump.done.direct', { tag })
  const title = outcome === 'done' ? done : ink.t('jump.partial', { tag })
  return [
    ink.paint(OUTCOME_TONES[outcome], title),
    ...(looked > 0 ? [`  ${ink.t('jump.reached', { reached, looked })}`] : []),
    '',
  ].join('\n')
}
