import { resetSession } from '../../src/operations/reset-session.ts'
import { changeFlow, sessionCommand } from './change.ts'

export const resetFlow = changeFlow('reset', resetSession)

export default sessionCommand('reset', resetFlow)
