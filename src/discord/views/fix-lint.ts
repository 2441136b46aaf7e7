import type { FixPlan, FixResult, FixStep } from '../../operations/fix-lint.ts'
import type { Report } from '../../operations/operation.ts'
import { fixPlan, fixResult, fixStep } from '../../presenters/fix-lint.ts'
import { buttonRow, type Card, type CardAttachment } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

const SYMBOL = '🧹'
/** What fits a card with the longest paths and commands; a file has the rest. */
const ROOM = { fixes: 5, left: 2 }

/** The question before something is mended on a node. */
export function fixPlanView(plan: FixPlan, asked: AskedBy, reader: Reader, why: string | null): Card {
  return questionCard(fixPlan(plan, ROOM, reader.ink, why), asked, reader, {
    symbol: SYMBOL,
    button: 'button.confirm-fix',
    ...(plan.fixes.length > ROOM.fixes ? { attachment: commandsFile(plan) } : {}),
  })
}

/** Every command: a plan names all of them. */
function commandsFile({ fixes }: FixPlan): CardAttachment {
  return { name: 'commands.txt', bytes: Buffer.from(`${fixes.map(({ command }) => command).join('\n')}\n`) }
}

/** The steps so far; the last one is still going on. */
export function fixProgressView(
  plan: FixPlan,
  steps: readonly FixStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  return progressCard(
    `${SYMBOL} ${ink.t('fix.progress', {}, { node: ink.code(plan.nodeId) })}`,
    latestSteps(steps).map((step) => fixStep(step, ink)),
    pressed,
    reader,
  )
}

/** How each finding ended, with a way to the restart where one is needed. */
export function fixResultView(report: Report<FixResult>, pressed: PressedBy, reader: Reader): Card {
  const { ink } = reader
  const { nodeId, needsRestart } = report.data
  const restart = {
    id: encodeCustomId('node-restart', 'ask', nodeId),
    label: ink.t('button.restart'),
    emoji: '🔄',
  }
  return resultCard(fixResult(report, ROOM, ink), report, reader, {
    pressed,
    controls: [buttonRow([statusButton(nodeId, ink), ...(needsRestart ? [restart] : [])])],
  })
}
