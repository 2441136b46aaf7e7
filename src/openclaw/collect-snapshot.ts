import { randomUUID } from 'node:crypto'
import type { UnitSetting } from '../../registry/schema.ts'
import { OVER } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import { fresh, type Reading, type Reason, unknown } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { withDeadline } from './deadline.ts'
import { hostFromSystemInfo } from './host-fallback.ts'
import { type GatewayLook, type GatewaySources, lookAtGateway, silent } from './look-at-gateway.ts'
import type { SystemInfo } from './methods/status.ts'
import { blameConfig, decideState, excuseWork, type GatewayOutcome } from './node-state.ts'
import { type KnownRuntime, missingProbe, type ProbeReport, parseProbe } from './probe.ts'
import { PROBE_SCRIPT } from './probe-script.ts'
import { isSlow, isUnreached, isWayFailure, reasonOfError } from './reasons.ts'
import { explainRefusal } from './refused-start.ts'
import { unitArgument } from './service.ts'
import type { GatewayFacts, InstallFacts, NodeSnapshot, SessionFacts } from './snapshot.ts'

/** What one collection works with. */
export interface CollectSources extends GatewaySources {
  nodeId: string
  session: SshSession
  gatewayPort: number
  statePath: string | null
  /** The unit that runs the gateway. */
  unit: UnitSetting
  /** The restart counter of the last collection. */
  restartsBefore: number | null
  /** What the last probe told of the node's Node.js. */
  runtime: KnownRuntime | null
  /** Is told what the next probe may use. */
  onRuntime(runtime: KnownRuntime): void
  /** Sessions while no gateway answers. Never throws. */
  offlineSessions(install: InstallFacts, limits: CallLimits): Promise<Reading<SessionFacts[]>>
}

const PROBE_BYTES = 64 * 1024
/** Kept back from the deadline to put the snapshot together and to read sessions offline. */
const RESERVE_SHARE = 0.15
/** Of that, for the end, where a node is asked for a last word only then. */
const LAST_SHARE = 0.05
/** From here on a probe that has told nothing is late enough to ask whether anything is there. */
const WORD_SHARE = 0.6
/** How long the probe lets the gateway's token go first. */
const HEAD_START_SHARE = 0.4

/** A gateway says at once that it is one, also while it starts. */
const STRANGER_MS = 1_500

type ProbeOutcome = { report: ProbeReport } | { report: null; reason: Reason; error: unknown }

/**
 * Takes the whole picture of a node: the probe script and the gateway at the same time over the one SSH connection.
 * Resolves within the deadline for every node, however sick: what could not be read is unknown and says why.
 * @throws OperatorError cancelled
 */
