import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import type { Context } from './context.ts'
import { defineFleetChange, type UpdateEnd } from './fleet-change.ts'
import { fleetInput, type NodeLook, type PlannedNode } from './fleet-plan.ts'
import type { Call } from './operation.ts'
import { planOperation, runOperation } from './run-operation.ts'
import { isSilence } from './stopped-gateway.ts'
import { type UpdateResult, type UpdateStep, updateNode } from './update-node.ts'
import { planUpdate, type UpdatePlan } from './update-plan.ts'
import { versionInputSchema } from './version-input.ts'

const inputSchema = z.strictObject({
  ...fleetInput,
  /** The version to run, for example `2026.9.6`. */
  to: versionInputSchema,
  /** Whether the gate of each node may have an agent answer once, in a session of its own. */
  turn: z.boolean().default(false),
  reason: z.string().trim().max(300).nullable().default(null),
})
type Input = z.infer<typeof inputSchema>

/** What has come is told this often at most; each step is told when it begins. */
const TELL_EVERY_MS = 2_000

/**
 * Runs another OpenClaw on many nodes: one, then two, then the rest. Each goes through the update of a single node, with
 * its backup, its gate and its way back. A node that does not pass its gate is taken back and halts the run; those that
 * are done keep the new version, and the rest is not touched. One that was cut is gone on with by the same again.
 */
export const fleetUpdate = defineFleetChange<Input>({
  name: 'fleet-update',
  access: 'admin',
  part: 'update-node',
  needsFullKey: true,
  input: inputSchema,
  asked: ({ to, turn }) => ({ to, turn }),
  leaveOut: (_context, _input, node) => (node.state === 'maintenance' ? 'maintenance' : null),
  look: lookAt,
  // A release that is bad on every node is met by one of them, or by three.
  firstWaves: [1, 2],
  atOnce: 3,
  act,
})

async function lookAt(context: Context, { to, turn }: Input, call: Call<never>): Promise<NodeLook> {
  try {
    const { plan } = await planUpdate(context, { to, turn }, call)
    return { update: plannedOf(plan) }
  } catch (error) {
    if (call.signal.aborted || !(error instanceof OperatorError)) throw error
    const { code, params } = error
    if (isSilence(error)) return { why: 'not-reachable' }
    if (code === 'update-impossible' && params.why === 'already') return { why: 'already' }
    return { why: 'impossible', error: { code, params } }
  }
}

function plannedOf(plan: UpdatePlan): NonNullable<PlannedNode['update']> {
  const { from, bringsNode, doctor, resumes, canDrain, running } = plan
  const blind = !canDrain && running.freshness === 'unknown' && running.reason.code === 'not-supported'
  return { from, bringsNode, doctor, resumes, blind }
}

/** Whether a node would be updated as it was confirmed. That nobody knows what runs there has to be confirmed as well. */
function isAsPlanned(now: NonNullable<PlannedNode['update']>, planned: PlannedNode['update']): boolean {
  if (planned === undefined || (now.blind && !planned.blind)) return false
  return JSON.stringify({ ...now, blind: null }) === JSON.stringify({ ...planned, blind: null })
}

async function act(
  context: Context,
  call: Call<UpdateStep>,
  { to, turn, reason }: Input,
  { id: node, update: planned }: PlannedNode,
): ReturnType<Parameters<typeof defineFleetChange<Input>>[0]['act']> {
  const { actor, operationId: under, signal } = call
  const why = reason === null ? {} : { reason }
  const input = { node, to, turn }
  const confirmed = await planOperation(context, actor, updateNode, input, { ...why, signal })
  const { canDrain, running } = confirmed.plan
  // Its turn may come long after the question: it is done as that was answered, or not at all.
  const now = plannedOf(confirmed.plan)
  if (!isAsPlanned(now, planned)) throw new OperatorError('plan-changed', { operation: 'update-node' })
  if (!canDrain && !now.blind && running.value?.length !== 0)
    throw new OperatorError('turns-would-end', { node })
  const options = { ...why, confirmed, under, signal, onProgress: seldom(context, call) }
  const { outcome, data } = await runOperation(context, actor, updateNode, input, options)
  return { outcome, update: endOf(data) }
}

function endOf(result: UpdateResult): UpdateEnd {
  const { from, to, state, serving, fault, checkpoint, restored, turn } = result
  return { from, to, state, serving, fault, checkpoint, restored, turn }
}

/** Tells each step as it begins, and what comes of it now and then. */
function seldom({ clock }: Context, { progress }: Call<UpdateStep>): (step: UpdateStep) => void {
  let last: UpdateStep['step'] | null = null
  let toldAt = Number.NEGATIVE_INFINITY
  return (step) => {
    const now = clock.monotonic()
    if (step.step === last && now - toldAt < TELL_EVERY_MS) return
    last = step.step
    toldAt = now
    progress(step)
  }
}
