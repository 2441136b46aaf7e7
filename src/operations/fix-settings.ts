import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import { dropKeptConfig, keepConfig, putConfigBack } from '../openclaw/lint-mend.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { type ConfigView, readConfig } from '../openclaw/methods/config.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import { resetFailedCommand, restartCommand, unitLevel, unitOf } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { patchCurrent, patienceFor } from './await-bot.ts'
import { SETTLED } from './await-restarted.ts'
import type { Context } from './context.ts'
import type { FixStep, PlannedFix } from './fix-lint.ts'
import { readLogTail } from './log-tail.ts'
import type { Call } from './operation.ts'

/** How the change of a node's settings ended. */
export interface ConfigEnd {
  /** Whether it is known how the configuration stands and that the gateway serves with it. */
  sure: boolean
  reason: Reason | null
  needsRestart: boolean
  /** The configuration from before was put back: with it the gateway serves, does not, or nobody knows. */
  takenBack: 'serving' | 'not-serving' | 'unknown' | null
  logTail: string[]
}

type Json = { [key: string]: Json | string | number | null }

const POLL_MS = 700
const COMMAND_MS = 20_000
const TAIL_LINES = 20
/** A gateway that starts anew for a setting of its own has begun to by then (2026.9.6 needs 2 s). */
const SETTLE_MS = 8_000

/** The JSON merge patch that mends a finding about a setting; null for any other. Nothing in it comes from the node. */
export function patchFor({ code, params }: Pick<PlannedFix, 'code' | 'params'>): Json | null {
  switch (code) {
    case 'port-ignored':
      return { gateway: { port: Number(params.unit) } }
    case 'bind-unset':
      return { gateway: { bind: 'loopback' } }
    case 'setting-retired':
      return String(params.path)
        .split('.')
        .reduceRight<Json | null>((inner, key) => ({ [key]: inner }), null)
    default:
      return null
  }
}

function merged(under: Json, over: Json): Json {
  const result: Json = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const here = result[key]
    result[key] =
      typeof here === 'object' && here !== null && typeof value === 'object' && value !== null
        ? merged(here, value)
        : value
  }
  return result
}

/**
 * Changes settings through the gateway, in one patch that holds nothing else, so that no hidden secret is written back. A
 * copy of the configuration lies on the node meanwhile; when the gateway does not come back, it takes its place again.
 * @throws OperatorError when nothing was sent or the gateway refused; nothing is changed then
 */
export async function changeSettings(
  context: Context,
  link: NodeLink,
  fixes: readonly PlannedFix[],
  call: Call<FixStep>,
): Promise<ConfigEnd> {
  const node = call.node()
  const limits = { deadlineMs: COMMAND_MS }
  const patch = fixes.reduce<Json>((all, fix) => merged(all, patchFor(fix) ?? {}), {})
  call.progress({ step: 'changing-settings' })
  const before = await observeNode(context, node, { kind: 'asked', deadlineMs: limitOf(context) })
  await keepConfig(link, node.ocPath, limits)
  let said: Answered<{ needsRestart: boolean }> | null
  try {
    said = await patchCurrent(link, () => ({ patch }))
  } catch (error) {
    await dropKeptConfig(link, node.ocPath, limits).catch(() => {})
    throw error
  }
  call.progress({ step: 'awaiting-gateway' })
  const touchesGateway = 'gateway' in patch
  const seen = await awaitServing(context, link, call, {
    shows: (config) => shows(config.parsed, patch),
    // A gateway that answers and has not written it will not do so later.
    forMs: said === null ? 0 : patienceFor(said),
    settled: (now, sinceMs) => !touchesGateway || isOther(before, now) || sinceMs >= SETTLE_MS,
  })
  const needsRestart = said?.answered === true && said.answer.needsRestart && !isOther(before, seen.snapshot)
  const end: ConfigEnd = { sure: true, reason: null, needsRestart, takenBack: null, logTail: [] }
  if (seen.kind === 'serving') {
    await dropKeptConfig(link, node.ocPath, limits).catch((error: unknown) => {
      context.log.warn({ err: error, node: node.id }, 'the kept configuration could not be removed')
    })
    const reason = said !== null && !said.answered ? said.reason : null
    return { ...end, reason: seen.shown ? null : (seen.reason ?? reason) }
  }
  // What cannot be seen may serve: nothing is taken back from it, and the copy stays.
  if (seen.kind === 'unseen') return { ...end, sure: false, reason: seen.snapshot.reason }
  const logTail = await readLogTail(context, link, seen.snapshot, TAIL_LINES)
  call.progress({ step: 'taking-settings-back' })
  const takenBack = await takeBack(context, link, seen.snapshot, call)
  return { ...end, reason: seen.snapshot.reason, takenBack, logTail, needsRestart: false }
}

