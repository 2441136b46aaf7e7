import { compactSession } from '../../operations/compact-session.ts'
import { listSessions, showSession } from '../../operations/list-sessions.ts'
import type { Report } from '../../operations/operation.ts'
import type { PreventPlan, PreventResult } from '../../operations/prevent-overflow.ts'
import { preventOverflow } from '../../operations/prevent-overflow.ts'
import { resetSession } from '../../operations/reset-session.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { SessionPlan } from '../../operations/session-plan.ts'
import type { Ink } from '../../presenters/ink.ts'
import { readingText } from '../../presenters/readings.ts'
import { type Answer, answerOf, type Call, type Run } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { facts, OUTCOME_TONES } from '../views/readings.ts'
import { sessionChangeText, sessionDetailText, sessionListText } from '../views/sessions.ts'

/** `ocm session list`: the conversations of a node, fullest first. */
export async function list(call: Call): Promise<Answer> {
  const { args, terminal, out, signal } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), agent: args.text('agent') ?? null }
  const report = await runOperation(context, call.actor, listSessions, input, { signal })
  return answerOf(report, sessionListText(report.data, out, terminal.screen()?.columns ?? null))
}

/** `ocm session show`: one conversation with its arithmetic. */
export async function show(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), session: args.required('session') }
  const report = await runOperation(context, call.actor, showSession, input, { signal })
  return answerOf(report, sessionDetailText(report.data, out))
}

/** The two commands that change a conversation ask and answer alike. */
function changing(name: 'compact' | 'reset', operation: typeof compactSession): Run {
  return async (call) => {
    const { args, out, err } = call
    const context = await call.open('required')
    const input = { node: args.required('node'), session: args.required('session') }
    const report = await confirmAndRun(call, context, operation, input, {
      plan: (plan) => planText(plan, name, err),
      step: ({ step }) => err.t(step === 'saving' ? 'step.saving-transcript' : `step.${step}`),
    })
    return answerOf(report, sessionChangeText(report, name, out))
  }
}

/** `ocm session compact`: a conversation goes on with a summary of itself. */
export const compact = changing('compact', compactSession)
/** `ocm session reset`: a conversation begins anew. */
export const reset = changing('reset', resetSession)

/** `ocm session prevent`: sets the cap that makes OpenClaw compact in time. */
export async function prevent(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), session: args.required('session') }
  const report = await confirmAndRun(call, context, preventOverflow, input, {
    plan: (plan) =>
      `${err.paint('strong', err.t('prevent.ask', { node: plan.nodeId }))}\n${diffText(plan, err)}`,
    step: ({ step }) => err.t(step === 'verifying' ? 'step.verifying-config' : 'step.acting'),
  })
  return answerOf(report, preventedText(report, out))
}

function planText(plan: SessionPlan, name: 'compact' | 'reset', ink: Ink): string {
  const usable = plan.usable ?? ink.t('word.unknown')
  return [
    ink.paint('strong', ink.t(`${name}.ask`, { session: plan.sessionKey })),
    ...facts(ink, [
      [ink.t('cli.column.agent'), ink.remote(plan.agentId, 80)],
      [ink.t('change.now'), readingText(ink, plan.used, (used) => ink.t('value.context', { used, usable }))],
    ]),
    ...(plan.running ? [`  ${ink.paint('warning', ink.t('change.running'))}`] : []),
    ...(plan.running === null ? [`  ${ink.t('change.running-unknown')}`] : []),
    `  ${ink.t(name === 'reset' ? 'reset.ask.effect' : `compact.ask.${plan.method}`)}`,
    `  ${ink.t('change.saves')}`,
  ].join('\n')
}

function diffText(plan: PreventPlan, ink: Ink): string {
  const before = plan.before === null ? '' : `\n  ${ink.paint('bad', `- ${plan.before}`)}`
  return [
    `  ${ink.remote(plan.path, 300)}:${before}`,
    `  ${ink.paint('good', `+ ${plan.after}`)}`,
    `  ${ink.t('prevent.ask.effect', {
      model: plan.model,
      compactsAt: plan.compactsAt,
      limit: plan.window - plan.reserve,
    })}`,
  ].join('\n')
}

function preventedText({ data, outcome }: Report<PreventResult>, ink: Ink): string {
  const verified = data.verified === null ? ink.t('word.unknown') : ink.number(data.verified)
  const next = outcome === 'done' ? [] : [`  ${ink.t('cli.next', { next: ink.t('prevent.failed.next') })}`]
  return `${[
    ink.paint(OUTCOME_TONES[outcome], ink.t(`prevent.${outcome}`, { node: data.nodeId })),
    `  ${ink.remote(data.path, 300)}`,
    `  ${ink.t('prevent.verified', { value: verified })}`,
    ...(data.needsRestart ? [`  ${ink.paint('warning', ink.t('prevent.restart'))}`] : []),
    ...next,
  ].join('\n')}\n`
}
