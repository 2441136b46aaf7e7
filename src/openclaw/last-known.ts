import { type Reading, type ReasonCode, stale } from '../base/reading.ts'
import type { NodeSnapshot } from './snapshot.ts'

/**
 * Why a value was not read although it may be there. Every other reason is an answer: that there is no unit, that this
 * version does not tell.
 */
const NOT_READ: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'connect-timeout',
  'connect-refused',
  'no-route',
  'dns-failed',
  'alias-unknown',
  'auth-failed',
  'second-factor',
  'certificate-not-valid',
  'certificate-principal',
  'certificate-refused',
  'hardware-key-unused',
  'key-unusable',
  'host-key-unknown',
  'host-key-changed',
  'kex-unsupported',
  'sshd-silent',
  'node-slow',
  'connection-dropped',
  'connection-lost',
  'backing-off',
  'deadline',
  'output-limit',
  'cancelled',
  'bus-unavailable',
  'gateway-hung',
  'gateway-busy',
  'gateway-starting',
  'not-read-yet',
  'parse-failed',
])

type UnreadReading<T> = Extract<Reading<T>, { freshness: 'unknown' }>

/** Whether a value is unknown because the attempt to read it failed: it is not "none". */
export function wasNotRead<T>(reading: Reading<T>): reading is UnreadReading<T> {
  return reading.freshness === 'unknown' && NOT_READ.has(reading.reason.code)
}

/**
 * Completes what was seen now with what rarely changes and was seen before: how the gateway is kept alive, and where
 * OpenClaw lives. Each such value says how old it is and why it was not read again.
 */
export function keepLastKnown(now: NodeSnapshot, before: NodeSnapshot | undefined): NodeSnapshot {
  if (before === undefined || !unreadFacts(now)) return now
  const { service, install } = now
  return {
    ...now,
    service: {
      ...service,
      kind: kept(service.kind, before.service.kind),
      unit: kept(service.unit, before.service.unit),
    },
    install: {
      ...install,
      version: kept(install.version, before.install.version),
      binary: kept(install.binary, before.install.binary),
      nodeBinary: kept(install.nodeBinary, before.install.nodeBinary),
      nodeVersion: kept(install.nodeVersion, before.install.nodeVersion),
      configPath: kept(install.configPath, before.install.configPath),
    },
  }
}

function unreadFacts({ service, install }: NodeSnapshot): boolean {
  const { kind, unit } = service
  const { version, binary, nodeBinary, nodeVersion, configPath } = install
  return [kind, unit, version, binary, nodeBinary, nodeVersion, configPath].some((fact) => wasNotRead(fact))
}

function kept<T>(now: Reading<T>, before: Reading<T>): Reading<T> {
  if (now.freshness !== 'unknown' || before.freshness === 'unknown' || !wasNotRead(now)) return now
  return stale(before.value, before.source, before.observedAt, now.reason)
}
