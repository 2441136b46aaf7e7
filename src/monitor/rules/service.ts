import { itemsOf } from '../../base/reading.ts'
import type { NodeSnapshot } from '../../openclaw/snapshot.ts'
import { compareVersions } from '../../openclaw/versions.ts'
import type { Measurement } from '../signal.ts'

/** What is worth a word about the service and the gateway, but calls nobody. */
export function serviceRemarks({ service, gateway, state, reason }: NodeSnapshot): Measurement[] {
  const found: Measurement[] = []
  const warning = (cause: Measurement['cause'], more: Partial<Measurement> = {}) =>
    found.push({ level: 'warning', holdLevel: 'warning', cause, params: {}, ...more })
  if (service.kind.value === 'systemd-user' && service.linger.value === false) warning('linger-off')
  const health = gateway.health.value
  if (health && !health.ok) warning('gateway-unhealthy', { detail: health.issues.join('; ') })
  else if (state === 'serving' && reason?.code === 'gateway-not-ready')
    warning('gateway-unhealthy', { reason })
  for (const { id, account, error, connected } of itemsOf(gateway.channels))
    if (error !== null || connected === false)
      warning('channel-down', {
        params: { channel: id, account },
        ...(error === null ? {} : { detail: error }),
      })
  return found
}

/** Restarts that nobody asked for, by the counter of an earlier look. */
export function restartRemarks({ service }: NodeSnapshot, previous: NodeSnapshot | null): Measurement[] {
  const before = previous?.service.restarts.value ?? null
  const now = service.restarts.value
  if (before === null || now === null || now <= before) return []
  return [{ level: 'warning', holdLevel: 'warning', cause: 'restarts-rising', params: { before, now } }]
}

/** A gateway that is at home on another port than the registry has. What comes from the registry itself tells nothing. */
export function portRemarks(registered: number, { install }: NodeSnapshot): Measurement[] {
  const { gatewayPort: found } = install
  if (found.freshness === 'unknown' || found.source === 'registry' || found.value === registered) return []
  const params = { found: found.value, registered }
  return [{ level: 'notice', holdLevel: 'notice', cause: 'port-moved', params }]
}

/** An OpenClaw that is older than the newest of the versions seen elsewhere. */
export function versionRemarks({ install }: NodeSnapshot, fleet: readonly string[]): Measurement[] {
  const version = install.version.value
  if (version === null) return []
  const newest = [...fleet].sort(compareVersions).at(-1)
  if (newest === undefined || compareVersions(version, newest) >= 0) return []
  return [{ level: 'notice', holdLevel: 'notice', cause: 'version-behind', params: { version, newest } }]
}
