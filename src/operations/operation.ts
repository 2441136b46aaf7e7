import type { ZodType } from 'zod'
import type { Context } from '../context.ts'
import type { AccessLevel, Actor } from './access.ts'

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
  /** `read` changes nothing and takes no lock; `change` is exclusive per node and journalled. */
  effect: 'read' | 'change'
  input: ZodType<Input>
  /** The registered node it works on; null for the fleet or for a node that is not registered yet. */
  nodeOf(input: Input): string | null
  /** Operations on a retired node are refused unless this is set. */
  allowRetired?: boolean
  /**
   * A dangerous operation says first what it will do. The plan is what the confirmation shows; `fingerprint` names
   * the part of the world it was made for, and the run is refused when that part has moved since.
   */
  plan?(context: Context, input: Input, call: Call<never>): Promise<{ plan: Plan; fingerprint: string }>
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
