import { setMaxListeners } from 'node:events'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { inputProblem } from '../base/input-problem.ts'
import type { Actor } from './access.ts'
import type { AuditEntry } from './audit.ts'
import { authorise } from './authorise.ts'
import type { Context } from './context.ts'
import { noteAct } from './note-act.ts'
import type { Call, Operation, PlannedOperation, Prepared, Report } from './operation.ts'
import { bound, type ConfirmedPlan, confirmedPlan, requireCovered, sealPlan } from './planning.ts'
import { asOperatorError, resultOf } from './run-failure.ts'
import { giveBackUnused, requireApproval } from './second-person.ts'
import { stoppedOr } from './stopped.ts'

/** What a caller may add to a run. */
export interface RunOptions<Step> {
  signal?: AbortSignal
  /** Why, in the operator's words; goes into the audit. */
  reason?: string
  /** The plan that was confirmed, also one that comes from a file; required by every operation that has one. */
  confirmed?: ConfirmedPlan
  /** The run that this one is a part of: what was approved for that one is approved for this. */
  under?: string
  /** Gets the id of a run that is allowed and about to begin; the run waits for it. */
  onBegin?: (operationId: string) => void | Promise<void>
  /**
   * Gets the id once nothing stands against the run any more: the node is held and the plan holds. What it throws
   * keeps the work from being done.
   */
  onWork?: (operationId: string) => void | Promise<void>
  onProgress?: (step: Step) => void
}

/**
 * The one door for every face: authorises, validates, locks the node, journals changes, audits, and turns whatever
 * goes wrong into an OperatorError that carries the id of the run.
 * @throws OperatorError
 */
