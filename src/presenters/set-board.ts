import type { Report } from '../operations/operation.ts'
import type { SetBoard } from '../operations/set-board.ts'
import type { Ink } from './ink.ts'
import { OUTCOME_MOODS, type Told, text } from './told.ts'

/** What became of a board that was asked for or taken away. */
export function setBoardResult({ data, outcome }: Report<SetBoard>, ink: Ink): Told {
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(data.on ? 'board.set-on' : 'board.set-off'),
    lead: [text(ink.t(`board.state.${data.state}`))],
    parts: [],
  }
}
