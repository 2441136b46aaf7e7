import type { EditPlan, EditResult, EditStep } from '../operations/edit-node.ts'
import type { Report } from '../operations/operation.ts'
import type { PlainKey } from '../text/params.ts'
import { compareLines, hostKeyLines, jumpLines, knownLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { namesakeLines } from './namesake.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

const LABELS = {
  name: 'label.name',
  host: 'label.host',
  sshPort: 'label.ssh-port',
  sshUser: 'label.user',
  gatewayPort: 'label.port',
  ocPath: 'label.path',
  unit: 'label.unit-setting',
  jump: 'label.jump',
  tags: 'label.tags',
} as const satisfies Record<EditPlan['changes'][number]['field'], PlainKey>

/** Of each value: a face may have a limit, and all of them may change at once. */
const VALUE_SHOWN = 110

/**
 * What will be another about a node, and the host key of its new address.
 * @param why the reason that the person gave; untrusted
 */
export function editPlan(plan: EditPlan, ink: Ink, why: string | null = null): Told {
  const { offered, known, jump, looks, force } = plan
  const moves = plan.changes.some(({ field }) => ['host', 'sshPort', 'jump'].includes(field))
  const key = offered
    ? [text(ink.t('edit.ask.key')), ...hostKeyLines(offered, ink), ...knownLines(known, ink)]
    : lines(moves && text(ink.t('edit.ask.no-key'), 'warning'))
  return {
    mood: known === 'new' || jump?.known === 'new' || force ? 'warning' : 'neutral',
    title: ink.t('edit.ask', {}, { node: ink.named({ id: plan.nodeId, name: plan.nodeName }) }),
    lead: [],
    parts: [
      [...changeLines(plan.changes, ink), ...namesakeLines(plan.namesake, ink)],
      jumpLines(jump, ink),
      key,
      lines(
        ...compareLines(ink, known, jump?.known),
        looks && text(ink.t(force ? 'edit.ask.force' : 'edit.ask.looks')),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

function changeLines(changes: EditPlan['changes'], ink: Ink): Line[] {
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.code(value, VALUE_SHOWN))
  return changes.map(({ field, from, to }) => fact(ink.t(LABELS[field]), `${shown(from)} → ${shown(to)}`))
}

/** One step in words. */
export function editStep({ step }: EditStep, ink: Ink): string {
  return ink.t(`step.${step}`)
}

/** A node that was changed, with how it stands now where that was looked at. */
export function editResult({ data, outcome }: Report<EditResult>, ink: Ink): Told {
  const { node, changes, state, reason } = data
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(outcome === 'partial' ? 'edit.partial' : 'edit.done', {}, { node: ink.named(node) }),
    lead: lines(state !== null && stateLine({ state, reason }, ink)),
    parts: [changeLines(changes, ink)],
  }
}
