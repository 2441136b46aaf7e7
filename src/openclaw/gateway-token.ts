import type { Reason } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import type { SshSession } from '../ssh/ssh.ts'
import { CONFIG_SCRIPT, ENV_SCRIPT, parseGatewayConfig, unquoteEnv } from './config-file.ts'

/** What the node's configuration file told. The token never leaves the process's memory. */
export interface ConfigReading {
  /** Whether the file is a valid document; null when it could not be read. */
  valid: boolean | null
  port: number | null
  /** Null when the gateway wants none, or when it could not be found; then `problem` says why. */
  token: string | null
  problem: Reason | null
}

const CONFIG_BYTES = 1024 * 1024

/**
 * Reads the gateway's token and port from the node's openclaw.json over SSH: the gateway itself and the CLI hand out
 * the token only redacted. A token that stands in a variable is looked up in the state directory's .env.
 * @throws OperatorError what {@link SshSession.script} throws
 */
export async function readGatewayConfig(
  session: SshSession,
  statePath: string | null,
  limits: CallLimits,
): Promise<ConfigReading> {
  const state = statePath ?? ''
  const file = await session.script(CONFIG_SCRIPT, { ...limits, maxOutputBytes: CONFIG_BYTES, args: [state] })
  if (file.code !== 0) {
    const code = file.code === 3 ? 'config-missing' : 'permission-denied'
    return { valid: null, port: null, token: null, problem: { code } }
  }
  const config = parseGatewayConfig(file.stdout)
  if (config === null) return { valid: false, port: null, token: null, problem: { code: 'config-invalid' } }
  const { port, auth } = config
  const found = { valid: true, port }
  if (auth.kind === 'token') return { ...found, token: auth.token, problem: null }
  if (auth.kind === 'open') return { ...found, token: null, problem: null }
  const missing: ConfigReading = { ...found, token: null, problem: { code: 'gateway-token-missing' } }
  if (auth.kind === 'missing') return missing
  const value = await session.script(ENV_SCRIPT, { ...limits, args: [state, auth.name] })
  const token = value.code === 0 ? unquoteEnv(value.stdout) : ''
  return token === '' ? missing : { ...found, token, problem: null }
}
