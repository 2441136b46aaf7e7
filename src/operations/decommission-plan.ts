import { z } from 'zod'
import { compactTime } from '../base/compact-time.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { reasonSchema } from '../base/reading-schema.ts'
import { observeNode } from '../monitor/observe.ts'
import { readPlaces } from '../openclaw/backup/places.ts'
import { type DecommissionLook, decommissionSide, type Guard } from '../openclaw/decommission/node-side.ts'
import { isUnread } from '../openclaw/node-state.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { unitLevel, unitOf } from '../openclaw/service.ts'
import { type NodeSnapshot, nodeStateSchema } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { DECOMMISSION_STEPS, type DecommissionRecord } from './decommission-journal.ts'
import { lacksNode } from './look-at-state.ts'
import { bindingOf } from './node-binding.ts'
import type { Call, Prepared } from './operation.ts'
import { type RunningWork, readRunningWork, runningWorkFields } from './running-work.ts'

/** How the plan of a decommission comes back from a file. */
export const decommissionPlanSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  /** False: nothing can be done there now, and the node becomes suspect. */
  reachable: z.boolean(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  ...runningWorkFields,
  drainSeconds: z.number(),
  /** What is deleted; `id` is its device and inode, `bytes` null where it is not there any more. */
  items: z.array(z.strictObject({ path: z.string(), id: z.string(), bytes: z.number().nullable() })),
  /** What ocm did not find to be OpenClaw's own, or what is in no backup. */
  stays: z.array(z.string()),
  /** An earlier run that is gone on with. */
  resumes: z.strictObject({ step: z.enum(DECOMMISSION_STEPS), startedAt: z.number() }).nullable(),
})
/** What decommission-node is about to do. Names are untrusted. */
export type DecommissionPlan = z.infer<typeof decommissionPlanSchema>

/** What the plan was made from; null where the node does not answer. */
export type DecommissionSeen = {
  link: NodeLink
  snapshot: NodeSnapshot
  work: RunningWork
  record: DecommissionRecord
} | null

/** Why a node is not decommissioned; see `decommission-problem.*` in the texts. */
export type DecommissionProblem = Guard | 'no-unit' | 'system-unit' | 'no-node'

const LOOK_MS = 60_000

function impossible(node: string, why: DecommissionProblem, detail?: string): OperatorError {
  return new OperatorError('decommission-impossible', { node, why }, detail === undefined ? {} : { detail })
}

/** Looks at the node and at what an earlier run left, and refuses what cannot end well. Changes nothing. */
export async function planDecommission(
  context: Context,
  { confirm }: { confirm: string },
  call: Call<never>,
): Promise<Prepared<DecommissionPlan, DecommissionSeen>> {
  const node = call.node()
  if (confirm !== node.id) throw new OperatorError('id-mistyped', { node: node.id })
  const bounds = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const snapshot = await observeNode(context, node, { kind: 'asked', ...bounds })
  const link = context.nodes.link(node)
  const reachable = !isUnread(snapshot)
  const work = await readRunningWork(context, link, snapshot, bounds)
  const base = {
    nodeId: node.id,
    nodeName: node.name,
    reachable,
    state: snapshot.state,
    reason: snapshot.reason,
    running: work.running,
    otherWork: work.otherWork,
    canDrain: work.canDrain,
    drainSeconds: Math.round(context.limits.drainDeadlineMs / 1000),
  }
  if (!reachable) return { plan: { ...base, items: [], stays: [], resumes: null }, seen: null }
  const unit = snapshot.service.unit.value ?? unitOf(node).name
  const look = await lookAt(context, { link, snapshot, unit }, call)
  const binding = JSON.stringify(bindingOf(node, context.registry.jumps()))
  const before = await context.decommissions.get(node.id)
  const resumes = before !== undefined && goesOn(before, binding, look) ? before : null
  const record = resumes ?? fresh(context, call, { look, snapshot, unit, binding })
  const bytes = new Map(look.items.map((item) => [item.id, item.bytes]))
  const plan: DecommissionPlan = {
    ...base,
    items: record.items.map(({ real, id }) => ({ path: real, id, bytes: bytes.get(id) ?? null })),
    stays: record.stays,
    resumes: resumes && { step: resumes.step, startedAt: resumes.startedAt },
  }
  return { plan, seen: { link, snapshot, work, record } }
}

/** What was confirmed still covers the world while the same is deleted from the same step on. */
export function sameDecommission(confirmed: DecommissionPlan, now: DecommissionPlan): boolean {
  const facts = ({ nodeId, reachable, items, resumes }: DecommissionPlan) =>
    JSON.stringify([nodeId, reachable, items.map(({ path, id }) => [path, id]), resumes])
  return facts(confirmed) === facts(now)
}

async function lookAt(
  { limits }: Context,
  { link, snapshot, unit }: { link: NodeLink; snapshot: NodeSnapshot; unit: string },
  call: Call<never>,
): Promise<DecommissionLook> {
  const node = call.node()
  const { places } = await readPlaces(link, node.ocPath, {
    deadlineMs: limits.statusDeadlineMs,
    signal: call.signal,
  })
  const request = { state: node.ocPath ?? '', unit, places: places.map(({ path }) => path) }
  return await decommissionSide(link, snapshot.install.nodeBinary.value)
    .look(request, { deadlineMs: LOOK_MS, signal: call.signal })
    .catch((error: unknown) => {
      throw lacksNode(error) ? impossible(node.id, 'no-node') : error
    })
}

/** A run that had begun to take the service away is gone on with, unless somebody has installed it again. */
function goesOn(before: DecommissionRecord, binding: string, look: DecommissionLook): boolean {
  const begun = DECOMMISSION_STEPS.indexOf(before.step) >= DECOMMISSION_STEPS.indexOf('uninstall')
  const uninstalled = before.done.some(({ step }) => step === 'uninstall')
  const unit = look.items.find(({ kind }) => kind === 'unit')
  return begun && before.binding === binding && !(uninstalled && unit !== undefined)
}

function fresh(
  { clock }: Context,
  call: Call<never>,
  seen: { look: DecommissionLook; snapshot: NodeSnapshot; unit: string; binding: string },
): DecommissionRecord {
  const { look, snapshot, unit, binding } = seen
  const { id: nodeId } = call.node()
  if (unitLevel(snapshot.service) === 'system') throw impossible(nodeId, 'system-unit', unit)
  const [bad] = look.problems
  if (bad !== undefined) {
    const noUnit = bad.problem === 'no-place' && bad.path.endsWith(`/${unit}`)
    throw impossible(nodeId, noUnit ? 'no-unit' : bad.problem, bad.path)
  }
  const time = compactTime(clock.now())
  return {
    nodeId,
    operationId: call.operationId,
    startedAt: clock.now(),
    binding,
    unit,
    port: snapshot.install.gatewayPort.value,
    nodeBinary: snapshot.install.nodeBinary.value,
    items: look.items.map(({ kind, real, id }) => ({ kind, real, id, aside: `${real}.retired-${time}` })),
    stays: look.stays,
    backup: null,
    step: 'drain',
    done: [],
  }
}

/** Why nothing could be asked of the node. */
export function whySuspect({ reason }: DecommissionPlan): Reason {
  return reason ?? { code: 'not-reported' }
}