export async function collectSnapshot(sources: CollectSources, limits: CallLimits): Promise<NodeSnapshot> {
  const { clock, nodeId, access, restartsBefore } = sources
  const startedAt = clock.monotonic()
  const left = (share: number): CallLimits => ({
    ...limits,
    deadlineMs: Math.max(1, limits.deadlineMs * share - (clock.monotonic() - startedAt)),
  })
  const look = lookAtGateway(sources, () => left(1 - RESERVE_SHARE))
  const unconfigured = await headStart(sources, left(HEAD_START_SHARE))
  const probing =
    unconfigured === null
      ? runProbe(sources, left(1 - RESERVE_SHARE))
      : Promise.resolve({ report: null, reason: reasonOfError(unconfigured), error: unconfigured })
  const waiting = new AbortController()
  void probing.then(() => waiting.abort(OVER))
  const word = wordMeanwhile(sources, waiting.signal, left)
  const stranger = new AbortController()
  const gateway = await Promise.race([look, seenStranger(sources, probing, stranger.signal)])
  stranger.abort(OVER)
  const probed = await probing
  const lastWord = async () =>
    (await word) ?? (await saysAnything(sources.session, access.port, left(1 - LAST_SHARE)))
  const probe = gateway.outcome.answered ? probed : await seenAlive(probed, lastWord)
  if (limits.signal?.aborted) throw new OperatorError('cancelled', { node: nodeId })
  const probeFailure = probe.report === null ? probe.reason : null
  const unreached = probe.report === null && isUnreached(probe.error) && !gateway.outcome.answered
  const seen = decideState({
    probe: probe.report,
    probeFailure,
    unreached,
    gateway: gateway.outcome,
    restartsBefore,
    gatewayPort: access.port,
  })
  const missing = seen.reason ?? { code: 'not-reported' }
  const base = probe.report ?? missingProbe(probeFailure ?? missing, clock.now())
  const install = await completeInstall(
    sources,
    base.install,
    gateway,
    seen.state === 'service-down',
    left(1),
  )
  if (probe.report !== null && listensElsewhere(probe.report, gateway.outcome)) access.lookAround()
  const blamed = blameConfig(seen, install.configValid.value)
  const told = await explainRefusal(sources.session, blamed, { install, service: base.service }, left(1))
  const verdict = excuseWork(told, access.isWorking)
  // A gateway that is just starting will soon tell itself; reading its store now would only slow it down.
  const settled = verdict.state === 'service-down' || verdict.reason?.code === 'gateway-hung'
  const offline =
    settled && verdict.reason?.code !== 'service-starting'
      ? await sources.offlineSessions(install, left(1))
      : null
  const absent = <T>(): Reading<T> =>
    unknown(gateway.outcome.answered ? (gateway.outcome.limits ?? missing) : missing, clock.now())
  return {
    nodeId,
    observedAt: clock.now(),
    tookMs: Math.round(clock.monotonic() - startedAt),
    state: verdict.state,
    reason: verdict.reason,
    host:
      probe.report === null
        ? hostFromSystemInfo(await readSystem(sources, left(1)), base.host, clock.now())
        : base.host,
    service: base.service,
    install,
    gateway: gatewayFacts(gateway, absent),
    agents: gateway.report?.agents ?? absent(),
    bindings: gateway.report?.bindings ?? absent(),
    sessions: gateway.report?.sessions ?? offline ?? absent(),
  }
}

/**
 * The way to a gateway begins with its token, which one small script reads through the held shell; the probe follows
 * in the same shell while the gateway is being connected. Both at once would cost the node a second shell, and the
 * gateway's answer is the one that takes longer. Resolves at once when the token is known.
 * @returns why the node was not reached, so that the probe need not try it again; else null
 */
async function headStart(
  { nodeId, access, clock }: CollectSources,
  limits: CallLimits,
): Promise<OperatorError | null> {
  const reading = access.configuring
  if (reading === null) return null
  const failure = reading.then(
    () => null,
    (error) => (isWayFailure(error) && error.code !== 'deadline' ? error : null),
  )
  return await withDeadline(clock, nodeId, limits, () => failure).catch(() => null)
}

/**
 * A port that another program holds, and on which nothing was ever heard of a gateway: whoever is silent there for a moment
 * is not waited for. Resolves only then.
 */
async function seenStranger(
  { access, clock }: CollectSources,
  probing: Promise<ProbeOutcome>,
  signal: AbortSignal,
): Promise<GatewayLook> {
  const { report } = await probing
  const isHeld = report?.port.listening === true && report.port.ownedByOpenClaw === false
  const waited =
    isHeld &&
    (await clock.sleep(STRANGER_MS, signal).then(
      () => true,
      () => false,
    ))
  if (!waited || access.hasAnswered) return new Promise(() => undefined)
  return silent({ code: 'port-held-by-other' }, clock.now())
}

/**
 * A probe that was late, as one of a node that is slow where that was heard meanwhile, or where its SSH server had a word to
 * say, though the shell waits for a disk.
 */
async function seenAlive(probe: ProbeOutcome, lastWord: () => Promise<boolean>): Promise<ProbeOutcome> {
  if (probe.report !== null) return probe
  const { error, reason } = probe
  const isSilent = error instanceof OperatorError && error.code === 'deadline' && !isSlow(error)
  const isAlive = isSilent ? await lastWord() : isSlow(error)
  return isAlive ? { report: null, reason: { ...reason, code: 'node-slow' }, error: null } : probe
}

/**
 * Asks the SSH server of a node whose probe takes long for a word, so that a silent one is known by the time of the probe and
 * no later. Null where that was not asked. Never rejects.
 */
