import { OperatorError } from '../base/errors.ts'
import { type OperationName, operations } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { ROUTES } from './routes.ts'

/** An operation of which only its own schemas know the data. */
export type AnyOperation = Operation<unknown, unknown, unknown, unknown>

/** Every operation that this face has, by its name. */
export const offered: ReadonlyMap<OperationName, AnyOperation> = new Map(
  operations.flatMap((operation) => {
    const name = operation.name as OperationName
    // Each operation checks its own input, so that a caller need not know its type.
    return ROUTES[name].kind === 'none' ? [] : [[name, operation as unknown as AnyOperation] as const]
  }),
)

/** @throws OperatorError unknown-route */
export function operationNamed(name: string): AnyOperation {
  const operation = offered.get(name as OperationName)
  if (!operation) throw new OperatorError('unknown-route', { path: `/operations/${name.slice(0, 64)}` })
  return operation
}

/** Whether it goes on after the answer: what acts on nodes does, what only writes ocm's own records is done at once. */
export function isRun({ effect }: Pick<AnyOperation, 'effect'>): boolean {
  return effect === 'change'
}
