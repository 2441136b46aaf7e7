import type { ApprovalRule } from '../operations/approvals.ts'
import type { ApprovalView } from '../operations/decide-approval.ts'
import type { Report } from '../operations/operation.ts'
import type { ApprovalRuleChange } from '../operations/set-approval-rule.ts'
import { askedText, operationName } from './asked-words.ts'
import type { Ink } from './ink.ts'
import { strayLine } from './stray-tag.ts'
import { fact, lines, type Told, text } from './told.ts'

/** How a request stands, in one sentence. */
export function approvalState({ state, decided, operationId }: ApprovalView, ink: Ink): string {
  const who = ink.remote(decided?.name ?? '', 80)
  const run = ink.code(operationId ?? '')
  const isOverridden = decided !== null && decided.emergency !== null
  switch (state) {
    case 'approved':
      return isOverridden ? ink.t('approval.state.overridden') : ink.t('approval.state.approved', {}, { who })
    case 'refused':
      return ink.t('approval.state.refused', {}, { who })
    case 'used':
      return isOverridden
        ? ink.t('approval.state.used-overridden', {}, { run })
        : ink.t('approval.state.used', {}, { who, run })
    default:
      return ink.t(`approval.state.${state}`)
  }
}

export function overrideText({ decided }: ApprovalView, ink: Ink): string {
  const who = ink.remote(decided?.name ?? '', 80)
  return ink.t('approval.emergency', {}, { who, reason: ink.remote(decided?.emergency ?? '', 300) })
}

/** What everybody is told when somebody goes on without a second person. */
export function emergencyTold(request: ApprovalView, ink: Ink): Told {
  return {
    mood: 'bad',
    title: ink.t('approval.emergency.title', {}, { what: askedText(request, ink) }),
    lead: [text(overrideText(request, ink), 'alarm')],
    parts: [[fact(ink.t('approval.request'), ink.code(request.id))]],
  }
}

export function ruleText(
  { operation, tag, minutes }: Pick<ApprovalRule, 'operation' | 'tag' | 'minutes'>,
  ink: Ink,
): string {
  const what = operationName(operation, ink)
  return tag === null
    ? ink.t('approval.rule', { minutes }, { what })
    : ink.t('approval.rule', { minutes }, { what, tag: ink.code(tag) })
}

/** A rule as it is now. */
export function approvalRuleResult({ data }: Report<ApprovalRuleChange>, ink: Ink): Told {
  const { operation, tag, before, after, stray } = data
  if (before === null && after === null) return absentRule(data, ink)
  const what = ruleText({ operation, tag, minutes: after ?? before ?? 0 }, ink)
  return {
    mood: after === null || stray ? 'warning' : 'good',
    title: ink.t(after === null ? 'approval.rule.ended' : 'approval.rule.set', {}, { what }),
    lead: lines(stray && strayLine(stray, ink)),
    parts: [],
  }
}

/** One that was never there: a rule for another tag, or for the fleet, still holds. */
function absentRule({ operation, tag }: Pick<ApprovalRule, 'operation' | 'tag'>, ink: Ink): Told {
  const what = operationName(operation, ink)
  const title = ink.t('approval.rule.absent', {}, tag === null ? { what } : { what, tag: ink.code(tag) })
  return { mood: 'warning', title, lead: [], parts: [] }
}

/** What follows for who went on without a second person. */
export function overrideResult({ data }: Report<ApprovalView>, ink: Ink): Told {
  const told = emergencyTold(data, ink)
  return { ...told, lead: [...told.lead, text(approvalState(data, ink))] }
}
