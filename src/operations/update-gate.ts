import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import { checkTurn, noTurn, type TurnCheck, turnAgent } from './turn-check.ts'
import type { UpdateFault, UpdateStep } from './update-node.ts'
import { workingChannels } from './update-plan.ts'

/** What the new gateway is measured against. */
export interface Expected {
  version: string
  /** Null where they were not read before: then they are not asked for. */
  agents: readonly string[] | null
  channels: readonly string[] | null
  /** Whether one turn is allowed, and whether its agent's model is known to have answered before. */
  turn: { allowed: boolean; answered: boolean }
}

/** What was seen at the gate. `fault` null: it was passed. */
export interface GateFound {
  fault: UpdateFault | null
  reason: Reason | null
  agentsMissing: string[]
  channelsDown: string[]
  /** Null where it did not come to that. */
  turn: TurnCheck | null
}

const POLL_MS = 1_000

/**
 * Watches a gateway that serves: the same process for as long as the settings ask, the version read back, every agent
 * and every channel as before. What comes late may come late; a process that ended once has failed. At last, where that
 * is allowed, one turn, and whether the gateway still serves after it.
 */
export async function passGate(
  context: Context,
  call: Call<UpdateStep>,
  link: NodeLink,
  expected: Expected,
  first: NodeSnapshot,
): Promise<GateFound> {
  const { found, now } = await watch(context, call, expected, first)
  if (found.fault !== null) return found
  const agent = turnAgent(now)
  if (!expected.turn.allowed) return { ...found, turn: noTurn('not-allowed') }
  if (agent === null)
    return { ...found, turn: noTurn(now.agents.value === null ? 'agents-unread' : 'no-agent') }
  call.progress({ step: 'trying-turn', agent })
  const turn = await checkTurn(context, link, { agent, answered: expected.turn.answered })
  if (turn.state === 'not-run') return { ...found, turn }
  const { statusDeadlineMs: deadlineMs } = context.limits
  const after = compare(
    expected,
    first,
    await observeNode(context, call.node(), { kind: 'asked', deadlineMs }),
  )
  if (after.fault !== null) return { ...after, turn }
  const fault = turn.state === 'failed' ? 'turn-failed' : turn.state === 'silent' ? 'turn-silent' : null
  return { ...after, turn, fault }
}

async function watch(
  context: Context,
  call: Call<UpdateStep>,
  expected: Expected,
  first: NodeSnapshot,
): Promise<{ found: GateFound; now: NodeSnapshot }> {
  const { updateSoakMs: soakMs, restartDeadlineMs, statusDeadlineMs: deadlineMs } = context.limits
  const limitMs = soakMs + restartDeadlineMs
  const startedAt = context.clock.monotonic()
  for (let now = first; ; ) {
    const waitedMs = Math.round(context.clock.monotonic() - startedAt)
    const found = compare(expected, first, now)
    const over = waitedMs >= (found.fault === null ? soakMs : limitMs)
    if (found.fault === 'crashed' || over) return { found, now }
    call.progress({ step: 'checking', waitedMs, limitMs: found.fault === null ? soakMs : limitMs })
    await context.clock.sleep(Math.min(POLL_MS, soakMs))
    now = await observeNode(context, call.node(), { kind: 'asked', deadlineMs })
  }
}

function compare(expected: Expected, first: NodeSnapshot, now: NodeSnapshot): GateFound {
  const has = new Set(now.agents.value?.map(({ id }) => id) ?? [])
  const works = new Set(workingChannels(now) ?? [])
  const found = {
    turn: null,
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
