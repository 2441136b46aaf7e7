import { randomUUID } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { fresh } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { ScriptResult, SshSession } from '../ssh/ssh.ts'
import type { GatewayAccess } from './gateway-access.ts'
import type { GatewayClient } from './gateway-client.ts'
import type { GatewayReader } from './gateway-reader.ts'
import type { LocalAddress } from './listeners.ts'
import { parseQuickProbe, type QuickReport } from './probe.ts'
import { QUICK_PROBE_SCRIPT } from './quick-probe-script.ts'
import { type Readiness, readinessOf } from './readiness.ts'
import { unitArgument, unitLevel } from './service.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** What a quick look works with. */
export interface QuickLookSources {
  session: SshSession
  client: GatewayClient
  access: Pick<GatewayAccess, 'readiness' | 'plainPlace'>
  reader: GatewayReader
  clock: Clock
  statePath: string | null
  /** What was learnt of the node's shell: whether it can ask the gateway something. */
  shell: { asks: boolean }
}

const PROBE_BYTES = 16 * 1024
/** A gateway that has not answered by then is looked at properly, within the same deadline. */
const SHARE = 0.3

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
    const [{ quick, readiness }, sessions] = await Promise.all([
      moving ? probeAndReadiness(sources, unit, bounds) : probeAlone(sources, bounds),
      moving ? sources.reader.readSessions(client, last.agents, bounds) : client.ping(bounds),
    ])
    if (quick === null || (moving && quick.disk === null)) return null
    // Why it does not answer, or is not ready, is for a full look to tell.
    if (sessions?.freshness === 'unknown' || readiness?.kind === 'not-ready') return null
    const { disk, activeState, readiness: _, ...figures } = quick
    if (unit !== null && activeState !== last.service.activeState.value) return null
    const seen: NodeSnapshot = {
      ...last,
      observedAt: clock.now(),
      tookMs: Math.round(clock.monotonic() - startedAt),
      host: { ...last.host, ...figures, disk: disk ?? last.host.disk },
    }
    if (!sessions) return seen
    seen.sessions = sessions
    if (readiness?.kind === 'ready')
      seen.gateway = { ...last.gateway, ready: fresh(true, 'rpc', clock.now()) }
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
  const { report } = await probe(sources, { disk: false, unit, place: null }, limits)
  return report?.activeState !== seen.service.activeState.value
}

/** What a look found out in the node's shell, and of the gateway besides its sessions. */
interface Probed {
  quick: QuickReport | null
  readiness: Readiness | null
}

async function probeAlone(sources: QuickLookSources, limits: CallLimits): Promise<Probed> {
  const { report } = await probe(sources, { disk: false, unit: null, place: null }, limits)
  return { quick: report, readiness: null }
}

/**
 * The question whether the gateway is ready goes along with the probe where the node's shell can ask it: a channel of its
 * own would cost the bot a third of the whole look. Nothing else tells of a channel that fails.
 */
async function probeAndReadiness(
  sources: QuickLookSources,
  unit: string | null,
  limits: CallLimits,
): Promise<Probed> {
  const { access, client, shell } = sources
  const ask = () => access.readiness(limits).catch(() => null)
  const isAsked = client.hello.protocol === 4
  const place = isAsked && shell.asks ? access.plainPlace : null
  const [{ report: quick, via }, answered] = await Promise.all([
    probe(sources, { disk: true, unit, place }, limits),
    isAsked && place === null ? ask() : null,
  ])
  if (place === null || quick === null) return { quick, readiness: answered }
  if (quick.readiness !== null) return { quick, readiness: readinessOf(quick.readiness) }
  // A shell that was started for this probe alone says nothing of the one that is held.
  if (via === 'shell') shell.asks = false
  return { quick, readiness: await ask() }
}

async function probe(
  { session, clock, statePath }: QuickLookSources,
  wanted: { disk: boolean; unit: string | null; place: LocalAddress | null },
  limits: CallLimits,
): Promise<{ report: QuickReport | null; via: ScriptResult['via'] }> {
  const marker = randomUUID()
  const { disk, unit, place } = wanted
  const args = [marker, disk ? 'disk' : '', statePath ?? '', unit ?? '']
  const { stdout, tookMs, via } = await session.script(QUICK_PROBE_SCRIPT, {
    ...limits,
    maxOutputBytes: PROBE_BYTES,
    args: place === null ? args : [...args, place.host, String(place.port)],
  })
  return { report: parseQuickProbe(stdout, marker, { observedAt: clock.now(), tookMs }), via }
}
