import type { ApprovalRule } from '../operations/approvals.ts'
import type { ApprovalList, ApprovalView } from '../operations/decide-approval.ts'
import type { Report } from '../operations/operation.ts'
import type { ApprovalRuleChange } from '../operations/set-approval-rule.ts'
import { isTextKey } from '../text/translate.ts'
import type { Ink } from './ink.ts'
import { tellerOf } from './tellers.ts'
import { aside, fact, type Line, lines, type Mood, type Told, text } from './told.ts'

const MOODS: Record<ApprovalView['state'], Mood> = {
  open: 'warning',
  approved: 'good',
  refused: 'bad',
  used: 'neutral',
  revoked: 'unknown',
  expired: 'unknown',
}

/** An operation by its name in words; as it came where it has none. */
export function operationName(operation: string, ink: Ink): string {
  if (operation === 'every-change') return ink.t('approval.every-change')
  const key = `operation.${operation}`
  return isTextKey(key) ? ink.coded(key as never) : ink.code(operation)
}

/** What is asked for: the operation, and its node. */
function whatOf({ operation, nodeId }: Pick<ApprovalView, 'operation' | 'nodeId'>, ink: Ink): string {
  const name = operationName(operation, ink)
  return nodeId === null ? name : `${name} ${ink.code(nodeId)}`
}

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

/** A request with what is to be approved, as the question before it showed it. */
export function approvalTold(request: ApprovalView, ink: Ink): Told {
  const { id, askedBy, askedAt, expiresAt, reason, decided, plan, input, state } = request
  const tell = tellerOf(request.operation).plan
  const told = tell && plan !== null ? tell(plan, ink) : null
  const isOverridden = decided !== null && decided.emergency !== null
  const asked = { who: ink.remote(askedBy.name, 80), when: ink.time(askedAt) }
  const isPending = state === 'open' || state === 'approved'
  return {
    mood: isOverridden ? 'bad' : MOODS[state],
    title: ink.t('approval.title', {}, { what: whatOf(request, ink) }),
    lead: lines(text(approvalState(request, ink)), isOverridden && text(overrideText(request, ink), 'alarm')),
    parts: [
      lines(
        fact(ink.t('approval.request'), ink.code(id)),
        text(ink.t('approval.asked', {}, asked)),
        reason !== null && fact(ink.t('label.reason'), ink.remote(reason, 300)),
        isPending && aside(ink.t('approval.until', {}, { when: ink.time(expiresAt, 't') })),
      ),
      ...(told ? [[text(told.title)], ...told.parts] : [inputLines(input, ink)]),
    ],
  }
}

/** Where there is no plan: what it was asked with. */
function inputLines(input: Readonly<Record<string, unknown>>, ink: Ink): Line[] {
  return Object.entries(input)
    .filter(([, value]) => value !== null)
    .slice(0, 10)
    .map(([name, value]) => fact(ink.remote(name, 40), ink.code(JSON.stringify(value), 120)))
}

function overrideText({ decided }: ApprovalView, ink: Ink): string {
  const who = ink.remote(decided?.name ?? '', 80)
  return ink.t('approval.emergency', {}, { who, reason: ink.remote(decided?.emergency ?? '', 300) })
}

/** What everybody is told when somebody goes on without a second person. */
export function emergencyTold(request: ApprovalView, ink: Ink): Told {
  return {
    mood: 'bad',
    title: ink.t('approval.emergency.title', {}, { what: whatOf(request, ink) }),
    lead: [text(overrideText(request, ink), 'alarm')],
    parts: [[fact(ink.t('approval.request'), ink.code(request.id))]],
  }
}

function ruleText(
  { operation, tag, minutes }: Pick<ApprovalRule, 'operation' | 'tag' | 'minutes'>,
  ink: Ink,
): string {
  const what = operationName(operation, ink)
  return tag === null
    ? ink.t('approval.rule', { minutes }, { what })
    : ink.t('approval.rule', { minutes }, { what, tag: ink.code(tag) })
}

/** Requests that wait, and the rules behind them. */
export function approvalList({ requests, rules }: ApprovalList, ink: Ink): Told {
  return {
    mood: requests.some(({ state }) => state === 'open') ? 'warning' : 'neutral',
    title: ink.t('approval.list'),
    lead: lines(requests.length === 0 && text(ink.t('approval.list.none'))),
    parts: [
      requests.map((request) => ({
        kind: 'item' as const,
        text: `${ink.code(request.id)} · ${whatOf(request, ink)} · ${ink.remote(request.askedBy.name, 80)} · ${approvalState(request, ink)}`,
      })),
      rules.length === 0
        ? [text(ink.t('approval.rules.none'))]
        : [
            text(ink.t('approval.rules')),
            ...rules.map((rule) => ({ kind: 'item' as const, text: ruleText(rule, ink) })),
          ],
    ],
  }
}

/** What was decided about a request. */
export function approvalResult({ data }: Report<ApprovalView>, ink: Ink): Told {
  return approvalTold(data, ink)
}

/** A rule as it is now. */
export function approvalRuleResult({ data }: Report<ApprovalRuleChange>, ink: Ink): Told {
  const { operation, tag, before, after } = data
  const what = ruleText({ operation, tag, minutes: after ?? before ?? 0 }, ink)
  return {
    mood: after === null ? 'warning' : 'good',
    title: ink.t(after === null ? 'approval.rule.ended' : 'approval.rule.set', {}, { what }),
    lead: [],
    parts: [],
  }
}
