import { fresh } from '../base/reading.ts'
import type { SystemInfo } from './methods/status.ts'
import type { HostFacts } from './snapshot.ts'

/** Host facts from the gateway's `system.info` for a node whose probe failed; what it lacks stays as it was. */
export function hostFromSystemInfo(info: SystemInfo | null, host: HostFacts, at: number): HostFacts {
  if (info === null) return host
  const { hostname, cpuCount, loadAverage, memoryTotalBytes, memoryFreeBytes } = info
  const { diskTotalBytes, diskAvailableBytes, diskPath } = info
  const used = (total: number, free: number) => (total <= 0 ? 0 : ((total - free) / total) * 100)
  const completed: HostFacts = { ...host }
  if (hostname !== null) completed.hostname = fresh(hostname, 'rpc', at)
  if (cpuCount !== null) completed.cpuCount = fresh(cpuCount, 'rpc', at)
  if (loadAverage !== null) {
    const [one, five, fifteen] = loadAverage
    completed.load = fresh({ one, five, fifteen }, 'rpc', at)
  }
  if (memoryTotalBytes !== null && memoryFreeBytes !== null) {
    const usedPercent = used(memoryTotalBytes, memoryFreeBytes)
    const memory = { totalBytes: memoryTotalBytes, availableBytes: memoryFreeBytes, usedPercent }
    completed.memory = fresh(memory, 'rpc', at)
  }
  if (diskTotalBytes !== null && diskAvailableBytes !== null) {
    const usedPercent = used(diskTotalBytes, diskAvailableBytes)
    const disk = {
      path: diskPath ?? '/',
      totalBytes: diskTotalBytes,
      availableBytes: diskAvailableBytes,
      usedPercent,
    }
    completed.disk = fresh(disk, 'rpc', at)
  }
  return completed
}
