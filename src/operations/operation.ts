import type { ZodType } from 'zod'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { AccessLevel, Actor } from './access.ts'
import type { AuditEntry } from './audit.ts'
import type { Context } from './context.ts'
import type { NodeBinding } from './node-binding.ts'

/** How an operation ended. `partial` and `unknown` are results of their own, never dressed up as `done`. */
export type Outcome = 'done' | 'partial' | 'failed' | 'unknown'

/** What one run of an operation gets besides its input. */
export interface Call<Step> {
  actor: Actor
  operationId: string
  /** Ends when the caller gives up. */
  signal: AbortSignal
  /**
   * The record of the node that the run was authorised for, and nothing else: a registry that changes meanwhile does
   * not lead the run to another machine. Throws where the operation has no node.
   */
  node(): NodeRecord
  /** Has the audit name the request that is decided, and its node. For what the actor may see. */
  decides(request: NonNullable<AuditEntry['about']>): void
  /** Reports progress to the face; never throws and never blocks. */
  progress(step: Step): void
}

/** What every operation says of itself. */
interface Described<Input, Result> {
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
  /**
   * The tags whose nodes it touches or that it gives or takes: authority over every one is needed, besides that over
   * `node`. An empty list asks for authority over the whole fleet, null for none.
   */
  tagsOf?(input: Input, node: NodeRecord | null): readonly string[] | null
  /** It does what a restricted key is refused: the full one logs in where the settings name one. */
  needsFullKey?: boolean
  /** Operations on a retired node are refused unless this is set. */
  allowRetired?: boolean
  /** Whether it can be stopped on the way: it then begins nothing more, and ends in order. */
  stops?: boolean
  /** Whether this input only asks how things stand: then it counts as a look, whatever the operation can do. */
  looks?(input: Input): boolean
  /** Set where incidents have to tell of it. */
  acts?: Acts<Input, Result>
  /** Operations that it does on nodes as its own work: a rule that asks for a second person holds for it, too. */
  parts?: readonly string[]
  /**
   * Throws what the run would be refused for at once, as an OperatorError: so that nobody is asked to approve it, and no
   * approval is used up for nothing. What has a plan says it while it makes that.
   */
  requires?(
    context: Pick<Context, 'rules' | 'registry' | 'incidents' | 'backups'>,
    input: Input,
    node: NodeRecord | null,
    actor: Actor,
  ): void
  /** Whether it asks for a second person whatever the rules say: it makes less of them hold. */
  loosens?(context: Pick<Context, 'approvals'>, input: Input, node: NodeRecord | null): boolean
}

/** An act upon a node or one of its sessions: how it ended is told in their incidents. */
interface Acts<Input, Result> {
  /** The session that it is about; null for the node as a whole. */
  sessionOf(input: Input): string | null
  /** Figures that tell what it did; null where they were not read. */
  figures?(data: Result): Record<string, number | null>
}

/** What the run of a dangerous operation starts from. */
export interface Prepared<Plan, Seen = unknown> {
  /** What the confirmation shows. JSON data, because a confirmation outlives the process. */
  plan: Plan
  /** What the plan was made from; the run need not look again. Never leaves the process. */
  seen: Seen
}

/** The question that comes before a dangerous operation. */
interface Question<Input, Plan, Seen> {
  /** How a plan comes back from a file: one that does not fit is no confirmation. */
  planSchema: ZodType<Plan>
  /** Looks at the world and says what will be done. Made anew when the run starts. */
  prepare(context: Context, input: Input, call: Call<never>): Promise<Prepared<Plan, Seen>>
  /** Whether what was confirmed still covers the world as it is now; without it, only an equal plan does. */
  holds?(confirmed: Plan, now: Plan): boolean
  /** The nodes that the plan is about, where the input names none. */
  nodesIn?(plan: Plan): readonly string[]
}

/** How a run ended, with its data. */
interface Ended<Result> {
  outcome: Outcome
  data: Result
}

/** An operator's verb: one file, one input, data out. */
export interface Operation<Input, Result, Step = never, Plan = never> extends Described<Input, Result> {
  /** Null where nothing has to be confirmed. */
  question: Question<Input, Plan, unknown> | null
  run(
    context: Context,
    input: Input,
    call: Call<Step>,
    prepared: Prepared<Plan> | null,
  ): Promise<Ended<Result>>
}

/** What a face shows before a dangerous operation, and hands back to run exactly that. */
export interface PlannedOperation<Plan> {
  plan: Plan
  /** The machine that the plan was made for; null where there is no registered node. */
  node: NodeBinding | null
  /** Names this very plan: operation, input, machine and plan. A confirmation is bound to it. */
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

/** An operation that runs at once. */
export function defineOperation<Input, Result, Step = never>(
  operation: Described<Input, Result> & {
    run(context: Context, input: Input, call: Call<Step>): Promise<Ended<Result>>
  },
): Operation<Input, Result, Step> {
  return { ...operation, question: null }
}

/** An operation that says first what it will do, and does it once that was confirmed. */
export function definePlanned<Input, Result, Step, Plan, Seen = null>(
  operation: Described<Input, Result> &
    Question<Input, Plan, Seen> & {
      run(
        context: Context,
        input: Input,
        call: Call<Step>,
        prepared: Prepared<Plan, Seen>,
      ): Promise<Ended<Result>>
    },
): Operation<Input, Result, Step, Plan> {
  const { planSchema, prepare, holds, nodesIn, run, ...described } = operation
  return {
    ...described,
    question: { planSchema, prepare, ...(holds ? { holds } : {}), ...(nodesIn ? { nodesIn } : {}) },
    run(context, input, call, prepared) {
      if (!prepared) throw new OperatorError('confirmation-needed', { operation: operation.name })
      return run(context, input, call, { plan: prepared.plan, seen: prepared.seen as Seen })
    },
  }
}
