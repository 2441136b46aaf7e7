import { createHash } from 'node:crypto'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Context } from './context.ts'
import { bindingOf, type NodeBinding } from './node-binding.ts'
import type { Operation, PlannedOperation } from './operation.ts'

/** A plan that may have come from a file; it is parsed before anything is made of it. */
export type ConfirmedPlan = Pick<PlannedOperation<unknown>, 'plan' | 'fingerprint'>

/** The machine that a plan for this node is bound to. */
export function bound({ registry }: Pick<Context, 'registry'>, node: NodeRecord | null): NodeBinding | null {
  return node && bindingOf(node, registry.jumps())
}

/**
 * Binds a plan to its operation, its input and the machine behind its node.
 * @throws ZodError when the plan could not be read back: a mistake in the program
 */
export function sealPlan<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
  node: NodeBinding | null,
  plan: Plan,
): PlannedOperation<Plan> {
  operation.question?.planSchema.parse(JSON.parse(JSON.stringify(plan)))
  return {
    plan,
    node,
    fingerprint: fingerprintOf(operation.name, input, node, plan),
  }
}

/**
 * Reads a plan that was written down.
 * @throws OperatorError plan-changed when it does not fit, as after an update of ocm
 */
export function readPlan<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  plan: unknown,
): Plan {
  const parsed = operation.question?.planSchema.safeParse(plan)
  if (parsed?.success) return parsed.data
  throw new OperatorError('plan-changed', { operation: operation.name }, { cause: parsed?.error })
}

/**
 * The plan that was confirmed, if it is one of this operation for this input and this very machine.
 * @throws OperatorError plan-changed
 */
export function confirmedPlan<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
  node: NodeBinding | null,
  confirmed: ConfirmedPlan,
): Plan {
  const plan = readPlan(operation, confirmed.plan)
  if (confirmed.fingerprint !== fingerprintOf(operation.name, input, node, plan))
    throw new OperatorError('plan-changed', { operation: operation.name })
  return plan
}

/**
 * Throws unless what was confirmed covers what would be done now.
 * @throws OperatorError plan-changed
 */
export function requireCovered<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  confirmed: Plan,
  now: Plan,
): void {
  const same = canonical(now) === canonical(confirmed)
  // Both as the schema reads them, so that the order of their fields says nothing.
  if (!same && !operation.question?.holds?.(confirmed, readPlan(operation, now)))
    throw new OperatorError('plan-changed', { operation: operation.name })
}

/** Names an operation with its input, its machine and its plan. */
export function fingerprintOf(
  operation: string,
  input: unknown,
  node: NodeBinding | null,
  plan: unknown,
): string {
  return createHash('sha256')
    .update(canonical([operation, input, node, plan]))
    .digest('base64url')
}

/** JSON with sorted keys, so that equal data has equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
