import type { Report } from '../../operations/operation.ts'
import type { RetirePlan, RetireResult, UnretireResult } from '../../operations/retire-node.ts'
import { retirePlan, retireResult, unretireResult } from '../../presenters/retire-node.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { statusButton, unretireButton } from './buttons.ts'
import { type AskedBy, type PressedBy, pressedLine } from './confirm.ts'
import { questionCard, resultCard } from './told.ts'

/** The question before a node is retired, with what keeps running there. */
export function retirePlanView(plan: RetirePlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(retirePlan(plan, reader.ink, why), asked, reader, {
    symbol: '🗄️',
    button: 'button.confirm-retire',
  })
}

/** A node that is being retired; there are no steps to show. */
export function retireProgressView(plan: RetirePlan, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  return makeCard({
    colour: 'neutral',
    texts: [`⏳ ${ink.t('operation.retire-node')} · ${node}`, pressedLine(pressed, reader)],
  })
}

/** A retired node, with the warning that its agents may still be running. */
export function retireResultView(
  report: Report<RetireResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  return resultCard(retireResult(report, ink), report, reader, {
    pressed,
    controls: [buttonRow([unretireButton(report.data.node.id, ink)])],
  })
}

/** A node that is active again, with how it stands. */
export function unretireResultView(report: Report<UnretireResult>, reader: Reader): Card {
  const { ink } = reader
  return resultCard(unretireResult(report, ink), report, reader, {
    symbol: '↩️',
    controls: [buttonRow([statusButton(report.data.node.id, ink)])],
  })
}
