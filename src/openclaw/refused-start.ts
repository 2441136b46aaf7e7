import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { journalCommand } from './logs.ts'
import type { StateVerdict } from './node-state.ts'
import { unitLevel } from './service.ts'
import type { InstallFacts, ServiceFacts } from './snapshot.ts'

const JOURNAL_LINES = 60
const JOURNAL_BYTES = 256 * 1024

/** The words of 2026.9.6 (run: an agent that was deleted and whose entry and database were put back by hand). */
const DELETED = /agent database is unavailable while agent ([a-z0-9][a-z0-9_-]{0,63}) is deleted/i

/** The deleted agent for whose sake a gateway refuses to start, by the end of its journal; null when it names none. */
export function deletedAgentIn(journal: string): string | null {
  return DELETED.exec(journal)?.[1] ?? null
}

/**
 * Names the true cause where a gateway ended with the status of a bad configuration although the file is in order: one
 * deleted agent that was put back by hand keeps all the others down, and no correction of the file's form helps. The
 * journal is read only then; where it cannot be, the verdict stays.
 */
export async function explainRefusal(
  session: Pick<SshSession, 'exec'>,
  verdict: StateVerdict,
  { install, service }: { install: InstallFacts; service: ServiceFacts },
  limits: CallLimits,
): Promise<StateVerdict> {
  const level = unitLevel(service)
  const unit = service.unit.value
  const unexplained = verdict.reason?.code === 'config-invalid' && install.configValid.value !== false
  if (!unexplained || level === null || unit === null) return verdict
  try {
    const { stdout } = await session.exec(journalCommand(unit, JOURNAL_LINES, level), {
      ...limits,
      maxOutputBytes: JOURNAL_BYTES,
    })
    const agent = deletedAgentIn(stdout)
    return agent === null ? verdict : { ...verdict, reason: { code: 'agent-deleted', params: { agent } } }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    return verdict
  }
}
