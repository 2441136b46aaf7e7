import type { Report } from '../operations/operation.ts'
import type { RetirePlan, RetireResult, UnretireResult } from '../operations/retire-node.ts'
import type { Ink } from './ink.ts'
import { firstOf, readingText } from './readings.ts'
import { fact, lines, OUTCOME_MOODS, STATE_MOODS, stateLine, type Told, text } from './told.ts'

const AGENTS_SHOWN = 12

/**
 * The question before a node is retired, with what keeps running there.
 * @param why the reason that the person gave; untrusted
 */
export function retirePlan(plan: RetirePlan, ink: Ink, why: string | null = null): Told {
  const agents = readingText(ink, plan.agents, (ids) => {
    const shown = ids.map((id) => ink.remote(id, 60))
    return ids.length === 0 ? ink.t('value.no-agents') : firstOf(ink, shown, AGENTS_SHOWN)
  })
  return {
    mood: 'warning',
    title: ink.t('retire.ask', {}, { node: ink.named({ id: plan.nodeId, name: plan.nodeName }) }),
    lead: [stateLine(plan, ink, ink.t('label.state'))],
    parts: [
      lines(
        text(ink.t('retire.ask.effect')),
        text(ink.t(plan.reachable ? 'retire.ask.reachable' : 'retire.ask.unreachable'), 'warning'),
        fact(ink.t('label.agents'), agents),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

/** A retired node, with the warning that its agents may still be running. */
export function retireResult({ data, outcome }: Report<RetireResult>, ink: Ink): Told {
  const { node, mayStillRun, state, reason } = data
  const unseen = state === 'unreachable' || state === 'unknown'
  return {
    mood: mayStillRun ? 'warning' : OUTCOME_MOODS[outcome],
    title: ink.t('retire.done', {}, { node: ink.named(node) }),
    lead: lines(
      mayStillRun && text(ink.t(unseen ? 'retire.may-run' : 'retire.ask.reachable'), 'warning'),
      reason !== null && stateLine({ state, reason }, ink),
      node.stateReason && fact(ink.t('label.reason'), ink.remote(node.stateReason)),
      text(ink.t('retire.back')),
    ),
    parts: [],
  }
}

/** A node that is active again, with how it stands. */
export function unretireResult({ data }: Report<UnretireResult>, ink: Ink): Told {
  return {
    mood: STATE_MOODS[data.state],
    title: ink.t('unretire.done', {}, { node: ink.named(data.node) }),
    lead: [stateLine(data, ink)],
    parts: [],
  }
}
