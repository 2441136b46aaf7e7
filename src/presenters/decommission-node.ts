import type { DecommissionResult, DecommissionStep } from '../operations/decommission-node.ts'
import type { DecommissionPlan } from '../operations/decommission-plan.ts'
import type { Report } from '../operations/operation.ts'
import { backupStepText } from './backups.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, reasonText } from './readings.ts'
import { workLines } from './restart-node.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

const PLACES_SHOWN = 4
const PATH = 80

/** The question before a decommission: what goes, what stays, and what runs. `why` is what the person gave; untrusted. */
export function decommissionPlan(plan: DecommissionPlan, ink: Ink, why: string | null = null): Told {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const reason = why && fact(ink.t('label.reason'), ink.remote(why))
  const { resumes } = plan
  return {
    mood: 'warning',
    title: ink.t('decommission.ask', {}, { node }),
    lead: plan.reachable
      ? lines(
          resumes &&
            text(
              ink.t(
                'decommission.ask.resumes',
                { step: resumes.step },
                { when: ink.time(resumes.startedAt) },
              ),
              'warning',
            ),
        )
      : [text(ink.t('decommission.ask.unreachable'), 'warning')],
    parts: [
      ...(plan.reachable ? [itemLines(plan, ink), stayLines(plan, ink)] : []),
      [
        stateLine(plan, ink, ink.t('label.state')),
        ...(plan.reachable ? workLines({ ...plan, drain: plan.canDrain }, ink) : []),
      ],
      lines(plan.reachable && text(ink.t('decommission.ask.effect'), 'warning'), reason),
    ].filter((part) => part.length > 0),
  }
}

function itemLines({ items }: DecommissionPlan, ink: Ink): Line[] {
  return [
    text(ink.t('decommission.ask.deletes', { count: items.length })),
    ...items.slice(0, PLACES_SHOWN).map(
      ({ path, bytes }): Line => ({
        kind: 'item',
        text: ink.t('decommission.ask.place', bytes === null ? {} : { bytes }, {
          path: ink.code(path, PATH),
        }),
      }),
    ),
  ]
}

function stayLines({ stays }: DecommissionPlan, ink: Ink): Line[] {
  if (stays.length === 0) return []
  const names = firstOf(
    ink,
    stays.map((path) => ink.code(path, PATH)),
    PLACES_SHOWN,
  )
  return [text(ink.t('decommission.ask.stays', { count: stays.length })), { kind: 'item', text: names }]
}

/** One step in words, with how far it is, or with how long it took. */
export function decommissionStep({ step, durationMs, detail }: DecommissionStep, ink: Ink): string {
  if (durationMs !== null) return ink.t('decommission.step.done', { step, took: durationMs })
  return dotted([ink.t(`decommission-step.${step}`), detail && detailText(detail, ink)])
}

/** One step as it begins or ends: the same for each report in between. */
export function decommissionStepBegins(step: DecommissionStep, ink: Ink): string {
  return decommissionStep({ ...step, detail: null }, ink)
}

function detailText(detail: NonNullable<DecommissionStep['detail']>, ink: Ink): string {
  if (detail.step !== 'draining') return backupStepText(detail, ink)
  const { running, waitedMs: waited, limitMs: limit } = detail
  return ink.t('step.draining', { running, waited, limit })
}

/** How a decommission ended: what is proven, what is gone, what stays, and the way on. */
export function decommissionResult(
  { data, outcome }: Report<DecommissionResult>,
  ink: Ink,
  name = data.nodeId,
): Told {
  const { fault, reason, serving, state } = data
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`decommission.${outcome}`, {}, { node: ink.named({ id: data.nodeId, name }) }),
    lead: lines(
      fault !== null && text(ink.t(`decommission.fault.${fault}`), 'alarm'),
      reason && text(reasonText(ink, reason)),
      stateText(data, ink),
      serving !== null &&
        (serving
          ? text(ink.t('decommission.serving'), 'well')
          : text(ink.t('decommission.not-serving'), 'warning')),
      state !== 'gone' && { kind: 'next', text: ink.t(`decommission.next.${state}`) },
    ),
    parts: [
      data.steps.map(
        ({ step, durationMs: took }): Line => ({
          kind: 'check',
          passed: true,
          text: ink.t(
            'decommission.evidence',
            { took },
            { evidence: ink.t(`decommission-evidence.${step}`) },
          ),
        }),
      ),
      lines(
        data.backup !== null && fact(ink.t('decommission.backup'), ink.code(data.backup)),
        listed('removed', data.removed, ink),
        listed('stays', data.stays, ink),
        listed('foreign', data.foreign, ink),
      ),
    ].filter((part) => part.length > 0),
  }
}

function stateText({ state, endedAt }: DecommissionResult, ink: Ink): Line | null {
  if (state === 'gone') return null
  if (state !== 'cut') return text(ink.t(`decommission.state.${state}`))
  return endedAt && text(ink.t('decommission.state.cut', { step: endedAt }), 'warning')
}

function listed(what: 'removed' | 'stays' | 'foreign', paths: readonly string[], ink: Ink): Line | null {
  if (paths.length === 0) return null
  const shown = paths.map((path) => ink.code(path, PATH))
  return fact(ink.t(`decommission.${what}`), firstOf(ink, shown, PLACES_SHOWN))
}
