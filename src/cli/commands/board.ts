import { runOperation } from '../../operations/run-operation.ts'
import { setBoard } from '../../operations/set-board.ts'
import { shiftReport } from '../../operations/shift-report.ts'
import { setBoardResult } from '../../presenters/set-board.ts'
import { shiftReport as toldShift } from '../../presenters/shift-report.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { resultText } from '../views/told.ts'

/** A shell has room for all of it. */
const ROOM = 1_000

/** `ocm shift`: how the fleet stands, from memory. */
export async function shift(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const report = await runOperation(context, call.actor, shiftReport, {}, { signal: call.signal })
  return answerOf(report, resultText(toldShift(report.data, ROOM, call.out), report, call.out))
}

/** `ocm board`: has the running bot keep a board, or take it away. */
export async function board(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const input = {
    on: call.args.required('set') === 'on',
    channel: call.args.text('channel') ?? null,
  }
  const report = await runOperation(context, call.actor, setBoard, input, { signal: call.signal })
  return answerOf(report, resultText(setBoardResult(report, call.out), report, call.out))
}
