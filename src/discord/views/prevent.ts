import type { Report } from '../../operations/operation.ts'
import type { PreventPlan, PreventResult } from '../../operations/prevent-overflow.ts'
import type { SessionStep } from '../../operations/session-plan.ts'
import { type Card, makeCard } from '../card.ts'
import type { DiscordInk } from '../ink.ts'
import { toCodeBlock } from '../markdown.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { stepLines } from './session-change.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS } from './symbols.ts'

/** The question before a node's configuration is changed: the change as a diff, and what it does. */
export function preventPlanView(plan: PreventPlan, asked: AskedBy, reader: Reader): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-prevent')
  return makeCard({
    colour: 'warning',
    texts: [
      ink.title(`🛡️ ${ink.t('prevent.ask', {}, { node: ink.code(plan.nodeId) })}`),
      [
        diffText(plan, ink),
        ink.t(
          'prevent.ask.effect',
          { compactsAt: plan.compactsAt, limit: plan.window - plan.reserve },
          { model: ink.code(plan.model, 80) },
        ),
      ].join('\n'),
      line,
    ],
    controls,
  })
}

/** The question in one line. */
export function preventQuestion(plan: PreventPlan, { ink }: Reader): string {
  return ink.t('prevent.ask', { node: plan.nodeId })
}

function diffText({ path, before, after }: PreventPlan, ink: DiscordInk): string {
  const old = before === null ? ink.t('prevent.unset') : String(before)
  return toCodeBlock([path, `- ${old}`, `+ ${after}`])
}

/** The steps so far; the last one is still going on. */
export function preventProgressView(
  plan: PreventPlan,
  steps: readonly SessionStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.title(`🛡️ ${ink.t('prevent.progress', {}, { node: ink.code(plan.nodeId) })}`)
  const lines = stepLines(
    steps.map(({ step }) => ink.t(step === 'verifying' ? 'step.verifying-config' : 'step.acting')),
  )
  return makeCard({ colour: 'neutral', texts: [[title, ...lines].join('\n'), pressedLine(pressed, reader)] })
}

/** How it ended, with the value that the node has now. */
export function preventResultView(report: Report<PreventResult>, pressed: PressedBy, reader: Reader): Card {
  const { ink } = reader
  const { data, outcome } = report
  const value = data.verified === null ? ink.t('prevent.unset') : ink.number(data.verified)
  return makeCard({
    colour: OUTCOME_COLOURS[outcome],
    texts: [
      [
        ink.title(
          `${OUTCOME_SYMBOLS[outcome]} ${ink.t(`prevent.${outcome}`, {}, { node: ink.code(data.nodeId) })}`,
        ),
        outcome === 'done' ? '' : ink.small(`→ ${ink.t('prevent.failed.next')}`),
      ]
        .filter(Boolean)
        .join('\n'),
      [
        diffText(data, ink),
        ink.t('prevent.verified', {}, { value }),
        data.needsRestart ? `⚠️ ${ink.t('prevent.restart')}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))].join('\n'),
    ],
  })
}
