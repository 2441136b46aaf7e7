import type { RetirePlan, RetireResult } from '../../operations/retire-node.ts'
import { retireNode, unretireNode } from '../../operations/retire-node.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { Ink } from '../../presenters/ink.ts'
import { readingText } from '../../presenters/readings.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { facts, stateText } from '../views/readings.ts'

/** `ocm node retire`: takes a node out of service. */
export async function nodeRetire(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node'), reason: args.text('reason') ?? null }
  const context = await call.open('optional')
  const report = await confirmAndRun(call, context, retireNode, input, {
    plan: (plan) => planText(plan, err),
  })
  return answerOf(report, resultText(report.data, out))
}

/** `ocm node unretire`: takes it back. */
export async function nodeUnretire(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('optional')
  const input = { node: args.required('node') }
  const report = await runOperation(context, call.actor, unretireNode, input, { signal })
  const { node } = report.data
  const title = out.t('unretire.done', { node: out.named(node) })
  return answerOf(report, `${out.paint('good', title)}\n  ${stateText(out, report.data)}\n`)
}

function planText(plan: RetirePlan, ink: Ink): string {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return [
    ink.paint('strong', ink.t('retire.ask', { node })),
    ...facts(ink, [
      [ink.t('label.state'), stateText(ink, plan)],
      [
        ink.t('label.agents'),
        readingText(
          ink,
          plan.agents,
          (agents) => agents.map((agent) => ink.remote(agent, 80)).join(', ') || ink.t('value.no-agents'),
        ),
      ],
    ]),
    `  ${ink.t(plan.reachable ? 'retire.ask.reachable' : 'retire.ask.unreachable')}`,
    `  ${ink.t('retire.ask.effect')}`,
  ].join('\n')
}

function resultText({ node, mayStillRun, state, reason }: RetireResult, ink: Ink): string {
  return [
    ink.paint('good', ink.t('retire.done', { node: ink.named(node) })),
    ...(mayStillRun && state === 'unreachable' ? [`  ${ink.paint('warning', ink.t('retire.may-run'))}`] : []),
    ...(reason === null ? [] : [`  ${stateText(ink, { state, reason })}`]),
    `  ${ink.t('retire.back')}`,
    '',
  ].join('\n')
}
