import { noteAct } from '../../src/discord/alerts/note-act.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import {
  preventPlanView,
  preventProgressView,
  preventQuestion,
  preventResultView,
} from '../../src/discord/views/prevent.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { sessionCommand } from './change.ts'

export const preventFlow = confirmedFlow('session-prevent', preventOverflow, {
  question: preventQuestion,
  plan: preventPlanView,
  progress: preventProgressView,
  result: (_plan, report, pressed, reader) => preventResultView(report, pressed, reader),
  after: (call, confirmation, report) =>
    noteAct(call, confirmation, { operation: preventOverflow.name, outcome: report?.outcome ?? 'failed' }),
})

export default sessionCommand('prevent', preventFlow)
