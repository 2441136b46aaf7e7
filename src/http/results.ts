import type { z } from 'zod'
import type { OperationName, ResultOf } from '../operations/index.ts'
import { fleetResults } from './fleet-results.ts'
import { nodeResults } from './node-results.ts'

/**
 * The data that each operation answers with: a member that its type has and its schema lacks, or an operation without a
 * schema, does not compile. What is deep inside of a node (a snapshot, a figure) is any.
 */
export const RESULTS = { ...fleetResults, ...nodeResults } satisfies {
  [Name in OperationName]: z.ZodType<ResultOf<Name>>
}
