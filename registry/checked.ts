import type { ZodType } from 'zod'
import { OperatorError } from '../src/base/errors.ts'
import { inputProblem } from '../src/base/input-problem.ts'
import { findClash } from './parse.ts'
import { nodeRecordSchema, type RegistryData, registryDataSchema } from './schema.ts'

/** Refuses a change that would make a registry which could not be read again; copies what the caller gave. */
export function checked(before: RegistryData, after: RegistryData, touched: readonly string[]): RegistryData {
  const known = new Set(before.nodes)
  const nodes = after.nodes.map((node) => (known.has(node) ? node : parsed(nodeRecordSchema, node)))
  const jumps =
    after.jumps === before.jumps ? after.jumps : parsed(registryDataSchema.shape.jumps, after.jumps)
  const clash = findClash({ nodes, jumps })
  const first = nodes[clash?.first ?? -1]
  const second = nodes[clash?.second ?? -1]
  if (clash === null || first === undefined || second === undefined) return { ...after, nodes, jumps }
  if (clash.kind === 'id') throw new OperatorError('node-exists', { node: first.id })
  const existing = touched.includes(first.id) ? second : first
  throw new OperatorError('address-exists', { node: existing.id, host: existing.host })
}

function parsed<T>(schema: ZodType<T>, value: T): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new OperatorError('invalid-input', inputProblem(result.error, value), { cause: result.error })
}
