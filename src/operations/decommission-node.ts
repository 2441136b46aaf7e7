import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { backupNode } from './backup-node.ts'
import type { Context } from './context.ts'
import type { DecommissionStepName } from './decommission-journal.ts'
import {
  type DecommissionPlan,
  type DecommissionSeen,
  decommissionPlanSchema,
  planDecommission,
  sameDecommission,
  whySuspect,
} from './decommission-plan.ts'
import { Decommissioning, NotAsFound, NotProven } from './decommissioning.ts'
import { type Call, definePlanned, type Outcome } from './operation.ts'
import { stoppedOr } from './stopped.ts'
import { drainBeforeStop, isSilence, NotStopped } from './stopped-gateway.ts'
import type { BackupStep } from './take-backup.ts'

/** A step as it goes on; `durationMs` once it is verified. */
export interface DecommissionStep {
  step: DecommissionStepName
  durationMs: number | null
  detail: BackupStep | { step: 'draining'; running: number; waitedMs: number; limitMs: number } | null
}

/** Why a decommission did not come to its end. */
export type DecommissionFault = 'backup' | 'not-stopped' | 'not-as-found' | 'not-proven' | 'silent' | 'other'

/** decommission-node. */
export interface DecommissionResult {
  nodeId: string
  /**
   * `gone`: it is decommissioned. `as-before`: nothing was taken away. `cut`: some of it was; run again to go on.
   * `suspect`: it could not be asked, and may still run.
   */
  state: 'gone' | 'as-before' | 'cut' | 'suspect'
  /** The step at which it ended; null when all were done or none was begun. */
  endedAt: DecommissionStepName | null
  fault: DecommissionFault | null
  reason: Reason | null
  /** Whether a gateway was seen to serve again; null where none was started. */
  serving: boolean | null
  /** Every step that was verified, also those of earlier runs. */
  steps: { step: DecommissionStepName; durationMs: number }[]
  backup: string | null
  removed: string[]
  /** What still lies on the node; untrusted. */
  stays: string[]
  /** What is not as it was found when the run began, and was not touched. */
  foreign: string[]
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** The id once more, typed by hand. */
  confirm: z.string().trim().max(63),
  reason: z.string().trim().max(300).nullable().default(null),
})
type Input = z.infer<typeof inputSchema>
type Ended = { outcome: Outcome; data: DecommissionResult }

/**
 * Takes OpenClaw off a node and retires it: drained, backed up and proven, stopped, uninstalled, renamed, and deleted last.
 * Every step is verified and in the journal; a run that was cut is gone on with by the next one. Nothing is deleted that ocm
 * did not find as OpenClaw's own, and nothing before a backup younger than the run was verified on this machine.
 */
export const decommissionNode = definePlanned<
  Input,
  DecommissionResult,
  DecommissionStep,
  DecommissionPlan,
  DecommissionSeen
>({
  name: 'decommission-node',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: inputSchema,
  nodeOf: (input) => input.node,
  // It is taken from everybody who has a part in it.
  tagsOf: (_input, node) => node?.tags ?? [],
  allowRetired: true,
  acts: { sessionOf: () => null },
  planSchema: decommissionPlanSchema,
  prepare: planDecommission,
  holds: sameDecommission,
  async run(context, input, call, { plan, seen }) {
    if (seen === null) return await suspected(context, call, plan)
    await context.decommissions.setSuspect(plan.nodeId, null)
    const run = new Decommissioning(context, call, seen)
    if (plan.resumes === null) {
      const ended = await prepared(context, call, run, plan)
      if (ended !== null) return ended
    }
    return await takenAway(context, input, call, run)
  },
})

/** Nobody knows what the node does: nothing is deleted, it stays watched, and whoever looks is told when it answers. */
async function suspected(
  context: Context,
  call: Call<DecommissionStep>,
  plan: DecommissionPlan,
): Promise<Ended> {
  await context.decommissions.setSuspect(plan.nodeId, { since: context.clock.now(), actorId: call.actor.id })
  const record = await context.decommissions.get(plan.nodeId)
  const data: DecommissionResult = {
    nodeId: plan.nodeId,
    state: 'suspect',
    endedAt: record?.step ?? null,
    fault: 'silent',
    reason: whySuspect(plan),
    serving: null,
    steps: record?.done ?? [],
    backup: record?.backup ?? null,
    removed: [],
    stays: [],
    foreign: [],
  }
  return { outcome: 'unknown', data }
}

/** Until the service is taken away all of it can be taken back. Null when it may be. */
async function prepared(
  context: Context,
  call: Call<DecommissionStep>,
  run: Decommissioning,
  { nodeId, state }: DecommissionPlan,
): Promise<Ended | null> {
  let stopped = false
  try {
    await run.step('drain', () => drain(context, call))
    let sound = false
    await run.step('backup', async () => {
      // The first one shows that it can be done while the node still serves, and knows its agents.
      if ((await backUp(context, call, nodeId)) === null) throw new NotProven()
      call.signal.throwIfAborted()
      stopped = true
      await run.stop()
      // Whatever was written until the stop is in the second one.
      const backup = await backUp(context, call, nodeId)
      if (backup === null) throw new NotProven()
      sound = true
      await run.note({ backup })
    })
    return sound ? null : endedAt(run, 'as-before', 'backup')
  } catch (error) {
    if (!stopped) {
      await context.decommissions.end(nodeId)
      if (error instanceof NotProven)
        return { outcome: 'failed', data: endedAt(run, 'as-before', 'backup').data }
      throw stoppedOr(error, 'decommission-stopped', { node: nodeId, signal: call.signal })
    }
    context.log.warn({ err: error, node: nodeId }, 'a decommission failed after the stop')
    if (isSilence(error)) return endedAt(run, 'cut', 'silent')
    const fault =
      error instanceof NotStopped ? 'not-stopped' : error instanceof NotProven ? 'backup' : 'other'
    return await startedAgain(context, run, fault, state !== 'service-down')
  }
}

