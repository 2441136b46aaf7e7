import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import type { UpdateFault, UpdateStep } from './update-node.ts'
import { workingChannels } from './update-plan.ts'

/** What the new gateway is measured against. */
export interface Expected {
  version: string
  /** Null where they were not read before: then they are not asked for. */
  agents: readonly string[] | null
  channels: readonly string[] | null
}

/** What was seen at the gate. `fault` null: it was passed. */
export interface GateFound {
  fault: UpdateFault | null
  reason: Reason | null
  agentsMissing: string[]
  channelsDown: string[]
}

const POLL_MS = 1_000

/**
 * Watches a gateway that serves: the same process for as long as the settings ask, the version read back, every agent
 * and every channel as before. What comes late may come late; a process that ended once has failed.
 */
export async function passGate(
  context: Context,
  call: Call<UpdateStep>,
  expected: Expected,
  first: NodeSnapshot,
): Promise<GateFound> {
  const { updateSoakMs: soakMs, restartDeadlineMs, statusDeadlineMs: deadlineMs } = context.limits
  const limitMs = soakMs + restartDeadlineMs
  const startedAt = context.clock.monotonic()
  for (let now = first; ; ) {
    const waitedMs = Math.round(context.clock.monotonic() - startedAt)
    const found = compare(expected, first, now)
    if (found.fault === 'crashed') return found
    if (found.fault === null && waitedMs >= soakMs) return found
    if (waitedMs >= limitMs) return found
    call.progress({ step: 'checking', waitedMs, limitMs: found.fault === null ? soakMs : limitMs })
    await context.clock.sleep(Math.min(POLL_MS, soakMs))
    now = await observeNode(context, call.node(), { kind: 'asked', deadlineMs })
  }
}

function compare(expected: Expected, first: NodeSnapshot, now: NodeSnapshot): GateFound {
  const has = new Set(now.agents.value?.map(({ id }) => id) ?? [])
  const works = new Set(workingChannels(now) ?? [])
  const found = {
    reason: now.reason,
    agentsMissing: (expected.agents ?? []).filter((id) => !has.has(id)),
    channelsDown: (expected.channels ?? []).filter((id) => !works.has(id)),
  }
  return { ...found, fault: faultOf(expected, first, now, found) }
}

function faultOf(
  expected: Expected,
  first: NodeSnapshot,
  now: NodeSnapshot,
  { agentsMissing, channelsDown }: Pick<GateFound, 'agentsMissing' | 'channelsDown'>,
): UpdateFault | null {
  if (now.state === 'unreachable' || now.state === 'unknown') return 'silent'
  if (otherProcess(first, now)) return 'crashed'
  if (now.state !== 'serving') return 'not-serving'
  if (now.install.version.value !== expected.version) return 'other-version'
  if (agentsMissing.length > 0) return 'agents-missing'
  return channelsDown.length > 0 ? 'channels-down' : null
}

function otherProcess({ service: was }: NodeSnapshot, { service: is, state }: NodeSnapshot): boolean {
  const changed = (a: number | null, b: number | null) => a !== null && b !== null && a !== b
  return (
    state === 'service-down' ||
    changed(was.pid.value, is.pid.value) ||
    changed(was.restarts.value, is.restarts.value)
  )
}
