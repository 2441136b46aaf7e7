import { createHash } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { z } from 'zod'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { AuditEntry } from '../state/audit-file.ts'
import type { Actor } from './access.ts'
import { mayUse } from './access.ts'
import type { Context } from './context.ts'
import type { Call, Operation, PlannedOperation, Report } from './operation.ts'

/** What a caller may add to a run. */
export interface RunOptions<Step, Plan> {
  signal?: AbortSignal
  /** Why, in the operator's words; goes into the audit. */
  reason?: string
  /** The plan that was confirmed; required by every operation that has one. */
  confirmed?: PlannedOperation<Plan>
  onProgress?: (step: Step) => void
}

/**
 * The one door for every face: authorises, validates, locks the node, journals changes, audits, and turns whatever
 * goes wrong into an OperatorError that carries the id of the run.
 * @throws OperatorError
 */
export async function runOperation<Input, Result, Step, Plan>(
  context: Context,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  rawInput: unknown,
  options: RunOptions<Step, Plan> = {},
): Promise<Report<Result>> {
  const run = begin(context, actor, operation.name, options.reason ?? null)
  try {
    const input = parseInput(operation, rawInput)
    run.entry.input = { ...(input as object) }
    run.entry.nodeId = operation.nodeOf(input)
    authorise(context, actor, operation, input)
    const call: Call<Step> = {
      actor,
      operationId: run.entry.operationId,
      signal: sharedSignal(options.signal),
      progress: (step) => report(context, options.onProgress, step),
    }
    const ended = await exclusively(context, operation, run.entry, async () => {
      const plan = await confirmedPlan(context, operation, input, call, options.confirmed)
      return operation.run(context, input, call, plan)
    })
    run.entry.result = ended.outcome
    return {
      operation: operation.name,
      operationId: run.entry.operationId,
      outcome: ended.outcome,
      data: ended.data,
      startedAt: run.startedAt,
      durationMs: run.elapsed(),
    }
  } catch (error) {
    throw run.fail(error)
  } finally {
    const written = run.close()
    // A change is answered once its line is on the disk; a look need not wait for that.
    if (operation.effect !== 'read') await written
  }
}

/**
 * Makes the plan of a dangerous operation for a confirmation, with the same checks as the run itself.
 * @throws OperatorError
 */
export async function planOperation<Input, Result, Step, Plan>(
  context: Context,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  rawInput: unknown,
  options: { signal?: AbortSignal } = {},
): Promise<PlannedOperation<Plan>> {
  const run = begin(context, actor, operation.name, null)
  try {
    if (!operation.plan) throw new OperatorError('not-supported', { what: `plan of ${operation.name}` })
    const input = parseInput(operation, rawInput)
    authorise(context, actor, operation, input)
    const plan = await operation.plan(context, input, {
      actor,
      operationId: run.entry.operationId,
      signal: sharedSignal(options.signal),
      progress: () => {},
    })
    return { plan, fingerprint: fingerprintOf(operation.name, input, plan) }
  } catch (error) {
    throw run.fail(error)
  }
}

interface Run {
  entry: AuditEntry
  startedAt: number
  elapsed(): number
  fail(error: unknown): OperatorError
  close(): Promise<void>
}

function begin(context: Context, actor: Actor, operation: string, reason: string | null): Run {
  const startedAt = context.clock.now()
  const started = context.clock.monotonic()
  const elapsed = () => Math.round(context.clock.monotonic() - started)
  const entry: AuditEntry = {
    at: new Date(startedAt).toISOString(),
    operationId: context.newId(),
    operation,
    face: actor.face,
    actorId: actor.id,
    actorName: actor.name,
    nodeId: null,
    input: {},
    reason,
    result: 'unknown',
    errorCode: null,
    durationMs: 0,
  }
  return {
    entry,
    startedAt,
    elapsed,
    fail(error) {
      const known = asOperatorError(error)
      known.incident ??= entry.operationId
      entry.errorCode = known.code
      entry.result = resultOf(known)
      if (known.kind === 'internal')
        context.log.error({ err: error, operationId: entry.operationId, operation }, 'operation broke')
      return known
    },
    async close() {
      entry.durationMs = elapsed()
      try {
        await context.audit.append(entry)
      } catch (error) {
        // What was done is done: the answer must stay true even when its audit line cannot be written.
        context.log.error({ err: error, entry }, 'audit line could not be written')
      }
    },
  }
}

