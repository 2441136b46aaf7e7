import { type ErrorCode, OperatorError } from '../base/errors.ts'
import type { Actor } from '../operations/access.ts'
import type { Context } from '../operations/context.ts'
import { createAllowance } from './limits.ts'

/** Log-ins of one address that may fail in a minute. */
const FAILED_LOG_INS = 10
/** Of these, how many of all addresses are written down: who has many addresses must not push the audit out of its own. */
const WRITTEN_FAILURES = 60
const SECOND_MS = 1_000
const NOBODY = { id: 'nobody', name: 'nobody' } as const

/** How a log-in can fail. */
export type LogInFailure = Extract<
  ErrorCode,
  'not-signed-in' | 'link-over' | 'discord-log-in-over' | 'discord-no-role'
>

/** What is written down of log-ins, and how often they may fail. */
export interface LogIns {
  /** Writes a log-in or a log-out down; returns its operation id. */
  audit(
    operation: 'log-in' | 'log-out',
    who: Pick<Actor, 'face' | 'id' | 'name' | 'address'>,
    errorCode: string | null,
  ): string
  /**
   * Only what fails is counted, and written down as often as it is answered: a stranger keeps nobody out.
   * @throws OperatorError too-many-requests
   */
  failed(
    face: 'http' | 'web',
    code: LogInFailure,
    address: string,
    who?: Pick<Actor, 'id' | 'name'>,
  ): OperatorError
}

export function createLogIns(context: Pick<Context, 'clock' | 'log' | 'audit' | 'newId'>): LogIns {
  const { clock, log } = context
  const failures = createAllowance(clock, FAILED_LOG_INS)
  const written = createAllowance(clock, WRITTEN_FAILURES)

  const audit: LogIns['audit'] = (operation, who, errorCode) => {
    const operationId = context.newId()
    const entry = {
      at: new Date(clock.now()).toISOString(),
      operationId,
      operation,
      face: who.face,
      actorId: who.id,
      actorName: who.name,
      ...(who.address === undefined ? {} : { address: who.address }),
      nodeId: null,
      input: {},
      reason: null,
      result: errorCode === null ? ('done' as const) : ('refused' as const),
      errorCode,
      durationMs: 0,
    }
    context.audit.append(entry).catch((error: unknown) => {
      log.error({ err: error, entry }, 'audit line could not be written')
    })
    return operationId
  }

  return {
    audit,
    failed(face, code, address, { id, name } = NOBODY) {
      refuseAfter(failures.take(address))
      const error = new OperatorError(code)
      if (written.take('all') === 0) error.incident = audit('log-in', { face, id, name, address }, code)
      return error
    },
  }
}

/** @throws OperatorError too-many-requests, unless there is nothing to wait for */
export function refuseAfter(waitMs: number): void {
  if (waitMs > 0) throw new OperatorError('too-many-requests', { seconds: Math.ceil(waitMs / SECOND_MS) })
}