async function wordMeanwhile(
  { session, access, clock }: CollectSources,
  signal: AbortSignal,
  left: (share: number) => CallLimits,
): Promise<boolean | null> {
  const isDue = await clock.sleep(left(WORD_SHARE).deadlineMs, signal).then(
    () => true,
    () => false,
  )
  return isDue ? await saysAnything(session, access.port, left(1 - RESERVE_SHARE)) : null
}

/** Whether a port is opened or refused: either is an answer. */
async function saysAnything(session: SshSession, port: number, limits: CallLimits): Promise<boolean> {
  try {
    ;(await session.openTcp(port, limits)).destroy()
    return true
  } catch (error) {
    return error instanceof OperatorError && (error.code === 'gateway-unreachable' || isSlow(error))
  }
}

async function readSystem(
  { access, reader }: CollectSources,
  limits: CallLimits,
): Promise<SystemInfo | null> {
  const client = access.open
  return client === null ? null : await reader.readSystem(client, limits)
}

function gatewayFacts(look: GatewayLook, absent: <T>() => Reading<T>): GatewayFacts {
  const { report, ready } = look
  const facts = report?.facts ?? {
    protocol: absent<number>(),
    uptimeMs: absent<number>(),
    bootId: absent<string>(),
    health: absent<{ ok: boolean; issues: string[] }>(),
    channels: absent<never[]>(),
  }
  return { ...facts, ready }
}

async function runProbe(sources: CollectSources, limits: CallLimits): Promise<ProbeOutcome> {
  const { session, clock, statePath, unit, access, runtime } = sources
  const marker = randomUUID()
  const port = access.port.toString(16).toUpperCase().padStart(4, '0')
  try {
    const result = await session.script(PROBE_SCRIPT, {
      ...limits,
      maxOutputBytes: PROBE_BYTES,
      args: [
        marker,
        statePath ?? '',
        unitArgument(unit),
        port,
        runtime?.stamp ?? '',
        runtime?.version ?? '',
        limits.fresh === true ? '' : 'spare',
      ],
    })
    const timing = { observedAt: clock.now(), tookMs: result.tookMs }
    const report = parseProbe(result.stdout, marker, timing, unit.name, unit.level)
    // A shell that runs no commands says so in its own words, or nothing.
    const code = result.stdout.includes(marker) ? 'parse-failed' : 'commands-refused'
    if (report === null) return { report, reason: { code }, error: null }
    if (report.runtime !== null) sources.onRuntime(report.runtime)
    return { report }
  } catch (error) {
    return { report: null, reason: reasonOfError(error), error }
  }
}

/** Whether the unit's process has the port open, though not where it was looked for. */
function listensElsewhere({ port, service }: ProbeReport, outcome: GatewayOutcome): boolean {
  if (outcome.answered || outcome.reason.code !== 'port-silent') return false
  return port.listening === true && port.ownerPid !== null && port.ownerPid === service.pid.value
}

/** Adds what the gateway and the configuration file told to the probe's facts about the installation. */
async function completeInstall(
  { access, clock, gatewayPort }: CollectSources,
  install: InstallFacts,
  gateway: GatewayLook,
  serviceDown: boolean,
  limits: CallLimits,
): Promise<InstallFacts> {
  const present =
    install.configValid.freshness !== 'unknown' || install.configValid.reason.code === 'not-read-yet'
  if (serviceDown && present) await access.readConfig(limits).catch(() => undefined)
  const at = clock.now()
  const config = access.config
  const valid: Reading<boolean> =
    gateway.report !== null
      ? fresh(true, 'rpc', at)
      : config === null || config.valid === null || !present
        ? install.configValid
        : fresh(config.valid, 'ssh', at)
  const port = config?.port ?? null
  const answered = gateway.outcome.answered && gateway.report !== null
  const portReading = answered
    ? fresh(access.port, 'rpc', at)
    : install.gatewayPort.freshness !== 'unknown'
      ? install.gatewayPort
      : port === null
        ? fresh(gatewayPort, 'registry', at)
        : fresh(port, 'ssh', at)
  const version = gateway.serverVersion === null ? install.version : fresh(gateway.serverVersion, 'rpc', at)
  return { ...install, version, configValid: valid, gatewayPort: portReading }
}