export async function runOperation<Input, Result, Step, Plan>(
  given: Context,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  rawInput: unknown,
  options: RunOptions<Step> = {},
): Promise<Report<Result>> {
  const context = withKeyFor(operation, given)
  const run = begin(context, actor, operation, options)
  let works = false
  try {
    const input = run.take(operation, rawInput)
    run.entry.nodeId = authorise(context, actor, operation, input)?.id ?? null
    await options.onBegin?.(run.entry.operationId)
    const ended = await exclusively(context, operation, run.entry, async () => {
      // Once more, now that nothing else works on the node: this very record is the one that is acted upon.
      const node = authorise(context, actor, operation, input)
      operation.requires?.(context, input, node, actor)
      const call = run.call<Step>(node, options)
      const prepared = await preparedRun(context, operation, input, node, call, options.confirmed)
      const approved = await requireApproval(context, operation, {
        ...{ actor, input, node, options },
        operationId: run.entry.operationId,
        plan: prepared?.plan ?? null,
      })
      if (approved) run.entry.approval = approved
      await options.onWork?.(run.entry.operationId)
      works = true
      return acted(context, operation, { actor, input, node }, () =>
        operation.run(context, input, call, prepared),
      )
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
    const failure = run.fail(
      works || operation.effect === 'read' ? error : stoppedOr(error, 'stopped', options),
    )
    if (run.entry.approval) await giveBackUnused(context, run.entry)
    throw failure
  } finally {
    const written = run.close()
    // A change is answered once its line is on the disk; a look need not wait for that.
    if (operation.effect !== 'read') await written
  }
}

/**
 * Makes the plan of a dangerous operation for a confirmation, with the same checks as the run itself. A refusal is
 * audited as one of the run is; a plan that was made is not: nothing was done.
 * @throws OperatorError
 */
export async function planOperation<Input, Result, Step, Plan>(
  given: Context,
  actor: Actor,
  operation: Operation<Input, Result, Step, Plan>,
  rawInput: unknown,
  options: { signal?: AbortSignal; reason?: string } = {},
): Promise<PlannedOperation<Plan>> {
  const context = withKeyFor(operation, given)
  const run = begin(context, actor, operation, options)
  try {
    if (!operation.question) throw new OperatorError('not-here', { what: 'plan' })
    const input = run.take(operation, rawInput)
    const node = authorise(context, actor, operation, input)
    run.entry.nodeId = node?.id ?? null
    const call = run.call<never>(node, options)
    const { plan } = await operation.question.prepare(context, input, call)
    return sealPlan(operation, input, bound(context, node), plan)
  } catch (error) {
    const failure = run.fail(stoppedOr(error, 'stopped', options))
    if (run.entry.result === 'refused') await run.close()
    throw failure
  }
}

/** What an operation works with: a restricted key would be refused what some of them do. */
function withKeyFor({ needsFullKey }: { needsFullKey?: boolean }, context: Context): Context {
  const nodes = needsFullKey ? context.nodes.withFullKey() : context.nodes
  return nodes === context.nodes ? context : { ...context, nodes }
}

interface Run {
  entry: AuditEntry
  startedAt: number
  elapsed(): number
  /** Reads the input and writes down what is asked. */
  take<Input, Result, Step, Plan>(operation: Operation<Input, Result, Step, Plan>, rawInput: unknown): Input
  call<Step>(
    node: NodeRecord | null,
    options: { signal?: AbortSignal; onProgress?: (step: Step) => void },
  ): Call<Step>
  fail(error: unknown): OperatorError
  close(): Promise<void>
}

function begin(
  context: Context,
  actor: Actor,
  { name: operation, effect }: Pick<Operation<never, unknown, never, unknown>, 'name' | 'effect'>,
  { reason, signal: given }: Pick<RunOptions<never>, 'reason' | 'signal'>,
): Run {
  let isChange = effect !== 'read'
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
    ...(actor.address === undefined ? {} : { address: actor.address }),
    nodeId: null,
    input: {},
    reason: reason ?? null,
    result: 'unknown',
    errorCode: null,
    durationMs: 0,
  }
  return {
    entry,
    startedAt,
    elapsed,
    take(what, rawInput) {
      const input = parseInput(what, rawInput)
      entry.input = { ...(input as object) }
      entry.nodeId = what.nodeOf(input)
      if (what.looks?.(input)) isChange = false
      return input
    },
    call: (node, { signal, onProgress }) => ({
      actor,
      operationId: entry.operationId,
      signal: sharedSignal(signal),
      node() {
        if (node === null) throw new Error(`${operation} has no node`)
        return node
      },
      decides({ operation, nodeId, input }) {
        Object.assign(entry, { nodeId, about: { operation, nodeId, input } })
      },
      progress(step) {
        if (isChange) context.follow?.({ operation, operationId: entry.operationId, step })
        report(context, onProgress, step)
      },
    }),
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
      // Whoever looked went away: that changed nothing, so there is no result that somebody would have to look for.
      if (!isChange && given?.aborted && entry.result !== 'done' && entry.result !== 'refused')
        entry.result = 'stopped'
      const { audit } = context
      try {
        await (isChange || entry.result === 'refused' ? audit.append(entry) : audit.look(entry))
      } catch (error) {
        // What was done is done: the answer must stay true even when its audit line cannot be written.
        context.log.error({ err: error, entry }, 'audit line could not be written')
      }
    },
  }
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
  throw new OperatorError('invalid-input', inputProblem(parsed.error, rawInput), { cause: parsed.error })
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
      // What was done is done: a full disk at the end takes no answer away. The next start closes the book on it.
      await context.journal.end(operationId).catch((error: unknown) => {
        context.log.error({ err: error, operationId }, 'the end of an operation could not be written down')
      })
    }
  }
  return nodeId === null ? journalled() : context.locks.withNode(nodeId, operation.name, journalled)
}

/** Makes the plan anew and compares it with the one that was confirmed. */
async function preparedRun<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  input: Input,
  node: NodeRecord | null,
  call: Call<Step>,
  confirmed: ConfirmedPlan | undefined,
): Promise<Prepared<Plan> | null> {
  if (!operation.question) return null
  if (!confirmed) throw new OperatorError('confirmation-needed', { operation: operation.name })
  const plan = confirmedPlan(operation, input, bound(context, node), confirmed)
  const now = await operation.question.prepare(context, input, { ...call, progress: () => {} })
  requireCovered(operation, plan, now.plan)
  return now
}

/** Does the work and has the incidents told how it ended. What was refused did not happen. */
async function acted<Input, Result, Step, Plan>(
  context: Context,
  operation: Operation<Input, Result, Step, Plan>,
  who: { actor: Actor; input: Input; node: NodeRecord | null },
  work: () => ReturnType<typeof operation.run>,
): ReturnType<typeof operation.run> {
  try {
    const ended = await work()
    await noteAct(context, operation, { ...who, ...ended })
    return ended
  } catch (error) {
    const outcome = resultOf(asOperatorError(error))
    if (outcome !== 'refused' && outcome !== 'stopped')
      await noteAct(context, operation, { ...who, outcome, data: null })
    throw error
  }
}

function report<Step>(context: Context, listener: ((step: Step) => void) | undefined, step: Step): void {
  try {
    listener?.(step)
  } catch (error) {
    context.log.warn({ err: error }, 'a face failed to show progress')
  }
}
