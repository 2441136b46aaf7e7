import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import type { GatewayClient } from './gateway-client.ts'
import { parseQuickProbe, type QuickReport } from './probe.ts'
import { QUICK_PROBE_SCRIPT } from './probe-script.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** What a quick look works with. */
export interface QuickLookSources {
  session: SshSession
  client: GatewayClient
  clock: Clock
}

const PROBE_BYTES = 4 * 1024
/** A gateway that has not answered a ping by then is looked at properly, within the same deadline. */
const SHARE = 0.3

/**
 * Looks again at a node that served a moment ago: what moves is read from the node, and the gateway has to answer a
 * ping. Starts no process on the node. Everything else stays as `last` has it, with the time at which it was read.
 * Null when anything is not as it was; then only a full look can tell.
 * @throws OperatorError cancelled
 */
export async function quickLook(
  { session, client, clock }: QuickLookSources,
  last: NodeSnapshot,
  limits: CallLimits,
): Promise<NodeSnapshot | null> {
  const startedAt = clock.monotonic()
  const bounds = { ...limits, deadlineMs: limits.deadlineMs * SHARE }
  try {
    const [quick] = await Promise.all([probe(session, clock, bounds), client.ping(bounds)])
    if (quick === null) return null
    return {
      ...last,
      observedAt: clock.now(),
      tookMs: Math.round(clock.monotonic() - startedAt),
      host: { ...last.host, ...quick },
    }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    return null
  }
}

async function probe(session: SshSession, clock: Clock, limits: CallLimits): Promise<QuickReport | null> {
  const marker = randomUUID()
  const { stdout, tookMs } = await session.script(QUICK_PROBE_SCRIPT, {
    ...limits,
    maxOutputBytes: PROBE_BYTES,
    args: [marker],
  })
  return parseQuickProbe(stdout, marker, { observedAt: clock.now(), tookMs })
}