function limitOf(context: Context): number {
  return context.limits.statusDeadlineMs
}

interface Seen {
  kind: 'serving' | 'down' | 'unseen'
  snapshot: NodeSnapshot
  shown: boolean
  reason: Reason | null
}

/** Waits until the gateway serves and shows the change, until it is certain that it will not, or until the time is over. */
async function awaitServing(
  context: Context,
  link: NodeLink,
  call: Pick<Call<FixStep>, 'node'>,
  wait: {
    shows(config: ConfigView): boolean
    forMs: number
    settled(now: NodeSnapshot, sinceMs: number): boolean
  },
): Promise<Seen> {
  const started = context.clock.monotonic()
  const { restartDeadlineMs: limitMs } = context.limits
  let servingSince: number | null = null
  for (;;) {
    const snapshot = await observeNode(context, call.node(), { kind: 'whole', deadlineMs: limitOf(context) })
    const at = context.clock.monotonic()
    const sinceMs = at - started
    let reason: Reason | null = snapshot.reason
    if (snapshot.state === 'serving') {
      servingSince ??= at
      const read = await readQuietly(link)
      reason = read.reason
      const shown = read.config !== null && wait.shows(read.config)
      if (shown && wait.settled(snapshot, sinceMs)) return { kind: 'serving', snapshot, shown, reason: null }
      if (!shown && at - servingSince >= wait.forMs && sinceMs >= wait.forMs)
        return { kind: 'serving', snapshot, shown, reason }
    } else servingSince = null
    if (snapshot.state === 'service-down' && snapshot.reason !== null && SETTLED.has(snapshot.reason.code))
      return { kind: 'down', snapshot, shown: false, reason }
    if (sinceMs >= limitMs) {
      const unseen = snapshot.state === 'unreachable' || snapshot.state === 'unknown'
      const kind = snapshot.state === 'serving' ? 'serving' : unseen ? 'unseen' : 'down'
      return { kind, snapshot, shown: false, reason }
    }
    await context.clock.sleep(POLL_MS)
  }
}

async function readQuietly(link: NodeLink): Promise<{ config: ConfigView | null; reason: Reason | null }> {
  try {
    return { config: await readConfig(link), reason: null }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    return { config: null, reason: reasonOfError(error) }
  }
}

/** Whether every value of a merge patch stands in the configuration, and what it removes does not. */
function shows(config: unknown, patch: Json): boolean {
  return Object.entries(patch).every(([key, value]) => {
    const here =
      typeof config === 'object' && config !== null ? (config as Record<string, unknown>)[key] : undefined
    if (value === null) return here === undefined
    return typeof value === 'object' ? shows(here, value) : here === value
  })
}

/** Whether another gateway process runs than before. */
function isOther(before: NodeSnapshot, now: NodeSnapshot): boolean {
  const [old, boot] = [before.gateway.bootId.value, now.gateway.bootId.value]
  return old !== null && boot !== null && old !== boot
}

/** Puts the configuration from before in its place and starts the gateway with it. */
async function takeBack(
  context: Context,
  link: NodeLink,
  snapshot: NodeSnapshot,
  call: Call<FixStep>,
): Promise<NonNullable<ConfigEnd['takenBack']>> {
  const limits = { deadlineMs: COMMAND_MS }
  const node = call.node()
  try {
    await putConfigBack(link, node.ocPath, limits)
    const unit = snapshot.service.unit.value ?? unitOf(node).name
    const level = unitLevel(snapshot.service) ?? unitOf(node).level
    // It fails harmlessly on a unit that has not failed.
    await link.exec(resetFailedCommand(unit, level), limits)
    await link.exec(restartCommand(unit, level), limits)
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    context.log.warn({ err: error, node: node.id }, 'a configuration could not be taken back')
    // A restart that takes its time goes on without us.
    if (error.code !== 'deadline') return 'unknown'
  }
  const seen = await awaitServing(context, link, call, { shows: () => true, forMs: 0, settled: () => true })
  return seen.kind === 'serving' ? 'serving' : seen.kind === 'down' ? 'not-serving' : 'unknown'
}
