import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reading, Reason } from '../base/reading.ts'
import { reasonSchema } from '../base/reading-schema.ts'
import { wasNotRead } from '../openclaw/last-known.ts'
import { canRestartItself, requestRestart } from '../openclaw/methods/restart.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import {
  mayRestartCommand,
  resetFailedCommand,
  restartCommand,
  unitLevel,
  unitOf,
} from '../openclaw/service.ts'
import type { NodeSnapshot, NodeState } from '../openclaw/snapshot.ts'
import { nodeStateSchema } from '../openclaw/snapshot.ts'
import type { CallLimits } from '../ssh/call.ts'
import { awaitRestarted } from './await-restarted.ts'
import type { Context } from './context.ts'
import { lookReached } from './look-reached.ts'
import { type Call, definePlanned } from './operation.ts'
import { type RunningWork, readRunningWork, runningWorkFields } from './running-work.ts'
import { untouched } from './stopped.ts'

const planSchema = z.strictObject({
  nodeId: z.string(),
  nodeName: z.string(),
  state: nodeStateSchema,
  reason: reasonSchema.nullable(),
  ...runningWorkFields,
  /** How the restart will be made, in the order tried. */
  method: z.enum(['systemd', 'gateway']),
  /** Whether this restart waits for running turns; otherwise it interrupts them. */
  drain: z.boolean(),
  drainSeconds: z.number(),
})
/** What restart-node is about to do. */
export type RestartPlan = z.infer<typeof planSchema>

/** Steps of a restart as they happen. */
export type RestartStep =
  | { step: 'checking' }
  | { step: 'draining'; running: number; waitedMs: number; limitMs: number }
  | { step: 'restarting'; method: 'systemd' | 'gateway' }
  | { step: 'waiting'; waitedMs: number; limitMs: number; reason: Reason | null }
  | { step: 'verified' }

/** restart-node. */
export interface RestartResult {
  nodeId: string
  method: 'systemd' | 'gateway'
  /** From the restart command to a serving gateway; null when it did not serve. */
  secondsToServe: number | null
  /** Turns that were still running when the restart was made. */
  interrupted: number | null
  drained: boolean
  before: { state: NodeState; bootId: string | null; pid: number | null }
  after: { state: NodeState; bootId: string | null; pid: number | null; reason: Reason | null }
  /** Redacted tail of the gateway's log when it failed; untrusted. */
  logTail: string[]
}

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** False interrupts running turns at once; true waits for them and refuses to restart while they last. */
  drain: z.boolean().default(true),
})

type Input = z.infer<typeof inputSchema>

const DRAIN_POLL_MS = 1_000
const COMMAND_DEADLINE_MS = 20_000

/** A node at one moment before the restart: what the plan was made from, and what the restart is measured against. */
interface Look {
  link: NodeLink
  snapshot: NodeSnapshot
  work: RunningWork
}

/**
 * Restarts the gateway of a node. Says first which turns are running, waits for them unless told otherwise, and is
 * done only when a new gateway process answers: the same one still answering is no success.
 */
export const restartNode = definePlanned<Input, RestartResult, RestartStep, RestartPlan, Look>({
  name: 'restart-node',
  access: 'operator',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  acts: { sessionOf: () => null },
  planSchema,
  async prepare(context, input, call) {
    const seen = await lookTwice(context, call)
    const { snapshot, work } = seen
    const { id, name } = call.node()
    const plan: RestartPlan = {
      nodeId: id,
      nodeName: name,
      state: snapshot.state,
      reason: snapshot.reason,
      running: work.running,
      otherWork: work.otherWork,
      method: await methodOf(context, call, seen),
      canDrain: work.canDrain,
      drain: input.drain && work.canDrain,
      drainSeconds: Math.round(context.limits.drainDeadlineMs / 1000),
    }
    return { plan, seen }
  },
  holds: coveredBy,
  async run(context, _input, call, { plan, seen }) {
    call.progress({ step: 'checking' })
    const {
      link,
      snapshot: before,
      left,
    } = await untouched('stopped', { node: plan.nodeId, signal: call.signal }, () =>
      drain(context, call, seen, plan),
    )
    call.progress({ step: 'restarting', method: plan.method })
    const startedAt = context.clock.monotonic()
    await restart(context, link, before, plan.method, call)
    const ended = await awaitRestarted(context, link, before, startedAt, call)
    return {
      outcome: ended.outcome,
      data: {
        nodeId: plan.nodeId,
        method: plan.method,
        secondsToServe: ended.secondsToServe,
        interrupted: left,
        drained: left === 0 && plan.drain,
        before: identityOf(before),
        after: { ...identityOf(ended.snapshot), reason: ended.reason },
        logTail: ended.logTail,
      },
    }
  },
})

/** What was confirmed still covers the world when nothing that was not shown would be interrupted. */
function coveredBy(confirmed: RestartPlan, now: RestartPlan): boolean {
  if (confirmed.nodeId !== now.nodeId || confirmed.method !== now.method || confirmed.drain !== now.drain)
    return false
  if (now.drain) return true
  // Whoever was told that nobody knows what runs has agreed to that; whoever was shown a list has not.
  if (now.running.value === null) return confirmed.running.value === null
  const shown = new Set(confirmed.running.value?.map((turn) => turn.sessionKey) ?? [])
  return now.running.value.every((turn) => shown.has(turn.sessionKey))
}

