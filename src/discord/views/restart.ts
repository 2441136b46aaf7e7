import type { Report } from '../../operations/operation.ts'
import type { RestartPlan, RestartResult, RestartStep } from '../../operations/restart-node.ts'
import { dotted, firstOf, readingText, reasonText } from '../../presenters/readings.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import { toCodeBlock, toLogLine } from '../markdown.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS, STATE_SYMBOLS } from './symbols.ts'

const TURNS_SHOWN = 6
const TAIL_LINES = 20
const TAIL_LINE = 140

/** The question before a restart: how the node stands, what is running, and what will happen to it. */
export function restartPlanView(plan: RestartPlan, asked: AskedBy, reader: Reader): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-restart')
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return makeCard({
    colour: 'warning',
    texts: [
      `${ink.title(`🔁 ${ink.t('restart.ask', {}, { node })}`)}\n${stateLine(plan, ink)}`,
      [
        ...runningLines(plan, ink),
        otherWorkLine(plan, ink),
        `${ink.strong(ink.t('label.method'))} ${ink.t(`method.${plan.method}`)}`,
      ]
        .filter(Boolean)
        .join('\n'),
      line,
    ],
    controls,
  })
}

/** The state of a node and its reason, in a line. */
export function stateLine(at: Pick<RestartPlan, 'state' | 'reason'>, ink: DiscordInk): string {
  const reason = at.reason && reasonText(ink, at.reason)
  return `${STATE_SYMBOLS[at.state]} ${dotted([ink.t(`state.${at.state}`), reason])}`
}

function runningLines(plan: RestartPlan, ink: DiscordInk): string[] {
  const running = plan.running.value
  const label = ink.strong(ink.t('label.running'))
  if (running === null) return [`${label} ${readingText(ink, plan.running, () => '')}`, effectOf(plan, ink)]
  if (running.length === 0) {
    const idle = readingText(ink, plan.running, () => ink.t('restart.ask.idle'))
    return [`${label} ${idle}`, plan.drain ? effectOf(plan, ink) : '']
  }
  const turns = running.map((turn) =>
    dotted([
      `${ink.strong(ink.remote(turn.agentId, 60))} ${ink.code(turn.sessionKey, 80)}`,
      turn.startedAt !== null && ink.t('restart.ask.since', {}, { when: ink.time(turn.startedAt) }),
    ]),
  )
  const count = readingText(ink, plan.running, () => ink.t('restart.ask.running', { count: running.length }))
  const more = turns.length > TURNS_SHOWN ? [ink.t('word.more', { count: turns.length - TURNS_SHOWN })] : []
  return [
    `${label} ${count}`,
    ...turns.slice(0, TURNS_SHOWN).map((turn) => `- ${turn}`),
    ...more,
    effectOf(plan, ink),
  ]
}

function effectOf(plan: RestartPlan, ink: DiscordInk): string {
  if (plan.drain) return `⏳ ${ink.t('restart.ask.drain', { seconds: plan.drainSeconds })}`
  const warning = ink.t('restart.ask.interrupt')
  return `⚠️ ${plan.canDrain ? warning : `${ink.t('restart.ask.no-drain')} ${warning}`}`
}

function otherWorkLine(plan: RestartPlan, ink: DiscordInk): string {
  const work = plan.otherWork.value
  if (work === null || work.length === 0) return ''
  const items = work.map(({ kind, count }) => `${ink.remote(kind, 40)} ${count}`)
  return `${ink.strong(ink.t('label.other-work'))} ${firstOf(ink, items, 8)}`
}

/** The steps so far; the last one is still going on. */
export function restartProgressView(
  plan: RestartPlan,
  steps: readonly RestartStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const latest = new Map(steps.map((step) => [step.step, step]))
  const done = [...latest.values()]
  const lines = done.map(
    (step, index) =>
      `${index < done.length - 1 || step.step === 'verified' ? '✅' : '⏳'} ${stepText(step, ink)}`,
  )
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [
      `${ink.title(`🔁 ${ink.t('restart.progress', {}, { node })}`)}${lines.length > 0 ? '\n' : ''}${lines.join('\n')}`,
      pressedLine(pressed, reader),
    ],
  })
}

function stepText(step: RestartStep, ink: DiscordInk): string {
  switch (step.step) {
    case 'draining':
      return ink.t('step.draining', { running: step.running, waited: step.waitedMs, limit: step.limitMs })
    case 'restarting':
      return ink.t('step.restarting', { method: step.method })
    case 'waiting':
      return dotted([
        ink.t('step.waiting', { waited: step.waitedMs, limit: step.limitMs }),
        step.reason && reasonText(ink, step.reason),
      ])
    case 'checking':
    case 'verified':
      return ink.t(`step.${step.step}`)
  }
}

/** How the restart ended, with the seconds it took or the end of the log. */
export function restartResultView(
  plan: RestartPlan,
  report: Report<RestartResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { data, outcome } = report
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const next =
    outcome === 'failed' || outcome === 'unknown' ? ink.small(`→ ${ink.t(`restart.${outcome}.next`)}`) : ''
  const facts = [
    data.secondsToServe !== null && ink.t('restart.done.seconds', { seconds: data.secondsToServe }),
    data.drained && ink.t('restart.drained'),
    data.interrupted !== null &&
      data.interrupted > 0 &&
      ink.t('restart.interrupted', { count: data.interrupted }),
    stateLine(data.after, ink),
    next,
  ]
  const tail = data.logTail.slice(-TAIL_LINES).map((line) => toLogLine(line, TAIL_LINE))
  return makeCard({
    colour: OUTCOME_COLOURS[outcome],
    texts: [
      [ink.title(`${OUTCOME_SYMBOLS[outcome]} ${ink.t(`restart.${outcome}`, {}, { node })}`), ...facts]
        .filter(Boolean)
        .join('\n'),
      tail.length > 0 ? `${ink.strong(ink.t('restart.log-tail'))}\n${toCodeBlock(tail)}` : '',
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
    controls: [
      buttonRow([
        {
          id: encodeCustomId('node-status', 'open', plan.nodeId),
          label: ink.t('button.status'),
          emoji: '🩺',
        },
        { id: encodeCustomId('node-logs', 'open', plan.nodeId), label: ink.t('button.logs'), emoji: '📜' },
      ]),
    ],
  })
}
