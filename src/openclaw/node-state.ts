import type { Reason } from '../base/reading.ts'
import type { ProbeReport } from './probe.ts'
import type { NodeState } from './snapshot.ts'

/**
 * What became of asking the gateway. `answered`: it completed a handshake, said that it is ready, or refused us in its
 * own protocol, which proves just as well that it serves; `limits` says what we therefore cannot see. Otherwise the
 * reason: `port-silent` (nothing accepts), `gateway-hung` (accepts and is silent), `gateway-starting`,
 * `gateway-not-ready`, `gateway-protocol` (something else answers), or a reason of the way there.
 */
export type GatewayOutcome = { answered: true; limits: Reason | null } | { answered: false; reason: Reason }

/** Everything the decision rests on. */
export interface StateFacts {
  /** Null when the probe told nothing; then `probeFailure` says why. */
  probe: ProbeReport | null
  /** Why the probe told nothing. */
  probeFailure: Reason | null
  /** Whether the failure means that nothing on the node was reached. */
  unreached: boolean
  gateway: GatewayOutcome
  /** The restart counter at an earlier look, to see it rise. */
  restartsBefore: number | null
  gatewayPort: number
}

/** A verdict: `reason` is null only for a node that serves without limits. */
export interface StateVerdict {
  state: NodeState
  reason: Reason | null
}

/** A unit this young may still be starting: cold starts take 2 to 20 s, up to 66 s on a loaded machine. */
const STARTUP_SECONDS = 90
/** A young process after this many automatic restarts is a loop, not a start. */
const LOOP_RESTARTS = 3
/** OpenClaw's exit status for a missing or invalid configuration; its unit is not restarted then. */
const EXIT_CONFIG = 78
/** systemd's exit status when the program of the unit could not be executed. */
const EXIT_EXEC = 203

/**
 * Decides what a node is. Pure; a gateway that answers outweighs whatever the service manager says, but for one that is
 * being stopped: it answers until its process ends, which a running turn can delay for minutes.
 */
export function decideState(seen: StateFacts): StateVerdict {
  const facts = isStranger(seen) ? { ...seen, gateway: STRANGER } : seen
  const { gateway, probe } = facts
  if (gateway.answered && probe !== null && isStopping(probe)) return STOPPING
  if (gateway.answered) return { state: 'serving', reason: gateway.limits }
  if (probe === null) {
    const reason = facts.probeFailure ?? { code: 'not-reported' }
    if (facts.unreached) return { state: 'unreachable', reason }
    return isAlive(gateway.reason)
      ? { state: 'not-serving', reason: gateway.reason }
      : { state: 'unknown', reason }
  }
  // Silence and a goodbye are the end of a process that is being stopped, and no start and no hang.
  if (isStopping(probe) && !isForeign(probe, gateway.reason)) return STOPPING
  const announced = gateway.reason.code === 'gateway-starting' || gateway.reason.code === 'gateway-not-ready'
  if (announced && !isStopped(probe)) return { state: 'not-serving', reason: gateway.reason }
  const listening = probe.port.listening ?? (gateway.reason.code === 'port-silent' ? false : null)
  if (listening === true) return portHeld(facts, probe, gateway.reason)
  if (listening === null && isAlive(gateway.reason)) return { state: 'not-serving', reason: gateway.reason }
  return withoutListener(facts, probe)
}

/** Whether nothing of a node could be read: it was not reached, or is too slow. */
export function isUnread({ state, reason }: { state: NodeState; reason: Reason | null }): boolean {
  return state === 'unreachable' || (state === 'unknown' && reason?.code === 'node-slow')
}

const STOPPING: StateVerdict = { state: 'not-serving', reason: { code: 'service-stopping' } }

function isStopping({ service }: ProbeReport): boolean {
  return service.activeState.value === 'deactivating'
}

const STRANGER: GatewayOutcome = { answered: false, reason: { code: 'port-held-by-other' } }

/**
 * A gateway that refuses the node's own credential and is not the unit's process is somebody else's: on a machine with
 * several users each has one, and the first takes the default port.
 */
function isStranger({ gateway, probe }: StateFacts): boolean {
  if (!gateway.answered || gateway.limits?.code !== 'gateway-auth-failed' || probe === null) return false
  const { service, port } = probe
  // What passes connections on to a gateway is no process of the unit either.
  if (port.ownerName !== null && port.ownedByOpenClaw === null) return false
  return service.activeState.value !== null && port.listening === true && port.ownerPid !== service.pid.value
}

/**
 * Names the work that ocm itself asked for as the reason why a gateway says nothing: a compaction on a busy machine takes
 * minutes, and a restart would end it. Its greeted connection lives, so whoever holds the port is no stranger.
 */
export function excuseWork(verdict: StateVerdict, isWorking: boolean): StateVerdict {
  const silent = verdict.reason?.code === 'gateway-hung' || verdict.reason?.code === 'port-held-by-other'
  return verdict.state === 'not-serving' && silent && isWorking
    ? { ...verdict, reason: { code: 'gateway-busy' } }
    : verdict
}

/** Reasons that a broken configuration explains: the service is started and does not stay. */
const ENDS_BY_ITSELF: readonly Reason['code'][] = [
  'service-starting',
  'service-failed',
  'service-crash-looping',
]

/**
 * Names a broken configuration as the cause of a service that does not stay up. 2026.9.6 has an exit status for it;
 * 2026.2.17 ends like after any error and systemd starts it again for ever.
 */
