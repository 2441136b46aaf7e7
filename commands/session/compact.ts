import { compactSession } from '../../src/operations/compact-session.ts'
import { changeFlow, sessionCommand } from './change.ts'

export const compactFlow = changeFlow('compact', compactSession)

export default sessionCommand('compact', compactFlow)
