import type { Report } from '../../operations/operation.ts'
import type { RemovePlan, RemoveResult } from '../../operations/remove-node.ts'
import { removePlan, removeResult } from '../../presenters/remove-node.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, type PressedBy, pressedLine } from './confirm.ts'
import { questionCard, resultCard } from './told.ts'

/** The question before a node is forgotten. */
export function removePlanView(plan: RemovePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(removePlan(plan, reader.ink, why), asked, reader, {
    symbol: '🗑️',
    button: 'button.confirm-remove',
  })
}

/** A node that is being forgotten; there are no steps to show. */
export function removeProgressView(plan: RemovePlan, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  return makeCard({
    colour: 'neutral',
    texts: [`⏳ ${ink.t('operation.remove-node')} · ${ink.named(plan)}`, pressedLine(pressed, reader)],
  })
}

/** A node that is forgotten, and the way back. */
export function removeResultView(
  report: Report<RemoveResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  return resultCard(removeResult(report, reader.ink), report, reader, { pressed })
}