export function blameConfig(verdict: StateVerdict, configValid: boolean | null): StateVerdict {
  const { state, reason } = verdict
  if (state !== 'service-down' || configValid !== false || reason === null) return verdict
  return ENDS_BY_ITSELF.includes(reason.code) ? { state, reason: { code: 'config-invalid' } } : verdict
}

/** Whether the service is down and nothing listens: a gateway announces its next start also when it is stopped. */
function isStopped({ service, port }: ProbeReport): boolean {
  const active = service.activeState.value
  return port.listening === false && (active === 'inactive' || active === 'failed')
}

/** Whether something on the port reacted, though not as a gateway that serves. */
function isAlive(reason: Reason): boolean {
  return ['gateway-hung', 'gateway-protocol', 'gateway-starting', 'gateway-not-ready'].includes(reason.code)
}

/** Whether something that is no gateway has the port. */
function isForeign({ port }: ProbeReport, { code }: Reason): boolean {
  if (port.listening !== true) return false
  if (code === 'port-held-by-other' || port.ownedByOpenClaw === false) return true
  return port.ownedByOpenClaw === null && code === 'gateway-protocol'
}

function portHeld(facts: StateFacts, probe: ProbeReport, reason: Reason): StateVerdict {
  const { ownerName } = probe.port
  if (isForeign(probe, reason)) {
    const params = { port: facts.gatewayPort, ...(ownerName === null ? {} : { program: ownerName }) }
    return { state: 'not-serving', reason: { code: 'port-held-by-other', params } }
  }
  if (reason.code === 'port-silent') {
    // Listening now and refusing a moment ago: it has just opened its port.
    return { state: 'not-serving', reason: { code: 'gateway-starting' } }
  }
  if (reason.code === 'deadline') return { state: 'not-serving', reason: { code: 'gateway-hung' } }
  if (reason.code === 'connection-lost' || reason.code === 'connection-dropped') {
    return { state: 'not-serving', reason: { code: 'gateway-error', params: { code: 'closed' } } }
  }
  return { state: 'not-serving', reason }
}

function withoutListener(facts: StateFacts, probe: ProbeReport): StateVerdict {
  const { service, loadState } = probe
  const active = service.activeState.value
  if (active === null || loadState === 'not-found') return withoutUnit(facts, probe)
  if (active === 'active' || active === 'reloading') {
    if (isLooping(facts, probe)) return looping(probe)
    const starting = (secondsUp(probe) ?? Infinity) < STARTUP_SECONDS
    const reason: Reason = starting
      ? { code: 'gateway-starting' }
      : { code: 'port-silent', params: { port: facts.gatewayPort } }
    return { state: 'not-serving', reason }
  }
  if (active === 'activating') {
    const waiting = service.subState.value === 'auto-restart'
    if (isLooping(facts, probe) || (waiting && (service.restarts.value ?? 0) >= LOOP_RESTARTS))
      return looping(probe)
    // Between a crash and the automatic restart 5 s later nothing runs; once or twice that is recovery, not a loop.
    if (waiting) return { state: 'service-down', reason: { code: 'service-starting' } }
    return { state: 'not-serving', reason: { code: 'service-starting' } }
  }
  if (active === 'failed') return { state: 'service-down', reason: failure(probe) }
  return { state: 'service-down', reason: { code: 'service-inactive' } }
}

function withoutUnit(facts: StateFacts, probe: ProbeReport): StateVerdict {
  const { service, install } = probe
  if (service.kind.value === 'process') {
    const starting = (secondsUp(probe) ?? Infinity) < STARTUP_SECONDS
    const reason: Reason = starting
      ? { code: 'gateway-starting' }
      : { code: 'port-silent', params: { port: facts.gatewayPort } }
    return { state: 'not-serving', reason }
  }
  if (install.binary.freshness === 'unknown') {
    return { state: 'service-down', reason: { code: 'openclaw-not-installed' } }
  }
  const unit = service.activeState
  const bus = unit.freshness === 'unknown' && unit.reason.code === 'bus-unavailable'
  return { state: 'service-down', reason: { code: bus ? 'bus-unavailable' : 'service-not-installed' } }
}

function failure(probe: ProbeReport): Reason {
  const { service, config, install } = probe
  const status = service.exitStatus.value
  if (status === EXIT_CONFIG) return { code: config === 'missing' ? 'config-missing' : 'config-invalid' }
  if (service.result.value === 'start-limit-hit') return looping(probe).reason ?? { code: 'service-failed' }
  const nodeGap = install.nodeBinary.freshness === 'unknown' && install.nodeBinary.reason.code
  if (status === EXIT_EXEC && nodeGap === 'node-runtime-missing') return { code: 'node-runtime-missing' }
  return { code: 'service-failed', ...(status === null ? {} : { params: { code: status } }) }
}

function isLooping(facts: StateFacts, probe: ProbeReport): boolean {
  const restarts = probe.service.restarts.value
  if (restarts === null) return false
  if (facts.restartsBefore !== null && restarts > facts.restartsBefore + 1) return true
  return restarts >= LOOP_RESTARTS && (secondsUp(probe) ?? Infinity) < STARTUP_SECONDS
}

function looping(probe: ProbeReport): StateVerdict {
  const restarts = probe.service.restarts.value
  const params = restarts === null ? {} : { params: { restarts } }
  return { state: 'service-down', reason: { code: 'service-crash-looping', ...params } }
}

/** How long the service's process has been up, all by the node's own clock. */
function secondsUp(probe: ProbeReport): number | null {
  const { service, host } = probe
  if (service.startedAt.value === null) return null
  const nodeNow = service.startedAt.observedAt + (host.clockSkewMs.value ?? 0)
  return Math.max(0, (nodeNow - service.startedAt.value) / 1000)
}
