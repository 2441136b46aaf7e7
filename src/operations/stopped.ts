import { stopperOf } from '../base/abort.ts'
import { type ErrorCode, OperatorError } from '../base/errors.ts'

type StopCode = Extract<ErrorCode, 'stopped' | `${'backup' | 'decommission' | 'restore' | 'update'}-stopped`>

/**
 * What an error is where nothing was changed before it: once the signal has ended, that it was stopped, whatever the stop broke
 * off. Such a run has neither failed nor is its result unknown. What would have been refused anyway stays so.
 */
export function stoppedOr(
  error: unknown,
  code: StopCode,
  { node, signal }: { node?: string; signal?: AbortSignal | undefined },
): unknown {
  if (!signal?.aborted || isRefusal(error)) return error
  const by = stopperOf(signal)
  const params = { ...(node === undefined ? {} : { node }), ...(by === null ? {} : { by }) }
  return new OperatorError(code, params, { cause: error })
}

/** Does what changes nothing. @throws OperatorError `code` where it was stopped, else what the work throws */
export async function untouched<T>(
  code: StopCode,
  about: { node?: string; signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw stoppedOr(error, code, about)
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof OperatorError && (error.kind === 'usage' || error.kind === 'refused')
}
