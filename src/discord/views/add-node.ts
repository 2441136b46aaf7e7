import type { AddPlan, AddResult, AddStep } from '../../operations/add-node.ts'
import type { KeepResult } from '../../operations/keep-addition.ts'
import type { Report } from '../../operations/operation.ts'
import type { UndoAddPlan, UndoAddResult, UndoAddStep } from '../../operations/undo-add-node.ts'
import {
  addNodeCommands,
  addNodePlan,
  addNodeResult,
  addNodeStep,
  keepAdditionResult,
  undoAddNodePlan,
  undoAddNodeResult,
  undoAddNodeStep,
} from '../../presenters/add-node.ts'
import { buttonRow, type Card } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { logsButton, statusButton } from './buttons.ts'
import type { AskedBy, PressedBy } from './confirm.ts'
import { latestSteps, progressCard, questionCard, resultCard } from './told.ts'

/** The question before a machine becomes a node. */
export function addPlanView(plan: AddPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(addNodePlan(plan, reader.ink), asked, reader, {
    symbol: '🌱',
    button: 'button.confirm-add',
    // A card has room for the beginning of each.
    attachment: { name: 'commands.txt', bytes: Buffer.from(addNodeCommands(plan, reader.plain)) },
  })
}

/** The steps so far, each with how long it took and what was seen. */
export function addProgressView(
  plan: AddPlan,
  steps: readonly AddStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const node = ink.named({ id: plan.wanted.id, name: plan.name })
  const latest = latestSteps(steps)
  return progressCard(
    `🌱 ${ink.t('add.progress', {}, { node })}`,
    latest.map((step) => addNodeStep(step, ink)),
    pressed,
    reader,
    latest.at(-1)?.phase === 'ended',
  )
}

/** How it ended; one that stopped can go on, be taken back, or be left alone. */
export function addResultView(report: Report<AddResult>, pressed: PressedBy | null, reader: Reader): Card {
  const { ink } = reader
  const { id, fault, changed } = report.data
  const resume = { id: encodeCustomId('node-add', 'resume', id), label: ink.t('button.resume'), emoji: '▶️' }
  const keep = { id: encodeCustomId('node-add', 'keep', id), label: ink.t('button.keep'), emoji: '📌' }
  const undo = { id: encodeCustomId('node-add-undo', 'ask', id), label: ink.t('button.undo'), emoji: '↩️' }
  const controls =
    fault === null ? [statusButton(id, ink), logsButton(id, ink)] : [resume, ...(changed ? [undo] : []), keep]
  return resultCard(addNodeResult(report, ink), report, reader, { pressed, controls: [buttonRow(controls)] })
}

/** An addition that is left as it stopped; it offers nothing any more. */
export function keepAdditionView(report: Report<KeepResult>, pressed: PressedBy, reader: Reader): Card {
  return resultCard(keepAdditionResult(report, reader.ink), report, reader, { symbol: '📌', pressed })
}

/** The question before an addition is taken back. */
export function undoAddPlanView(plan: UndoAddPlan, asked: AskedBy, reader: Reader): Card {
  return questionCard(undoAddNodePlan(plan, reader.ink), asked, reader, {
    symbol: '↩️',
    button: 'button.confirm-undo-add',
  })
}

/** What is taken back so far. */
export function undoAddProgressView(
  { id, name }: UndoAddPlan,
  steps: readonly UndoAddStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = `↩️ ${ink.t('undo-add.progress', {}, { node: ink.named({ id, name }) })}`
  return progressCard(
    title,
    steps.map((step) => undoAddNodeStep(step, ink)),
    pressed,
    reader,
  )
}

/** How an undo ended. */
export function undoAddResultView(
  report: Report<UndoAddResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  return resultCard(undoAddNodeResult(report, reader.ink), report, reader, { pressed })
}
