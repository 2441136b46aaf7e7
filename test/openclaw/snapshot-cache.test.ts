import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { fresh, type Reading, unknown } from '../../src/base/reading.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { formerSnapshots, openSnapshotCache } from '../../src/openclaw/snapshot-cache.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const AT = 1_700_000_000_000

function snapshot(nodeId: string): NodeSnapshot {
  const yes = <T>(value: T): Reading<T> => fresh(value, 'probe', AT)
  const no = <T>(): Reading<T> =>
    unknown({ code: 'not-reported', params: { what: 'x' }, detail: 'remote text' }, AT)
  return {
    nodeId,
    observedAt: AT,
    tookMs: 40,
    state: 'serving',
    reason: null,
    host: {
      hostname: yes('h'),
      uptimeSeconds: yes(5),
      load: yes({ one: 1, five: 1, fifteen: 1 }),
      cpuCount: yes(2),
      memory: no(),
      disk: yes({ path: '/', totalBytes: 10, availableBytes: 5, usedPercent: 50 }),
      clockSkewMs: yes(0),
    },
    service: {
      kind: yes('systemd-user' as const),
      unit: yes('u'),
      activeState: yes('active'),
      subState: yes('running'),
      result: no(),
      exitStatus: no(),
      pid: yes(1),
      restarts: yes(0),
      startedAt: yes(AT),
      enabled: yes(true),
      linger: yes(true),
    },
    install: {
      version: yes('2026.9.6'),
      binary: no(),
      nodeBinary: no(),
      nodeVersion: no(),
      configPath: no(),
      configValid: yes(true),
      gatewayPort: yes(18789),
    },
    gateway: {
      protocol: yes(4),
      ready: yes(true),
      uptimeMs: yes(1),
      bootId: no(),
      health: yes({ ok: true, issues: [] }),
      channels: yes([{ id: 'discord', account: 'a', running: true, connected: null, error: null }]),
    },
    agents: yes([{ id: 'main', name: null, model: 'm', isDefault: true, workspace: null }]),
    bindings: yes([{ agentId: 'main', channel: 'discord', account: null, part: null }]),
    sessions: yes([
      {
        key: 'agent:main:main',
        agentId: 'main',
        sessionId: null,
        kind: null,
        model: null,
        modelProvider: null,
        lastInteractionAt: null,
        startedAt: null,
        status: null,
        running: null,
        lastRunError: null,
        compactionCount: null,
        archived: false,
        context: {
          used: yes(10),
          window: yes(100),
          windowFrom: 'session' as const,
          reserve: 5,
          reserveFrom: 'default' as const,
          headroom: yes(85),
          usablePercent: yes(10),
          cap: null,
        },
        usage: { inputTokens: null, outputTokens: null, estimatedCostUsd: null },
      },
    ]),
  }
}

let stores: StoreFolder

beforeEach(async () => {
  stores = await storeFolder()
})
afterEach(() => stores.remove())

const open = async (clock: Clock = systemClock) =>
  openSnapshotCache({ store: await stores.open('cache.db'), clock, log: stores.log })

describe('the snapshot cache', () => {
  it('gives back the last snapshot of a node', async () => {
    const cache = await open()
    cache.set(snapshot('alpha'))
    expect(cache.get('alpha')?.nodeId).toBe('alpha')
    cache.delete('alpha')
    expect(cache.get('alpha')).toBeUndefined()
    await cache.close()
  })

  it('comes back after a restart with every value stale', async () => {
    const cache = await open()
    cache.set(snapshot('alpha'))
    cache.set(snapshot('beta'))
    await cache.save()
    cache.delete('beta')
    await cache.close()
    const again = await open()
    const found = again.get('alpha')
    expect(found?.host.uptimeSeconds).toEqual({
      freshness: 'stale',
      value: 5,
      source: 'probe',
      observedAt: AT,
      reason: { code: 'from-cache' },
    })
    expect(found?.sessions.value?.[0]?.context.used.freshness).toBe('stale')
    expect(found?.host.memory).toEqual(snapshot('alpha').host.memory)
    expect(JSON.stringify(found)).not.toContain('"fresh"')
    expect(again.get('beta')).toBeUndefined()
    await again.close()
  })

  it('brings a large fleet back whole and leaves out only a node that is too large', async () => {
    const cache = await open()
    const ids = Array.from({ length: 30 }, (_, index) => `node-${index}`)
    const sized = (nodeId: string, characters: number) => {
      const { host, ...rest } = snapshot(nodeId)
      const hostname = fresh('ü'.repeat(characters), 'probe', AT)
      return { ...rest, host: { ...host, hostname } }
    }
    for (const id of ids) cache.set(sized(id, 40_000))
    cache.set(sized('huge', 100))
    await cache.save()
    cache.set(sized('huge', 600_000))
    await cache.close()
    const again = await open()
    expect(ids.filter((id) => again.get(id)?.host.hostname.value?.length !== 40_000)).toEqual([])
    expect(again.get('huge')).toBeUndefined()
    await again.close()
  })

  it('saves by itself: at once what somebody would miss, the small figures now and then', async () => {
    const clock = createFakeClock()
    const cache = await open(clock)
    const uptime = async () => (await open()).get('alpha')?.host.uptimeSeconds.value
    const seen = (uptimeSeconds: number, state: NodeSnapshot['state'] = 'serving') => {
      const { host, ...rest } = snapshot('alpha')
      cache.set({ ...rest, state, host: { ...host, uptimeSeconds: fresh(uptimeSeconds, 'probe', AT) } })
    }
    seen(1)
    await clock.advance(30_000)
    await vi.waitFor(async () => expect(await uptime()).toBe(1), { timeout: 5_000 })
    seen(2)
    await cache.save()
    expect(await uptime()).toBe(1)
    seen(3, 'service-down')
    await cache.save()
    expect(await uptime()).toBe(3)
    seen(4, 'service-down')
    await clock.advance(5 * 60_000)
    await vi.waitFor(async () => expect(await uptime()).toBe(4), { timeout: 5_000 })
    await cache.close()
  })

  it('drops a record that does not fit, and no other', async () => {
    const cache = await open()
    cache.set(snapshot('alpha'))
    cache.set({ ...snapshot('beta'), state: 'asleep' as never })
    await cache.close()
    const again = await open()
    expect(again.get('alpha')).toBeDefined()
    expect(again.get('beta')).toBeUndefined()
    await again.close()
  })

  it('works without its records when the disk does not', async () => {
    const store = await stores.open('cache.db')
    const cache = openSnapshotCache({ store, clock: systemClock, log: stores.log })
    await store.close()
    expect(cache.get('alpha')).toBeUndefined()
    cache.set(snapshot('alpha'))
    expect(cache.get('alpha')).toBeDefined()
    await cache.close()
    expect(stores.log.lines.at(-1)).toMatchObject({ level: 'warn', message: 'snapshots could not be saved' })
  })
})

describe('the snapshots of an older ocm', () => {
  it('are taken over but for lines that do not fit', async () => {
    const store = await stores.open('cache.db')
    const good = JSON.stringify(snapshot('alpha'))
    const file = `${good}\n{"nodeId":"beta"}\nnonsense\n${good.slice(0, 100)}`
    const writes = formerSnapshots(store).writes(file)
    await store.transaction((tx) => writes.forEach((write) => void write(tx)))
    const cache = await open()
    expect(cache.get('alpha')?.host.uptimeSeconds.freshness).toBe('stale')
    expect(cache.get('beta')).toBeUndefined()
    await cache.close()
  })
})