/** Nothing was taken away: the gateway is started again where it ran. */
async function startedAgain(
  context: Context,
  run: Decommissioning,
  fault: DecommissionFault,
  ran: boolean,
): Promise<Ended> {
  try {
    const started = ran ? await run.start() : null
    await context.decommissions.end(run.record.nodeId)
    const { data } = endedAt(run, 'as-before', fault)
    if (started === null) return { outcome: 'failed', data }
    const { outcome, reason } = started
    if (outcome === 'unknown') return { outcome: 'unknown', data: { ...data, reason } }
    return { outcome: 'failed', data: { ...data, reason, serving: outcome === 'done' } }
  } catch (error) {
    context.log.warn({ err: error, node: run.record.nodeId }, 'a stopped gateway could not be started again')
    return endedAt(run, 'cut', isSilence(error) ? 'silent' : fault)
  }
}

/** From here on it only goes forward. The caller's signal no longer counts. */
async function takenAway(
  context: Context,
  input: Input,
  call: Call<DecommissionStep>,
  run: Decommissioning,
): Promise<Ended> {
  const { items, nodeId } = run.record
  let anew: string[] = []
  try {
    await run.step('uninstall', () => run.uninstall())
    // The logins of channels are with their providers, and ocm keeps no secret of the node but in memory.
    await run.step('revoke', async () => undefined)
    await run.step('rename', async () => {
      await run.requireStopped()
      await run.requireProof()
      await run.rename(items)
    })
    await run.step('delete', async () => {
      await run.requireStopped()
      await run.requireProof()
      anew = await run.remove()
    })
    // Lingering was not enabled by ocm, and other units of the login may need it.
    await run.step('linger', async () => undefined)
    await run.step('retire', () => retire(context, call, input.reason))
  } catch (error) {
    context.log.warn({ err: error, node: nodeId }, 'a decommission was cut')
    const foreign = error instanceof NotAsFound ? [...error.paths] : []
    const ended = endedAt(run, 'cut', faultOf(error))
    return { ...ended, data: { ...ended.data, foreign } }
  }
  // What is left of the record after the last step costs nothing: the node is retired.
  await context.decommissions.end(nodeId).catch((error: unknown) => {
    context.log.warn({ err: error, node: nodeId }, 'the journal of a decommission could not be closed')
  })
  const { data } = endedAt(run, 'gone', null)
  const removed = items.map(({ real }) => real)
  return {
    outcome: anew.length === 0 ? 'done' : 'partial',
    data: { ...data, endedAt: null, removed, foreign: anew },
  }
}

function faultOf(error: unknown): DecommissionFault {
  if (isSilence(error)) return 'silent'
  if (error instanceof NotStopped) return 'not-stopped'
  if (error instanceof NotAsFound) return 'not-as-found'
  return error instanceof NotProven ? 'not-proven' : 'other'
}

async function retire(context: Context, call: Call<DecommissionStep>, why: string | null): Promise<void> {
  const { id } = call.node()
  const stamp = new Date(context.clock.now()).toISOString()
  const node = await context.registry.update(id, (record) => ({
    ...record,
    state: 'retired',
    stateReason: why ?? record.stateReason,
    retiredAt: record.retiredAt ?? stamp,
  }))
  if (node.state !== 'retired') throw new OperatorError('registry-write-failed', { problem: 'not-kept' })
  context.snapshots.delete(id)
  await context.nodes.forget(id)
}

/** The id of a whole and verified backup; null where it is not. */
async function backUp(context: Context, call: Call<DecommissionStep>, node: string): Promise<string | null> {
  const told: Call<BackupStep> = {
    ...call,
    progress: (detail) => call.progress({ step: 'backup', durationMs: null, detail }),
  }
  const { outcome, data } = await backupNode.run(context, { node, method: 'stream' }, told, null)
  return outcome === 'done' && data.verification.sound ? data.backup.id : null
}

async function drain(context: Context, call: Call<DecommissionStep>): Promise<void> {
  const link = context.nodes.link(call.node())
  await drainBeforeStop(context, call, link, null, (waits) =>
    call.progress({ step: 'drain', durationMs: null, detail: { step: 'draining', ...waits } }),
  )
}

/** How a run stands that did not come to its end. */
function endedAt(
  { record }: Decommissioning,
  state: 'gone' | 'as-before' | 'cut',
  fault: DecommissionFault | null,
): Ended {
  const { nodeId, step, done, backup, stays } = record
  const data: DecommissionResult = {
    nodeId,
    state,
    endedAt: step,
    fault,
    reason: null,
    serving: null,
    steps: [...done],
    backup,
    removed: [],
    stays: [...stays],
    foreign: [],
  }
  return { outcome: state === 'cut' && fault === 'silent' ? 'unknown' : 'failed', data }
}
