/** How fast something comes, over the last while and not since the beginning. */
export interface TransferRate {
  /** Bytes a second at this moment; null until a second was measured. `now` is monotonic milliseconds. */
  at(bytes: number, now: number): number | null
}

const WINDOW_MS = 10_000
const LEAST_MS = 1_000

/** A rate over the last ten seconds. */
export function createTransferRate(): TransferRate {
  const seen: { bytes: number; now: number }[] = []
  return {
    at(bytes, now) {
      seen.push({ bytes, now })
      while (seen.length > 2 && now - (seen[1]?.now ?? now) >= WINDOW_MS) seen.shift()
      const first = seen[0]
      if (first === undefined || now - first.now < LEAST_MS) return null
      return Math.round(((bytes - first.bytes) / (now - first.now)) * 1_000)
    },
  }
}
