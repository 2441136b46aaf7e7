import type { Report } from '../operations/operation.ts'
import type { PreventPlan, PreventResult } from '../operations/prevent-overflow.ts'
import type { SessionStep } from '../operations/session-plan.ts'
import type { Ink } from './ink.ts'
import { type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/** The question before a node's configuration is changed: the change, and what it does. */
export function preventPlan(plan: PreventPlan, ink: Ink): Told {
  return {
    mood: 'warning',
    title: ink.t('prevent.ask', {}, { node: ink.code(plan.nodeId) }),
    lead: [],
    parts: [
      [
        change(plan, ink),
        text(
          ink.t(
            'prevent.ask.effect',
            { compactsAt: plan.compactsAt, limit: plan.window - plan.reserve },
            { model: ink.code(plan.model, 80) },
          ),
        ),
      ],
    ],
  }
}

function change({ path, before, after }: PreventPlan, ink: Ink): Line {
  const old = before === null ? ink.t('prevent.unset') : String(before)
  return { kind: 'change', path, before: old, after: String(after) }
}

/** One step in words. */
export function preventStep({ step }: SessionStep, ink: Ink): string {
  return ink.t(step === 'verifying' ? 'step.verifying-config' : 'step.acting')
}

/** How it ended, with the value that the node has now. */
export function preventResult({ data, outcome }: Report<PreventResult>, ink: Ink): Told {
  // Nothing was read back where the outcome is not known; else nothing is set.
  const none = ink.t(outcome === 'unknown' ? 'word.unknown' : 'prevent.unset')
  const value = data.verified === null ? none : ink.number(data.verified)
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`prevent.${outcome}`, {}, { node: ink.code(data.nodeId) }),
    lead: outcome === 'done' ? [] : [{ kind: 'next', text: ink.t('prevent.failed.next') }],
    parts: [
      lines(
        change(data, ink),
        text(ink.t('prevent.verified', {}, { value })),
        data.needsRestart && text(ink.t('prevent.restart'), 'warning'),
      ),
    ],
  }
}
