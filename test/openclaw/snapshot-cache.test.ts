import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { fresh, type Reading, unknown } from '../../src/base/reading.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { openSnapshotCache } from '../../src/openclaw/snapshot-cache.ts'
import { recordingLog, temporaryFolder } from '../registry/support.ts'

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
          windowPercent: yes(10),
        },
        usage: { inputTokens: null, outputTokens: null, estimatedCostUsd: null },
      },
    ]),
  }
}

const open = async (path: string, log = recordingLog()) =>
  openSnapshotCache({ path, clock: systemClock, log: log.log })

describe('the snapshot cache', () => {
  it('gives back the last snapshot of a node', async () => {
    const cache = await open(join(await temporaryFolder(), 'snapshots.jsonl'))
    cache.set(snapshot('alpha'))
    expect(cache.get('alpha')?.nodeId).toBe('alpha')
    cache.delete('alpha')
    expect(cache.get('alpha')).toBeUndefined()
    await cache.close()
  })

  it('comes back after a restart with every value stale', async () => {
    const path = join(await temporaryFolder(), 'data', 'snapshots.jsonl')
    const cache = await open(path)
    cache.set(snapshot('alpha'))
    cache.set(snapshot('beta'))
    cache.delete('beta')
    await cache.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const again = await open(path)
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
    const path = join(await temporaryFolder(), 'snapshots.jsonl')
    const cache = await open(path)
    const ids = Array.from({ length: 30 }, (_, index) => `node-${index}`)
    const sized = (nodeId: string, characters: number) => {
      const { host, ...rest } = snapshot(nodeId)
      const hostname = fresh('ü'.repeat(characters), 'probe', AT)
      return { ...rest, host: { ...host, hostname } }
    }
    for (const id of ids) cache.set(sized(id, 40_000))
    cache.set(sized('huge', 600_000))
    await cache.close()
    const again = await open(path)
    expect(ids.filter((id) => again.get(id)?.host.hostname.value?.length !== 40_000)).toEqual([])
    expect(again.get('huge')).toBeUndefined()
    await again.close()
  })

  it('saves by itself from time to time', async () => {
    const path = join(await temporaryFolder(), 'snapshots.jsonl')
    let tick: () => void = () => undefined
    const sleep = (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        tick = resolve
        signal?.addEventListener('abort', () => reject(signal.reason))
      })
    const cache = await openSnapshotCache({ path, clock: { ...systemClock, sleep }, log: recordingLog().log })
    cache.set(snapshot('alpha'))
    tick()
    await vi.waitFor(async () => expect(await readFile(path, 'utf8')).toContain('alpha'), { timeout: 5_000 })
    await cache.close()
  })

  it('drops what does not fit and starts without a file', async () => {
    const path = join(await temporaryFolder(), 'snapshots.jsonl')
    const log = recordingLog()
    const good = JSON.stringify(snapshot('alpha'))
    await writeFile(path, `${good}\n{"nodeId":"beta"}\nnonsense\n${good.slice(0, 100)}`)
    const cache = await open(path, log)
    expect(cache.get('alpha')).toBeDefined()
    expect(cache.get('beta')).toBeUndefined()
    expect(log.lines).toEqual([{ level: 'warn', message: 'saved snapshots dropped' }])
    await cache.close()
  })

  it('works without its file when the disk does not', async () => {
    const log = recordingLog()
    const path = join(await temporaryFolder(), 'file', 'snapshots.jsonl')
    await writeFile(join(path, '..'), 'no folder').catch(() => undefined)
    const cache = await open(path, log)
    cache.set(snapshot('alpha'))
    await cache.close()
    expect(log.lines.at(-1)).toEqual({ level: 'warn', message: 'snapshots could not be saved' })
  })
})
