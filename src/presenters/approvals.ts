import type { ApprovalList, ApprovalView } from '../operations/decide-approval.ts'
import type { Report } from '../operations/operation.ts'
import { approvalState, overrideText, ruleText } from './approval-words.ts'
import { askedFacts, askedText } from './asked-words.ts'
import type { Ink } from './ink.ts'
import { tellerOf } from './tellers.ts'
import { aside, fact, lines, type Mood, type Told, text } from './told.ts'

const MOODS: Record<ApprovalView['state'], Mood> = {
  open: 'warning',
  approved: 'good',
  refused: 'bad',
  used: 'neutral',
  revoked: 'unknown',
  expired: 'unknown',
}

/** A request with what is to be approved, as the question before it showed it. */
export function approvalTold(request: ApprovalView, ink: Ink): Told {
  const { id, askedBy, askedAt, expiresAt, reason, decided, plan, state } = request
  const tell = tellerOf(request.operation).plan
  const told = tell && plan !== null ? tell(plan, ink) : null
  const isOverridden = decided !== null && decided.emergency !== null
  const asked = { who: ink.remote(askedBy.name, 80), when: ink.time(askedAt) }
  const isPending = state === 'open' || state === 'approved'
  return {
    mood: isOverridden ? 'bad' : MOODS[state],
    title: ink.t('approval.title', {}, { what: askedText(request, ink) }),
    lead: lines(text(approvalState(request, ink)), isOverridden && text(overrideText(request, ink), 'alarm')),
    parts: [
      lines(
        fact(ink.t('approval.request'), ink.code(id)),
        text(ink.t('approval.asked', {}, asked)),
        reason !== null && fact(ink.t('label.reason'), ink.remote(reason, 300)),
        isPending && aside(ink.t('approval.until', {}, { when: ink.time(expiresAt, 't') })),
      ),
      ...(told ? [[text(told.title)], ...told.parts] : [askedFacts(request, ink)]),
    ],
  }
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
        text: `${ink.code(request.id)} · ${askedText(request, ink)} · ${ink.remote(request.askedBy.name, 80)} · ${approvalState(request, ink)}`,
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
