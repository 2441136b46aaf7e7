import { itemsOf } from '../../base/reading.ts'
import type { Report } from '../../operations/operation.ts'
import type { RestartPlan, RestartResult, RestartStep } from '../../operations/restart-node.ts'
import { restartNode } from '../../operations/restart-node.ts'
import type { Ink } from '../../presenters/ink.ts'
import { dotted, readingText, reasonText } from '../../presenters/readings.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { facts, OUTCOME_TONES, stateText } from '../views/readings.ts'

const TURNS_SHOWN = 10

/** `ocm node restart`: after showing what is running. */
export async function nodeRestart(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), drain: !args.flag('no-drain') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, restartNode, input, {
    plan: (plan) => planText(plan, err),
    step: (step) => stepText(step, err),
  })
  return answerOf(report, resultText(report, out))
}

function planText(plan: RestartPlan, ink: Ink): string {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const running = readingText(ink, plan.running, (turns) =>
    turns.length === 0 ? ink.t('restart.ask.idle') : ink.t('restart.ask.running', { count: turns.length }),
  )
  const turns = itemsOf(plan.running).map((turn): [string, string] => [
    '',
    dotted([
      ink.remote(turn.sessionKey, 120),
      turn.startedAt !== null && ink.t('restart.ask.since', { when: ink.time(turn.startedAt) }),
    ]),
  ])
  const more = turns.length - TURNS_SHOWN
  const work = itemsOf(plan.otherWork).map(({ kind, count }) => `${ink.remote(kind, 40)} ${count}`)
  const effect = plan.drain
    ? ink.t('restart.ask.drain', { seconds: plan.drainSeconds })
    : dotted([!plan.canDrain && ink.t('restart.ask.no-drain'), ink.t('restart.ask.interrupt')])
  return [
    ink.paint('strong', ink.t('restart.ask', { node })),
    ...facts(ink, [
      [ink.t('label.state'), stateText(ink, plan)],
      [ink.t('label.running'), running],
      ...turns.slice(0, TURNS_SHOWN),
      ...(more > 0 ? [['', ink.t('word.more', { count: more })] as const] : []),
      ...(work.length > 0 ? [[ink.t('label.other-work'), work.join(', ')] as const] : []),
      [ink.t('label.drain'), effect],
      [ink.t('label.method'), ink.t(`method.${plan.method}`)],
    ]),
  ].join('\n')
}

function stepText(step: RestartStep, ink: Ink): string {
  switch (step.step) {
    case 'draining':
      return ink.t('step.draining', { running: step.running, waited: step.waitedMs, limit: step.limitMs })
    case 'restarting':
      return ink.t('step.restarting', { method: step.method })
    case 'waiting':
      // Without the seconds that have passed: a line for each reason, not one for each look.
      return dotted([
        ink.t('step.waiting', { waited: 0, limit: step.limitMs }),
        step.reason && reasonText(ink, step.reason),
      ])
    case 'checking':
    case 'verified':
      return ink.t(`step.${step.step}`)
  }
}

function resultText({ data, outcome, operationId }: Report<RestartResult>, ink: Ink): string {
  const next = outcome === 'failed' || outcome === 'unknown' ? ink.t(`restart.${outcome}.next`) : null
  return [
    ink.paint(OUTCOME_TONES[outcome], ink.t(`restart.${outcome}`, { node: data.nodeId })),
    ...[
      data.secondsToServe !== null && ink.t('restart.done.seconds', { seconds: data.secondsToServe }),
      data.drained && ink.t('restart.drained'),
      data.interrupted !== null &&
        data.interrupted > 0 &&
        ink.t('restart.interrupted', { count: data.interrupted }),
      outcome !== 'done' && stateText(ink, data.after),
      next !== null && ink.t('cli.next', { next }),
      data.logTail.length > 0 && `${ink.t('restart.log-tail')}:`,
    ]
      .filter((line) => line !== false)
      .map((line) => `  ${line}`),
    ...data.logTail.map((line) => `    ${ink.remote(line, 400)}`),
    ink.paint('dim', `  ${ink.t('word.run', { id: operationId })}`),
    '',
  ].join('\n')
}
