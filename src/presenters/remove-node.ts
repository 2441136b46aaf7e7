import type { Report } from '../operations/operation.ts'
import type { RemovePlan, RemoveResult } from '../operations/remove-node.ts'
import type { Ink } from './ink.ts'
import { tagsText } from './register-node.ts'
import { fact, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/**
 * The question before a node is forgotten.
 * @param why the reason that the person gave; untrusted
 */
export function removePlan(plan: RemovePlan, ink: Ink, why: string | null = null): Told {
  const { openIncidents: count } = plan
  return {
    mood: 'warning',
    title: ink.t('remove.ask', {}, { node: ink.named(plan) }),
    lead: [],
    parts: [
      lines(
        text(ink.t('remove.ask.effect')),
        count > 0 && text(ink.t('remove.ask.incidents', { count }), 'warning'),
        fact(ink.t('label.address'), ink.code(`${plan.sshUser}@${plan.host}:${plan.sshPort}`)),
        plan.tags.length > 0 && fact(ink.t('label.tags'), tagsText(plan.tags, ink)),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

/** A node that is forgotten, and the way back. */
export function removeResult({ data, outcome }: Report<RemoveResult>, ink: Ink): Told {
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t('remove.done', {}, { node: ink.named(data.node) }),
    lead: [text(ink.t('remove.back'))],
    parts: [],
  }
}
