import { confirmedFlow } from '../../src/discord/confirm.ts'
import {
  preventPlanView,
  preventProgressView,
  preventQuestion,
  preventResultView,
} from '../../src/discord/views/prevent.ts'
import { preventOverflow } from '../../src/operations/prevent-overflow.ts'
import { sessionCommand } from './change.ts'

export const preventFlow = confirmedFlow(preventOverflow, {
  question: preventQuestion,
  plan: preventPlanView,
  progress: preventProgressView,
  result: (_plan, report, pressed, reader) => preventResultView(report, pressed, reader),
})

export default sessionCommand('prevent', preventFlow)
