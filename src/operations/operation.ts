import type { ZodType } from 'zod'
import type { AccessLevel, Actor } from './access.ts'
import type { Context } from './context.ts'

/** How an operation ended. `partial` and `unknown` are results of their own, never dressed up as `done`. */
export type Outcome = 'done' | 'partial' | 'failed' | 'unknown'

/** What one run of an operation gets besides its input. */
export interface Call<Step> {
  actor: Actor
  operationId: string
  /** Ends when the caller gives up. */
  signal: AbortSignal
  /** Reports progress to the face; never throws and never blocks. */
  progress(step: Step): void
}

/** An operator's verb: one file, one input, data out. */
export interface Operation<Input, Result, Step = never, Plan = never> {
  name: string
  /** The least level that may run it on the node in question. */
  access: AccessLevel
  /**
   * `read` changes nothing; `record` changes only ocm's own records, in one atomic write; `change` acts on a node: it
   * is exclusive per node and journalled.
   */
  effect: 'read' | 'record' | 'change'
  input: ZodType<Input>
  /** The registered node it works on; null for the fleet or for a node that is not registered yet. */
  nodeOf(input: Input): string | null
  /** Tags that decide the permission when there is no registered node yet. */
  tagsOf?(input: Input): readonly string[]
  /** Operations on a retired node are refused unless this is set. */
  allowRetired?: boolean
  /**
   * A dangerous operation says first what it will do: the confirmation shows exactly this. JSON data, because a
   * confirmation outlives the process. It is made anew when the run starts.
   */
  plan?(context: Context, input: Input, call: Call<never>): Promise<Plan>
  /** Whether what was confirmed still covers the world as it is now; without it, only an equal plan does. */
  holds?(confirmed: Plan, now: Plan): boolean
  run(
    context: Context,
    input: Input,
    call: Call<Step>,
    plan: Plan | null,
  ): Promise<{ outcome: Outcome; data: Result }>
}

/** What a face shows before a dangerous operation, and hands back to run exactly that. */
export interface PlannedOperation<Plan> {
  plan: Plan
  /** Names this very plan: operation, input and plan. A confirmation is bound to it. */
  fingerprint: string
}

/** A finished run. */
export interface Report<Result> {
  operation: string
  operationId: string
  outcome: Outcome
  data: Result
  /** Epoch milliseconds. */
  startedAt: number
  durationMs: number
}

/** Fixes the type parameters of an operation from its parts. */
export function defineOperation<Input, Result, Step = never, Plan = never>(
  operation: Operation<Input, Result, Step, Plan>,
): Operation<Input, Result, Step, Plan> {
  return operation
}
