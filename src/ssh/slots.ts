/** Gives back what {@link Slots.take} took; calling it again does nothing. */
export type Release = () => void

/** A counted right to do something, handed out first come, first served. */
export interface Slots {
  /** Waits for a slot. @throws the signal's reason when it aborts first */
  take(signal: AbortSignal): Promise<Release>
  /** Slots that are taken now. */
  taken(): number
  /** Lowers the limit, never below 1; slots that are out stay out. */
  lower(limit: number): void
}

/** Makes `limit` slots. */
export function createSlots(limit: number): Slots {
  let allowed = Math.max(1, limit)
  let out = 0
  const waiting = new Set<() => void>()

  function grant(): Release {
    out += 1
    let given = true
    return () => {
      if (!given) return
      given = false
      out -= 1
      const [next] = waiting
      if (next !== undefined && out < allowed) next()
    }
  }

  return {
    taken: () => out,
    lower(to) {
      allowed = Math.max(1, Math.min(allowed, to))
    },
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        if (out < allowed && waiting.size === 0) return resolve(grant())
        const next = () => {
          stopWaiting()
          resolve(grant())
        }
        const onAbort = () => {
          stopWaiting()
          reject(signal.reason)
        }
        function stopWaiting() {
          waiting.delete(next)
          signal.removeEventListener('abort', onAbort)
        }
        waiting.add(next)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
  }
}
