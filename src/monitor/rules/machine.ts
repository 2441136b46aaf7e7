import type { NodeSnapshot } from '../../openclaw/snapshot.ts'
import type { ConditionCode, Severity } from '../conditions.ts'
import type { Measurement } from '../signal.ts'
import type { Thresholds } from '../thresholds.ts'

/** Per cent by which a share must fall below its threshold before the level is over. */
const DISK_BAND = 3
const MEMORY_BAND = 5
/** How far a clock may be off, milliseconds. */
export const CLOCK_SKEW_MS = { notice: 5_000, warning: 60_000 }
const LOAD_PER_CPU = 2

/** How full the disk is. Null where it was not read just now. */
export function measureDisk({ host }: NodeSnapshot, at: Thresholds): Measurement | null {
  const { disk } = host
  if (disk.freshness !== 'fresh') return null
  return share('disk-full', disk.value, DISK_BAND, at.diskWarning, at.diskCritical)
}

/** How much memory is in use. Null where it was not read just now. */
export function measureMemory({ host }: NodeSnapshot, at: Thresholds): Measurement | null {
  const { memory } = host
  if (memory.freshness !== 'fresh') return null
  return share('memory-full', memory.value, MEMORY_BAND, at.memoryWarning, at.memoryCritical)
}

function share(
  cause: ConditionCode,
  { usedPercent, availableBytes }: { usedPercent: number; availableBytes: number },
  band: number,
  warning: number,
  critical: number,
): Measurement {
  const grade = (percent: number): Severity | null =>
    percent >= critical ? 'critical' : percent >= warning ? 'warning' : null
  return {
    level: grade(usedPercent),
    holdLevel: grade(usedPercent + band),
    cause,
    params: { percent: usedPercent, freeBytes: availableBytes },
  }
}

/** What is worth a word to whoever looks at the machine, but calls nobody. */
export function machineRemarks({ host }: NodeSnapshot): Measurement[] {
  const found: Measurement[] = []
  const skew = host.clockSkewMs.value
  if (skew !== null && Math.abs(skew) >= CLOCK_SKEW_MS.notice) {
    const level = Math.abs(skew) >= CLOCK_SKEW_MS.warning ? 'warning' : 'notice'
    found.push({
      level,
      holdLevel: level,
      cause: 'clock-skew',
      params: { seconds: Math.round(skew / 1000) },
    })
  }
  const load = host.load.value
  const cpus = host.cpuCount.value
  if (load && cpus && load.five / cpus >= LOAD_PER_CPU)
    found.push({
      level: 'notice',
      holdLevel: 'notice',
      cause: 'load-high',
      params: { load: load.five, cpus },
    })
  return found
}