function resultOf(error: OperatorError): AuditEntry['result'] {
  if (error.kind === 'usage' || error.kind === 'refused') return 'refused'
  return error.kind === 'unknown' ? 'unknown' : 'failed'
}

function asOperatorError(error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  if (error instanceof Error && error.name === 'AbortError')
    return new OperatorError('cancelled', {}, { cause: error })
  return new OperatorError('internal', {}, { cause: error })
}

/** A run waits on a whole fleet at once, each wait by this one signal: that many listeners are no leak. */
function sharedSignal(signal = new AbortController().signal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

function parseInput<Input, Result, Step, Plan>(
  operation: Operation<Input, Result, Step, Plan>,
  rawInput: unknown,
): Input {
  const parsed = operation.input.safeParse(rawInput)
  if (parsed.success) return parsed.data
  const first = parsed.error.issues[0]
  throw new OperatorError(
    'invalid-input',
    { field: first?.path.join('.') || 'input', problem: first?.message ?? z.prettifyError(parsed.error) },
    { cause: parsed.error },
  )
}

function authorise<Input, Result, Step, Plan>(
  context: Context,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
): void {
  const id = operation.nodeOf(input)
  const node = id === null ? null : visibleNode(context, actor, id)
  const scope = node ?? (operation.tagsOf ? { tags: [...operation.tagsOf(input)] } : null)
  if (!mayUse(actor, operation.access, scope))
    throw new OperatorError('not-allowed', { operation: operation.name, level: operation.access })
  if (node?.state === 'retired' && !operation.allowRetired)
    throw new OperatorError('node-retired', { node: node.id })
}

/** A node that the actor may not even look at does not exist for them. */
function visibleNode(context: Context, actor: Actor, id: string): NodeRecord {
  const node = context.registry.get(id)
  if (!mayUse(actor, 'viewer', node)) throw new OperatorError('unknown-node', { node: id })
  return node
}

async function exclusively<Input, Result, Step, Plan, T>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  entry: AuditEntry,
  work: () => Promise<T>,
): Promise<T> {
  if (operation.effect !== 'change') return work()
  const { operationId, nodeId, actorId, at } = entry
  const journalled = async () => {
    await context.journal.begin({ operationId, operation: operation.name, nodeId, actorId, startedAt: at })
    try {
      return await work()
    } finally {
      await context.journal.end(operationId)
    }
  }
  return nodeId === null ? journalled() : context.locks.withNode(nodeId, operation.name, journalled)
}

async function confirmedPlan<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
  call: Call<Step>,
  confirmed: PlannedOperation<Plan> | undefined,
): Promise<Plan | null> {
  if (!operation.plan) return null
  if (!confirmed) throw new OperatorError('confirmation-needed', { operation: operation.name })
  if (confirmed.fingerprint !== fingerprintOf(operation.name, input, confirmed.plan))
    throw new OperatorError('plan-changed', { operation: operation.name })
  const now = await operation.plan(context, input, { ...call, progress: () => {} })
  const same = canonical(now) === canonical(confirmed.plan)
  if (!same && !operation.holds?.(confirmed.plan, now))
    throw new OperatorError('plan-changed', { operation: operation.name })
  return now
}

function report<Step>(context: Context, listener: ((step: Step) => void) | undefined, step: Step): void {
  try {
    listener?.(step)
  } catch (error) {
    context.log.warn({ err: error }, 'a face failed to show progress')
  }
}

function fingerprintOf(operation: string, input: unknown, plan: unknown): string {
  return createHash('sha256')
    .update(canonical([operation, input, plan]))
    .digest('base64url')
}

/** JSON with sorted keys, so that equal data has equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
