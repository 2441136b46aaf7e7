import { OperatorError } from '../../base/errors.ts'
import type { Config } from '../../settings/config.ts'
import type { Call } from '../command.ts'
import { type Finding, finding } from './finding.ts'

/** Nobody who examines a setup waits longer for another place. */
const SILENCE_MS = 5_000

/** Whether the copy of the audit is kept, by sending what it lacks; nothing where none is set up. */
export async function checkAuditCopy(
  { watch }: Config,
  call: Pick<Call, 'open' | 'signal'>,
): Promise<Finding[]> {
  if (watch.auditCopy === null) return []
  try {
    const { audit } = await call.open('optional')
    const state = await audit.copyNow(AbortSignal.any([call.signal, AbortSignal.timeout(SILENCE_MS)]))
    if (state === null) return []
    if (state.problem !== null)
      return [finding('data', 'problem', 'doctor.audit-copy-failed', { code: state.problem })]
    return [finding('data', 'ok', 'doctor.audit-copied')]
  } catch (error) {
    if (!(error instanceof OperatorError) || error.kind === 'internal' || error.code === 'cancelled')
      throw error
    // Why nothing can be opened is said where that is looked at.
    return []
  }
}
