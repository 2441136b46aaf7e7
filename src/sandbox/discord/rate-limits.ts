import { createHash } from 'node:crypto'
import type { RateLimit } from './routes/route.ts'

interface Window {
  startedAt: number
  used: number
}

export interface Budget {
  headers: Record<string, string>
  /** Milliseconds to wait when the window is used up, else null. */
  retryAfterMs: number | null
}

/**
 * Counts requests in fixed windows. It runs on the machine's time, not on the injected clock: the client that reads these
 * headers waits in real time.
 */
export class RateLimits {
  readonly #windows = new Map<string, Window>()

  /** `major` is the part of the path that has a budget of its own: a channel, a guild or a webhook token. */
  spend(route: string, major: string, limit: RateLimit): Budget {
    const now = performance.now()
    const key = `${route} ${major}`
    let window = this.#windows.get(key)
    if (window === undefined || now - window.startedAt >= limit.windowMs) {
      window = { startedAt: now, used: 0 }
      this.#windows.set(key, window)
    }
    const leftMs = limit.windowMs - (now - window.startedAt)
    const refused = window.used >= limit.limit
    if (!refused) window.used += 1
    return {
      retryAfterMs: refused ? leftMs : null,
      headers: {
        'x-ratelimit-limit': String(limit.limit),
        'x-ratelimit-remaining': String(limit.limit - window.used),
        'x-ratelimit-reset': ((Date.now() + leftMs) / 1000).toFixed(3),
        'x-ratelimit-reset-after': (leftMs / 1000).toFixed(3),
        'x-ratelimit-bucket': createHash('sha256').update(route).digest('hex').slice(0, 32),
      },
    }
  }
}
