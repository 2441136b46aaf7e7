import type { UnitSetting } from '../../registry/schema.ts'
import type { Reason } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import {
  fillText,
  GATEWAY_VARIABLES,
  type GatewayConfig,
  parseGatewayConfig,
  variablesIn,
} from './gateway-config.ts'
import { type ModelSettings, modelSettings } from './methods/models.ts'
import { composePrinted, printConfig } from './read-config.ts'

/** What a gateway wants to be shown. Never leaves the process's memory. */
export type Credential = { kind: 'token' | 'password'; secret: string }

/** What the node's configuration told about its gateway. */
export interface ConfigReading {
  /** Whether the configuration is a valid document; null when it could not be read. */
  valid: boolean | null
  port: number | null
  /** Whether the gateway listens on the node's loopback, as far as the configuration says. */
  onLoopback: boolean
  /** The address on which it listens instead, where the configuration names one. */
  address: string | null
  tls: boolean
  /** Null when the gateway wants none, or when it could not be found; then `problem` says why. */
  credential: Credential | null
  problem: Reason | null
  /** What it tells of models, for the sessions of a gateway that is down; null when it could not be read. */
  models: ModelSettings | null
}

const WELL_KNOWN = Object.values(GATEWAY_VARIABLES)

/**
 * Reads from the node's own configuration how its gateway is reached, as OpenClaw reads it: included files, variables in
 * texts, the environment of the running process before the files. The gateway itself and the CLI hand out the credential
 * only redacted.
 * @throws OperatorError what {@link SshSession.script} throws
 */
export async function readGatewayConfig(
  session: SshSession,
  { statePath, unit }: { statePath: string | null; unit: UnitSetting },
  limits: CallLimits,
): Promise<ConfigReading> {
  const nothing = {
    port: null,
    onLoopback: true,
    address: null,
    tls: false,
    credential: null,
    models: null,
  } as const
  const printed = await printConfig(session, statePath, WELL_KNOWN, limits, unit)
  if (printed.kind === 'failed') return { ...nothing, valid: null, problem: printed.reason }
  const { path, text, values } = printed
  const document = await composePrinted(session, path, text, limits)
  const config = document === null ? null : parseGatewayConfig(document)
  if (config === null) return { ...nothing, valid: false, problem: { code: 'config-invalid' } }
  const found = {
    valid: true,
    port: portOf(values) ?? config.port,
    onLoopback: config.onLoopback,
    address: config.address,
    tls: config.tls,
    models: modelSettings(document),
  }
  const { auth } = config
  if (auth.kind === 'open') return { ...found, credential: null, problem: null }
  if (auth.kind === 'unresolved')
    return {
      ...found,
      credential: null,
      problem: { code: 'gateway-token-missing', params: { source: auth.source } },
    }
  const names = variablesIn(auth.text)
  const others = names.filter((name) => !(WELL_KNOWN as string[]).includes(name))
  const more = others.length === 0 ? null : await printConfig(session, statePath, others, limits, unit)
  const known = new Map([...config.variables, ...values, ...(more?.kind === 'printed' ? more.values : [])])
  const secret = fillText(auth.text, known)
  if (secret !== null) return { ...found, credential: { kind: auth.kind, secret }, problem: null }
  const fallback = byEnvironment(config, values)
  return fallback === null
    ? { ...found, credential: null, problem: { code: 'gateway-token-missing' } }
    : { ...found, credential: fallback, problem: null }
}

/** A gateway without a credential in its configuration takes the one that its environment has. */
function byEnvironment({ auth }: GatewayConfig, values: ReadonlyMap<string, string>): Credential | null {
  if (auth.kind !== 'token' || variablesIn(auth.text).join() !== GATEWAY_VARIABLES.token) return null
  const secret = values.get(GATEWAY_VARIABLES.password)
  return secret === undefined ? null : { kind: 'password', secret }
}

function portOf(values: ReadonlyMap<string, string>): number | null {
  const port = Number(values.get(GATEWAY_VARIABLES.port))
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : null
}
