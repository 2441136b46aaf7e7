import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { fresh, type Reading, type Reason, unknown } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { GatewayAccess } from './gateway-access.ts'
import type { GatewayReader, GatewayReport } from './gateway-reader.ts'
import type { GatewayOutcome } from './node-state.ts'
import { notReady } from './readiness.ts'
import { reasonOfError } from './reasons.ts'

/** What one look at a gateway works with. */
export interface GatewaySources {
  access: GatewayAccess
  reader: GatewayReader
  clock: Clock
}

/** What became of asking a gateway, and what it told; `report` is null without a handshake. */
export interface GatewayLook {
  outcome: GatewayOutcome
  report: GatewayReport | null
  ready: Reading<boolean>
  serverVersion: string | null
}

/** Asks a gateway for everything, or what it is when it does not let us in. Never throws. */
export async function lookAtGateway(sources: GatewaySources, left: () => CallLimits): Promise<GatewayLook> {
  try {
    return await askGateway(sources, left)
  } catch (error) {
    const look = await lookFromOutside(sources, error, left())
    // It refused us as it was starting, and is ready by now: what it says now is what counts.
    const { outcome } = look
    const overtaken = outcome.answered && outcome.limits?.code === 'gateway-starting'
    return overtaken ? await askGateway(sources, left).catch(() => look) : look
  }
}

/** @throws OperatorError when there is no handshake */
async function askGateway(
  { access, reader, clock }: GatewaySources,
  left: () => CallLimits,
): Promise<GatewayLook> {
  const began = clock.monotonic()
  const client = await access.client(left())
  const askReadiness = client.hello.protocol === 4
  const [report, readiness] = await Promise.all([
    reader.read(client, left()),
    askReadiness ? access.readiness(left()).catch(() => null) : null,
  ])
  // A cold gateway on a busy machine greets us and then needs longer than a list waits: slow, and not hung.
  const slow = report.silence !== null && client.isOpen && client.connectedAt >= began
  if (report.silence !== null && !slow) {
    access.drop()
    const { code } = report.silence
    return silent(code === 'deadline' ? { code: 'gateway-hung' } : report.silence, clock.now())
  }
  const failing = readiness?.kind === 'not-ready' ? readiness : null
  const limits = failing === null ? report.silence : notReady(failing)
  const told = report.silence === null || readiness !== null
  return {
    outcome: { answered: true, limits },
    report,
    ready: told
      ? fresh(failing === null, 'rpc', clock.now())
      : unknown(report.silence ?? { code: 'not-reported' }, clock.now(), 'rpc'),
    serverVersion: client.hello.serverVersion,
  }
}

/** No handshake: what the refusal or GET /readyz says instead. */
async function lookFromOutside(
  { access, clock }: GatewaySources,
  error: unknown,
  limits: CallLimits,
): Promise<GatewayLook> {
  const code = error instanceof OperatorError ? error.code : null
  const reason = reasonOfError(error)
  // It speaks, more than we listen to: that it serves is certain, and all that can be said.
  const refusedUs = code === 'gateway-auth-failed' || reason.code === 'over-budget'
  const speaks = refusedUs || code === 'gateway-protocol' || reason.code === 'gateway-starting'
  const readiness = speaks ? await access.readiness(limits).catch(() => null) : null
  const at = clock.now()
  const missingToken = access.config?.credential === null ? access.config.problem : null
  const limitsOfView = refusedUs && missingToken !== null ? missingToken : reason
  if (readiness?.kind === 'ready' || (refusedUs && readiness?.kind !== 'not-ready')) {
    const ready: Reading<boolean> =
      readiness?.kind === 'ready' ? fresh(true, 'rpc', at) : unknown(limitsOfView, at, 'rpc')
    return { outcome: { answered: true, limits: limitsOfView }, report: null, ready, serverVersion: null }
  }
  if (readiness?.kind === 'not-ready') {
    const why = reason.code === 'gateway-starting' ? reason : notReady(readiness)
    return { ...silent(why, at), ready: fresh(false, 'rpc', at) }
  }
  return silent(reason, at)
}

/** A look that came to nothing, for this reason. */
export function silent(reason: Reason, at: number): GatewayLook {
  return {
    outcome: { answered: false, reason },
    report: null,
    ready: unknown(reason, at),
    serverVersion: null,
  }
}
