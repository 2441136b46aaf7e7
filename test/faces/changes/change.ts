import type { Actor } from '../../../src/operations/access.ts'
import type { OperationName } from '../../../src/operations/index.ts'
import type { Operation } from '../../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../../src/operations/run-operation.ts'
import type { SandboxNodeSpec } from '../../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../../support/fleet.ts'
import type { Names, Step } from '../story.ts'
import type { Face, World } from '../world.ts'

/** The node on which a change succeeds. */
export const NODE = 'alpha'
export const TAG = 'prod'
const TIMINGS = {
  ...{ readyMs: 60, stopMs: 20, restartSecMs: 50 },
  ...{ crashAfterMs: 60, drainMs: 200, agentsSettleMs: 50 },
}

/** A node that serves. */
export const alpha = (more: Partial<SandboxNodeSpec> = {}): SandboxNodeSpec => ({
  ...{ id: NODE, name: 'Alpha', version: '2026.9.6', tags: [TAG], timings: TIMINGS },
  disk: { totalBytes: 100e9, usedPercent: 30 },
  agents: [
    { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 120_000 }] },
    { id: 'dev', sessions: [{ key: 'agent:dev:main', totalTokens: 20_000 }] },
  ],
  ...more,
})

/** What has to be there before a change succeeds, and what is asked for otherwise than where it is refused. */
export interface Change {
  /** Where it is not done to the node of every change. */
  node?: string
  before?(world: World, face: Face): Promise<Partial<Names> | undefined>
  step?: Partial<Step>
}

/** In the order in which they are done. */
export type Changes = Readonly<Partial<Record<OperationName, Change>>>

/** Does something beforehand, by the one door and without a face. */
export async function did<Input, Result, Progress, Plan>(
  world: World,
  operation: Operation<Input, Result, Progress, Plan>,
  input: object,
  as: Actor = actor('admin'),
): Promise<undefined> {
  const context = world.context()
  const confirmed = operation.question && (await planOperation(context, as, operation, input))
  await runOperation(context, as, operation, input, confirmed ? { confirmed } : {})
}
