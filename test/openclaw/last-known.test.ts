import { describe, expect, it, test } from 'vitest'
import { type ReasonCode, unknown } from '../../src/base/reading.ts'
import { keepLastKnown, wasNotRead } from '../../src/openclaw/last-known.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const before = healthySnapshot()

function later(code: ReasonCode): NodeSnapshot {
  const missing = unknown<never>({ code }, before.observedAt + 60_000)
  const { service, install } = before
  return {
    ...before,
    observedAt: before.observedAt + 60_000,
    service: { ...service, kind: missing, unit: missing, pid: missing },
    install: { ...install, version: missing },
  }
}

describe('what rarely changes', () => {
  it.each(['deadline', 'connection-lost', 'connect-timeout', 'backing-off', 'gateway-hung'] as const)(
    'is kept with its age after a look that ended in %s',
    (code) => {
      const { service, install } = keepLastKnown(later(code), before)
      expect(service.kind).toMatchObject({
        freshness: 'stale',
        value: 'systemd-user',
        observedAt: before.observedAt,
        reason: { code },
      })
      expect(service.unit.value).toBe('openclaw-gateway.service')
      expect(install.version).toMatchObject({ freshness: 'stale', value: before.install.version.value })
    },
  )

  it.each(['no-systemd', 'service-not-installed', 'not-reported', 'openclaw-not-installed'] as const)(
    'is not kept against the answer %s',
    (code) => {
      const now = later(code)
      expect(keepLastKnown(now, before)).toBe(now)
    },
  )

  it('does not outlive what moves: a process is another one tomorrow', () => {
    expect(keepLastKnown(later('deadline'), before).service.pid.freshness).toBe('unknown')
  })

  it('is unknown where it was never seen', () => {
    expect(keepLastKnown(later('deadline'), undefined).service.kind.freshness).toBe('unknown')
    expect(keepLastKnown(later('deadline'), later('deadline')).service.kind.freshness).toBe('unknown')
  })
})

test('a value that was read, fresh or not, is no unread one', () => {
  expect(wasNotRead(before.service.kind)).toBe(false)
  expect(wasNotRead(keepLastKnown(later('deadline'), before).service.kind)).toBe(false)
})