async function look(context: Context, call: Call<RestartStep>): Promise<Look> {
  const { signal } = call
  const node = call.node()
  const link = context.nodes.link(node)
  const { statusDeadlineMs: deadlineMs } = context.limits
  const snapshot = await lookReached(context, node, signal)
  return {
    link,
    snapshot,
    work: await readRunningWork(context, link, snapshot, { deadlineMs, signal }),
  }
}

/** A look before anything is decided. What was not read in time is no answer: such a node is looked at once more. */
async function lookTwice(context: Context, call: Call<RestartStep>): Promise<Look> {
  const seen = await look(context, call)
  const serving = seen.snapshot.state === 'serving'
  const late = wasNotRead(seen.snapshot.service.kind) || (serving && wasNotRead(seen.work.total))
  return late ? await look(context, call) : seen
}

/** systemd where there is a unit: it also starts a gateway that is down. Otherwise the gateway restarts itself. */
async function methodOf(
  context: Context,
  call: Call<RestartStep>,
  { link, snapshot }: Look,
): Promise<RestartPlan['method']> {
  const { kind } = snapshot.service
  const node = link.nodeId
  if (kind.value === 'systemd-user') return 'systemd'
  if (wasNotRead(kind)) throw new OperatorError('service-unreadable', { node, reason: kind.reason.code })
  const limits = { deadlineMs: context.limits.statusDeadlineMs, signal: call.signal }
  const isSystem = kind.value === 'systemd-system'
  if (isSystem && (await mayRestart(link, unitIn(snapshot, call), limits))) return 'systemd'
  if (snapshot.state === 'serving' && (await canRestartItself(link, limits))) return 'gateway'
  throw new OperatorError('restart-impossible', isSystem ? { node, reason: 'permission-denied' } : { node })
}

/** Whether the login may restart a unit of the machine: as root, or with sudo and without a password. */
async function mayRestart(link: NodeLink, unit: string, limits: CallLimits): Promise<boolean> {
  return (await link.exec(mayRestartCommand(unit), limits)).code === 0
}

function unitIn({ service }: NodeSnapshot, call: Call<RestartStep>): string {
  return service.unit.value ?? unitOf(call.node()).name
}

/**
 * Waits until the gateway is idle. Returns the last look, which is what the restart is measured against: a gateway that
 * began anew while it was waited for must not pass for a restarted one. `left` is how many turns the restart will
 * interrupt; null when that is not known.
 */
async function drain(
  context: Context,
  call: Call<RestartStep>,
  first: Look,
  plan: RestartPlan,
): Promise<Look & { left: number | null }> {
  if (!plan.drain) return { ...first, left: plan.running.value?.length ?? null }
  const started = context.clock.monotonic()
  const limitMs = context.limits.drainDeadlineMs
  for (let seen = first; ; seen = await look(context, call)) {
    const { total } = seen.work
    const unread = wasNotRead(total) && seen.snapshot.state === 'serving'
    if (total.value === 0 || (total.value === null && !unread)) return { ...seen, left: total.value }
    const waitedMs = Math.round(context.clock.monotonic() - started)
    if (total.value !== null) call.progress({ step: 'draining', running: total.value, waitedMs, limitMs })
    if (waitedMs >= limitMs) throw notIdle(plan.nodeId, total, limitMs)
    await context.clock.sleep(Math.min(DRAIN_POLL_MS, limitMs - waitedMs), call.signal)
  }
}

/** Why a node was not restarted: work that goes on, or nobody could tell whether it does. */
function notIdle(node: string, total: Reading<number>, limitMs: number): OperatorError {
  if (total.freshness === 'unknown')
    return new OperatorError('work-unreadable', { node, reason: total.reason.code })
  return new OperatorError('turns-running', { node, count: total.value, seconds: Math.round(limitMs / 1000) })
}

async function restart(
  context: Context,
  link: NodeLink,
  before: NodeSnapshot,
  method: RestartPlan['method'],
  call: Call<RestartStep>,
): Promise<void> {
  // From here on giving up would leave a half-made restart without a witness: the caller's signal no longer counts.
  const limits = { deadlineMs: Math.min(COMMAND_DEADLINE_MS, context.limits.restartDeadlineMs) }
  if (method === 'systemd') {
    const unit = unitIn(before, call)
    const level = unitLevel(before.service) ?? unitOf(call.node()).level
    // A unit that hit its start limit refuses to start until this; it fails harmlessly on every other unit.
    await link.exec(resetFailedCommand(unit, level), limits).catch(stillStopping)
    const result = await link.exec(restartCommand(unit, level), limits).catch(stillStopping)
    if (result && result.code !== 0)
      throw new OperatorError(
        'remote-command-failed',
        { node: link.nodeId, exitCode: result.code ?? 'signal' },
        { detail: result.stderr.slice(-500) },
      )
    return
  }
  const reason = `ocm restart by ${call.actor.name}`.slice(0, 120)
  await requestRestart(link, reason, limits)
}

/** systemctl waits for the old process, which may drain for minutes: the job goes on, and the watch will see it. */
function stillStopping(error: unknown): null {
  if (error instanceof OperatorError && (error.code === 'deadline' || error.code === 'connection-lost'))
    return null
  throw error
}

function identityOf(snapshot: NodeSnapshot) {
  return { state: snapshot.state, bootId: snapshot.gateway.bootId.value, pid: snapshot.service.pid.value }
}
