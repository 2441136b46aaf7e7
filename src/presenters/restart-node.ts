import type { Reason } from '../base/reading.ts'
import type { Report } from '../operations/operation.ts'
import type { RestartPlan, RestartResult, RestartStep } from '../operations/restart-node.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, readingText, reasonText } from './readings.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

const TURNS_SHOWN = 6
const WORK_SHOWN = 8

/** The question before a restart: how the node stands, what is running, and what will happen to it. */
export function restartPlan(plan: RestartPlan, ink: Ink): Told {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return {
    mood: 'warning',
    title: ink.t('restart.ask', {}, { node }),
    lead: [stateLine(plan, ink, ink.t('label.state'))],
    parts: [[...workLines(plan, ink), fact(ink.t('label.method'), ink.t(`method.${plan.method}`))]],
  }
}

type Work = Pick<RestartPlan, 'running' | 'otherWork' | 'canDrain' | 'drain' | 'drainSeconds'>

/** What runs on a node, and what becomes of it when its gateway ends. */
export function workLines(plan: Work, ink: Ink): Line[] {
  return [...runningLines(plan, ink), ...otherWork(plan, ink)]
}

function runningLines(plan: Work, ink: Ink): Line[] {
  const label = ink.t('label.running')
  const turns = plan.running.value
  const count = readingText(ink, plan.running, (running) =>
    running.length === 0
      ? ink.t('restart.ask.idle')
      : ink.t('restart.ask.running', { count: running.length }),
  )
  // Where nothing runs, nothing is interrupted; a drain waits for whatever begins meanwhile.
  if (turns?.length === 0) return lines(fact(label, count), plan.drain && effect(plan, ink))
  const more = (turns?.length ?? 0) - TURNS_SHOWN
  return lines(
    fact(label, count),
    ...(turns ?? []).slice(0, TURNS_SHOWN).map((turn): Line => ({ kind: 'item', text: turnText(turn, ink) })),
    more > 0 && { kind: 'item', text: ink.t('word.more', { count: more }) },
    effect(plan, ink),
  )
}

type Turn = NonNullable<RestartPlan['running']['value']>[number]

function turnText(turn: Turn, ink: Ink): string {
  return dotted([
    `${ink.paint('strong', ink.remote(turn.agentId, 60))} ${ink.code(turn.sessionKey, 80)}`,
    turn.startedAt !== null && ink.t('restart.ask.since', {}, { when: ink.time(turn.startedAt) }),
  ])
}

function effect(plan: Work, ink: Ink): Line {
  if (plan.drain) return text(ink.t('restart.ask.drain', { seconds: plan.drainSeconds }), 'waiting')
  const warning = ink.t('restart.ask.interrupt')
  return text(plan.canDrain ? warning : `${ink.t('restart.ask.no-drain')} ${warning}`, 'warning')
}

function otherWork({ otherWork: { value } }: Work, ink: Ink): Line[] {
  if (value === null || value.length === 0) return []
  const items = value.map(({ kind, count }) => `${ink.remote(kind, 40)} ${count}`)
  return [fact(ink.t('label.other-work'), firstOf(ink, items, WORK_SHOWN))]
}

/** One step in words. */
export function restartStep(step: RestartStep, ink: Ink): string {
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

/** What to do about a restart that did not bring the gateway back: where the cause is known, what ends that. */
function nextAfter(reason: Reason | null, outcome: 'failed' | 'unknown', ink: Ink): string {
  return reason?.code === 'agent-deleted'
    ? ink.coded('condition.agent-deleted.next', reason.params)
    : ink.t(`restart.${outcome}.next`)
}

/**
 * How the restart ended, with the seconds it took or the end of the log.
 * @param name what people call the node; its id where that is not at hand
 */
export function restartResult({ data, outcome }: Report<RestartResult>, ink: Ink, name = data.nodeId): Told {
  const node = ink.named({ id: data.nodeId, name })
  const interrupted = data.interrupted ?? 0
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`restart.${outcome}`, {}, { node }),
    lead: lines(
      data.secondsToServe !== null && text(ink.t('restart.done.seconds', { seconds: data.secondsToServe })),
      data.drained && text(ink.t('restart.drained')),
      interrupted > 0 && text(ink.t('restart.interrupted', { count: interrupted })),
      stateLine(data.after, ink),
      (outcome === 'failed' || outcome === 'unknown') && {
        kind: 'next',
        text: nextAfter(data.after.reason, outcome, ink),
      },
    ),
    parts:
      data.logTail.length === 0
        ? []
        : [[{ kind: 'log', title: ink.t('restart.log-tail'), lines: data.logTail }]],
  }
}
