import type { Report } from '../../operations/operation.ts'
import type { SessionChange, SessionPlan, SessionStep } from '../../operations/session-plan.ts'
import {
  type ChangeKind,
  sessionName,
  sessionPlan,
  sessionResult,
  sessionStep,
} from '../../presenters/session-change.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { sessionTag } from '../session-tag.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { progressCard, questionCard, resultCard } from './told.ts'

const SYMBOLS: Record<ChangeKind, string> = { compact: '🗜️', reset: '🆕' }

/** The question before a session is changed. */
export function sessionPlanView(kind: ChangeKind, plan: SessionPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(sessionPlan(kind, plan, reader.ink), asked, reader, {
    symbol: SYMBOLS[kind],
    button: `button.confirm-${kind}`,
  })
}

/** The question in one line. */
export function sessionQuestion(kind: ChangeKind, plan: SessionPlan, { ink }: Reader): string {
  return ink.t(`${kind}.ask`, { session: plan.sessionKey })
}

/** The steps so far; the last one is still going on. */
export function sessionProgressView(
  kind: ChangeKind,
  plan: SessionPlan,
  steps: readonly SessionStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = `${SYMBOLS[kind]} ${ink.t(`${kind}.progress`, {}, { session: sessionName(plan, ink) })}`
  return progressCard(
    title,
    steps.map((step) => sessionStep(step, ink)),
    pressed,
    reader,
  )
}

/** How it ended, with the context before and after, read anew. */
export function sessionResultView(
  kind: ChangeKind,
  plan: SessionPlan,
  report: Report<SessionChange>,
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const { nodeId, sessionKey } = report.data
  const open = {
    id: encodeCustomId('session-show', 'open', nodeId, sessionTag(sessionKey)),
    label: ink.t('button.session'),
    emoji: '💬',
  }
  return resultCard(sessionResult(kind, report, ink, plan), report, reader, {
    pressed,
    controls: [buttonRow([open])],
  })
}
