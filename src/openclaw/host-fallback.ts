import { fresh } from '../base/reading.ts'
import type { SystemInfo } from './methods/status.ts'
import type { HostFacts } from './snapshot.ts'

/**
 * Host facts from the gateway's `system.info` for a node whose probe failed; what it lacks stays as it was. Its disk is
 * another file system than the one that is watched, and counted differently, so it never takes that one's place.
 */
export function hostFromSystemInfo(info: SystemInfo | null, host: HostFacts, at: number): HostFacts {
  if (info === null) return host
  const { hostname, cpuCount, loadAverage, memoryTotalBytes, memoryFreeBytes } = info
  const completed: HostFacts = { ...host }
  if (hostname !== null) completed.hostname = fresh(hostname, 'rpc', at)
  if (cpuCount !== null) completed.cpuCount = fresh(cpuCount, 'rpc', at)
  if (loadAverage !== null) {
    const [one, five, fifteen] = loadAverage
    completed.load = fresh({ one, five, fifteen }, 'rpc', at)
  }
  if (memoryTotalBytes !== null && memoryFreeBytes !== null) {
    const used = memoryTotalBytes - memoryFreeBytes
    const usedPercent = memoryTotalBytes <= 0 ? 0 : (used / memoryTotalBytes) * 100
    const memory = { totalBytes: memoryTotalBytes, availableBytes: memoryFreeBytes, usedPercent }
    completed.memory = fresh(memory, 'rpc', at)
  }
  return completed
}
