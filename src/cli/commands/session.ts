import { compactSession } from '../../operations/compact-session.ts'
import { listSessions, showSession } from '../../operations/list-sessions.ts'
import type { Report } from '../../operations/operation.ts'
import type { PreventPlan, PreventResult } from '../../operations/prevent-overflow.ts'
import { preventOverflow } from '../../operations/prevent-overflow.ts'
import { resetSession } from '../../operations/reset-session.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { SessionPlan } from '../../operations/session-plan.ts'
import { answerOf, type Command, NODE, type Operand, REASON, YES } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import type { Ink } from '../ink.ts'
import { facts, OUTCOME_TONES, readingText } from '../views/readings.ts'
import { sessionChangeText, sessionDetailText, sessionListText } from '../views/sessions.ts'

const SESSION: Operand = { name: 'session', summary: 'option.session.description' }

const list: Command = {
  path: 'session list',
  operation: 'list-sessions',
  summary: 'command.session.list.description',
  operands: [NODE],
  options: [{ name: 'agent', kind: 'text', summary: 'option.agent.description' }],
  async run(call) {
    const { args, terminal, out, signal } = call
    const context = await call.open('required')
    const input = { node: args.required('node'), agent: args.text('agent') ?? null }
    const report = await runOperation(context, call.actor, listSessions, input, { signal })
    return answerOf(report, sessionListText(report.data, out, terminal.screen()?.columns ?? null))
  },
}

const show: Command = {
  path: 'session show',
  operation: 'show-session',
  summary: 'command.session.show.description',
  operands: [NODE, SESSION],
  async run(call) {
    const { args, out, signal } = call
    const context = await call.open('required')
    const input = { node: args.required('node'), session: args.required('session') }
    const report = await runOperation(context, call.actor, showSession, input, { signal })
    return answerOf(report, sessionDetailText(report.data, out))
  },
}

/** The two commands that change a conversation ask and answer alike. */
function changing(name: 'compact' | 'reset', operation: typeof compactSession): Command {
  return {
    path: `session ${name}`,
    operation: operation.name,
    summary: `command.session.${name}.description`,
    operands: [NODE, SESSION],
    options: [REASON, YES],
    async run(call) {
      const { args, out, err } = call
      const context = await call.open('required')
      const input = { node: args.required('node'), session: args.required('session') }
      const report = await confirmAndRun(call, context, operation, input, {
        plan: (plan) => planText(plan, name, err),
        step: ({ step }) => err.t(step === 'saving' ? 'step.saving-transcript' : `step.${step}`),
      })
      return answerOf(report, sessionChangeText(report, name, out))
    },
  }
}

const prevent: Command = {
  path: 'session prevent',
  operation: 'prevent-overflow',
  summary: 'cli.command.session.prevent',
  operands: [NODE, SESSION],
  options: [REASON, YES],
  async run(call) {
    const { args, out, err } = call
    const context = await call.open('required')
    const input = { node: args.required('node'), session: args.required('session') }
    const report = await confirmAndRun(call, context, preventOverflow, input, {
      plan: (plan) =>
        `${err.paint('strong', err.t('prevent.ask', { node: plan.nodeId }))}\n${diffText(plan, err)}`,
      step: ({ step }) => err.t(step === 'verifying' ? 'step.verifying-config' : 'step.acting'),
    })
    return answerOf(report, preventedText(report, out))
  },
}

function planText(plan: SessionPlan, name: 'compact' | 'reset', ink: Ink): string {
  const window = plan.window === null ? ink.t('word.unknown') : ink.number(plan.window)
  return [
    ink.paint('strong', ink.t(`${name}.ask`, { session: plan.sessionKey })),
    ...facts(ink, [
      [ink.t('cli.column.agent'), ink.plain(plan.agentId, 80)],
      [
        ink.t('change.now'),
        readingText(ink, plan.used, (used) => ink.t('value.of', { used: ink.number(used), total: window })),
      ],
    ]),
    ...(plan.running ? [`  ${ink.paint('warning', ink.t('change.running'))}`] : []),
    `  ${ink.t(name === 'reset' ? 'reset.ask.effect' : `compact.ask.${plan.method}`)}`,
    `  ${ink.t('change.saves')}`,
  ].join('\n')
}

function diffText(plan: PreventPlan, ink: Ink): string {
  const before = plan.before === null ? '' : `\n  ${ink.paint('bad', `- ${plan.before}`)}`
  return [
    `  ${ink.plain(plan.path, 300)}:${before}`,
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
    `  ${ink.plain(data.path, 300)}`,
    `  ${ink.t('prevent.verified', { value: verified })}`,
    ...(data.needsRestart ? [`  ${ink.paint('warning', ink.t('prevent.restart'))}`] : []),
    ...next,
  ].join('\n')}\n`
}

/** The commands on conversations. */
export const sessionCommands: readonly Command[] = [
  list,
  show,
  changing('compact', compactSession),
  changing('reset', resetSession),
  prevent,
]
