import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { fresh, type Reading } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import type { GatewayAccess } from './gateway-access.ts'
import type { GatewayClient } from './gateway-client.ts'
import type { GatewayReader } from './gateway-reader.ts'
import { parseQuickProbe, type QuickReport } from './probe.ts'
import { QUICK_PROBE_SCRIPT } from './probe-script.ts'
import { unitArgument, unitLevel } from './service.ts'
import type { NodeSnapshot, SessionFacts } from './snapshot.ts'

/** What a quick look works with. */
export interface QuickLookSources {
  session: SshSession
  client: GatewayClient
  access: Pick<GatewayAccess, 'readiness'>
  reader: GatewayReader
  clock: Clock
  statePath: string | null
}

const PROBE_BYTES = 16 * 1024
/** A gateway that has not answered by then is looked at properly, within the same deadline. */
const SHARE = 0.3

/** What the gateway was asked in place of a ping. */
interface GatewayNews {
  sessions: Reading<SessionFacts[]>
  ready: Reading<boolean> | null
}

/**
 * Looks again at a node that served a moment ago. The figures that move are read from the node, and the gateway has to
 * answer; with `moving`, also the disk, the sessions and whether the gateway is ready are read. Everything else stays as
 * `last` has it, with the time at which it was read. Null when anything is not as it was; then only a full look can tell.
 * @throws OperatorError cancelled
 */
export async function quickLook(
  sources: QuickLookSources,
  last: NodeSnapshot,
  moving: boolean,
  limits: CallLimits,
): Promise<NodeSnapshot | null> {
  const { client, clock } = sources
  const startedAt = clock.monotonic()
  const bounds = { ...limits, deadlineMs: limits.deadlineMs * SHARE }
  const unit = moving ? unitToWatch(last) : null
  try {
    const [quick, news] = await Promise.all([
      probe(sources, { disk: moving, unit }, bounds),
      moving ? askGateway(sources, last, bounds) : client.ping(bounds),
    ])
    if (quick === null || news === null || (moving && quick.disk === null)) return null
    const { disk, activeState, ...figures } = quick
    if (unit !== null && activeState !== last.service.activeState.value) return null
    const seen: NodeSnapshot = {
      ...last,
      observedAt: clock.now(),
      tookMs: Math.round(clock.monotonic() - startedAt),
      host: { ...last.host, ...figures, disk: disk ?? last.host.disk },
    }
    if (!news) return seen
    seen.sessions = news.sessions
    if (news.ready !== null) seen.gateway = { ...last.gateway, ready: news.ready }
    return unit === null && (await isBeingStopped(sources, seen, bounds)) ? null : seen
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
    return null
  }
}

/**
 * The unit, where it may be stopping without a sign: a gateway that is told to stop serves on and says nothing while a
 * turn runs, for minutes. One that is idle is gone in seconds, and its connection with it.
 */
function unitToWatch({ service, sessions }: NodeSnapshot): string | null {
  const level = unitLevel(service)
  const { value: name } = service.unit
  if (level === null || name === null) return null
  return sessions.value?.some(({ running }) => running === true) === true
    ? unitArgument({ name, level })
    : null
}

/** Asks for the unit where a turn has begun since the last look. */
async function isBeingStopped(
  sources: QuickLookSources,
  seen: NodeSnapshot,
  limits: CallLimits,
): Promise<boolean> {
  const unit = unitToWatch(seen)
  if (unit === null) return false
  const quick = await probe(sources, { disk: false, unit }, limits)
  return quick?.activeState !== seen.service.activeState.value
}

/** Null when it does not answer, or says that it is not ready: why is for a full look to tell. */
async function askGateway(
  { client, access, reader, clock }: QuickLookSources,
  last: NodeSnapshot,
  limits: CallLimits,
): Promise<GatewayNews | null> {
  const [sessions, readiness] = await Promise.all([
    reader.readSessions(client, last.agents, limits),
    client.hello.protocol === 4 ? access.readiness(limits).catch(() => null) : null,
  ])
  if (sessions.freshness === 'unknown' || readiness?.kind === 'not-ready') return null
  return { sessions, ready: readiness?.kind === 'ready' ? fresh(true, 'rpc', clock.now()) : null }
}

async function probe(
  { session, clock, statePath }: QuickLookSources,
  wanted: { disk: boolean; unit: string | null },
  limits: CallLimits,
): Promise<QuickReport | null> {
  const marker = randomUUID()
  const { stdout, tookMs } = await session.script(QUICK_PROBE_SCRIPT, {
    ...limits,
    maxOutputBytes: PROBE_BYTES,
    args: [marker, wanted.disk ? 'disk' : '', statePath ?? '', wanted.unit ?? ''],
  })
  return parseQuickProbe(stdout, marker, { observedAt: clock.now(), tookMs })
}
