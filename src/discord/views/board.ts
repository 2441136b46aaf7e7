import type { Report } from '../../operations/operation.ts'
import type { Overview } from '../../operations/overview.ts'
import type { SetBoard } from '../../operations/set-board.ts'
import { setBoardResult } from '../../presenters/set-board.ts'
import { shiftReport } from '../../presenters/shift-report.ts'
import { buttonRow, CARD_LIMITS, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { resultCard, textsOf } from './told.ts'

const MOST_LINES = 8
const MINUTE = 60_000

/** The texts of an overview with as many lines as fit into a card that holds `left` characters besides. */
function overviewTexts(overview: Overview, reader: Reader, left: number): string[] {
  for (let room = MOST_LINES; room > 1; room -= 1) {
    const texts = textsOf('📋', shiftReport(overview, room, reader.ink), reader.ink)
    if (texts.join('\n').length <= CARD_LIMITS.text - left) return texts
  }
  return textsOf('📋', shiftReport(overview, 1, reader.ink), reader.ink)
}

/** How the fleet stands, for whoever takes over. */
export function shiftView(report: Report<Overview>, reader: Reader): Card {
  const told = shiftReport(report.data, MOST_LINES, reader.ink)
  const run = reader.ink.small(reader.ink.t('word.run', { id: report.operationId }))
  return makeCard({
    colour: told.mood,
    texts: [...overviewTexts(report.data, reader, run.length + 10), run],
    controls: [buttons(reader, 'shift')],
  })
}

/** The message that is kept in a channel. It tells how old it may be, because nobody edits it once ocm is gone. */
export function boardView(overview: Overview, staleMs: number, reader: Reader): Card {
  const { ink } = reader
  const age = ink.small(
    ink.t('board.age', { minutes: Math.round(staleMs / MINUTE) }, { when: ink.time(overview.at) }),
  )
  return makeCard({
    colour: shiftReport(overview, 1, ink).mood,
    texts: [...overviewTexts(overview, reader, age.length + 10), age],
    controls: [buttons(reader, 'board')],
  })
}

function buttons(reader: Reader, of: string) {
  return buttonRow([
    { id: encodeCustomId('alert-list', 'open-all', of), label: reader.ink.t('button.alerts'), emoji: '🔔' },
  ])
}

/** By this id of a control, the message is found again. */
export const BOARD_MARKER = encodeCustomId('alert-list', 'open-all', 'board')

/** What became of a board. */
export function setBoardView(report: Report<SetBoard>, reader: Reader): Card {
  return resultCard(setBoardResult(report, reader.ink), report, reader)
}
