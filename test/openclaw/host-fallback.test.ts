import { expect, it } from 'vitest'
import { unknown } from '../../src/base/reading.ts'
import { hostFromSystemInfo } from '../../src/openclaw/host-fallback.ts'
import { parseSystemInfo } from '../../src/openclaw/methods/status.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const AT = 1_795_336_000_000

it('a disk is the one that df counts, or unknown: never the one that the gateway counts', () => {
  const info = parseSystemInfo({
    hostname: 'alpha',
    cpuCount: 4,
    loadAverage: [1, 2, 3],
    memoryTotalBytes: 8e9,
    memoryFreeBytes: 2e9,
    diskTotalBytes: 100e9,
    diskAvailableBytes: 29e9,
    diskPath: '/var/lib/docker',
  })
  const { host } = healthySnapshot()
  const disk = unknown<never>({ code: 'deadline' }, AT)
  const completed = hostFromSystemInfo(info, { ...host, disk, memory: disk }, AT)
  expect(completed.disk).toEqual(disk)
  expect(completed.memory).toMatchObject({ value: { usedPercent: 75 }, source: 'rpc' })
  expect(completed.load).toMatchObject({ value: { one: 1 } })
})
