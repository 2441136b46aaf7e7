import type { Actor } from './access.ts'
import type { Confirmation, Confirmations } from './confirmations.ts'
import type { Context } from './context.ts'
import type { Operation, Report } from './operation.ts'
import { type RunOptions, runOperation } from './run-operation.ts'

/**
 * Runs exactly what was confirmed, with the roles of this moment, and closes the confirmation however that ends.
 * @throws OperatorError as {@link runOperation}
 */
export async function runConfirmed<Input, Result, Step, Plan>(
  parts: { context: Context; confirmations: Confirmations; actor: Actor },
  operation: Operation<Input, Result, Step, Plan>,
  confirmation: Confirmation,
  options: Pick<RunOptions<Step>, 'signal' | 'onWork' | 'onProgress'> = {},
): Promise<Report<Result>> {
  const { context, confirmations, actor } = parts
  const { id, input, plan, fingerprint, reason } = confirmation
  try {
    return await runOperation(context, actor, operation, input, {
      ...options,
      ...(reason === null ? {} : { reason }),
      confirmed: { plan, fingerprint },
      onBegin: (operationId) => confirmations.begun(id, operationId),
    })
  } finally {
    // How the work ended must not be hidden by this: left open, the next start says that its result is unknown.
    await confirmations.close(id).catch((error: unknown) => {
      context.log.error({ err: error, confirmation: id }, 'a confirmation could not be closed')
    })
  }
}
