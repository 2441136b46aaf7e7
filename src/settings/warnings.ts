import type { Config } from './config.ts'
import type { ConfigProblem } from './config-error.ts'
import type { Environment } from './environment.ts'

/** What is allowed but probably not meant. */
export function settingWarnings(
  config: Omit<Config, 'warnings'>,
  env: Environment,
  isSetting: (name: string) => boolean,
): ConfigProblem[] {
  const warnings: ConfigProblem[] = Object.keys(env)
    .filter((name) => name.startsWith('OCM_') && !isSetting(name))
    .map((name) => ({ name, code: 'unknown-name', params: {} }))
  const warn = (name: string, code: ConfigProblem['code']) => warnings.push({ name, code, params: {} })
  if (config.discord !== null && !config.grants.some(({ grant }) => grant.level === 'admin'))
    warn('OCM_ADMINS', config.grants.length === 0 ? 'nobody-allowed' : 'no-admin')
  if (config.http && !isLocal(config.http.host)) warn('OCM_HTTP_LISTEN', 'http-open')
  if (config.clientSecret !== null && config.http === null)
    warn('OCM_DISCORD_CLIENT_SECRET', 'log-in-without-page')
  if (config.watch.metrics && !isLocal(config.watch.metrics.host)) warn('OCM_METRICS_LISTEN', 'metrics-open')
  const offsite = config.offsite === null ? null : new URL(config.offsite.endpoint)
  if (offsite?.protocol === 'http:' && !isLocal(offsite.hostname))
    warn('OCM_OFFSITE_ENDPOINT', 'offsite-plain')
  if (config.ssh.keyPath === null && config.ssh.agentSocket === null) warn('OCM_SSH_KEY', 'no-key')
  return warnings
}

function isLocal(host: string): boolean {
  return /^(?:127\.|::1$|localhost$)/.test(host)
}
