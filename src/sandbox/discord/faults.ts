import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../clock.ts'
import type { RestFault } from './control.ts'

/** The rules for REST faults, in the order in which they were given. */
export class RestFaults {
  #rules: { rule: RestFault; left: number }[] = []

  add(rule: RestFault): void {
    this.#rules.push({ rule, left: rule.times ?? 1 })
  }

  clear(): void {
    this.#rules = []
  }

  /** The first rule that matches; it is used up by that unless it says more times. */
  take(method: string, path: string): RestFault['act'] | null {
    const found = this.#rules.find(
      ({ rule, left }) => left > 0 && (rule.method ?? method) === method && path.search(rule.path) !== -1,
    )
    if (found === undefined) return null
    found.left -= 1
    return found.rule.act
  }
}

/**
 * Does the damage. Resolves with true when what was asked for must still be done. Waits are on the emulator's
 * clock.
 */
export async function applyFault(
  act: RestFault['act'],
  response: ServerResponse,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  switch (act.kind) {
    case 'slow':
      await clock.sleep(act.ms, signal)
      return true
    case 'unanswered':
      return true
    case 'hang':
      await clock.sleep(act.ms, signal)
      response.destroy()
      return false
    case 'reset':
      reset(response.socket)
      return false
    case 'rate-limit':
      sendRateLimit(response, act.retryAfterMs, act.scope ?? 'user')
      return false
    case 'status': {
      const body = act.body ?? { message: `${act.status}: fault on demand`, code: 0 }
      response.writeHead(act.status, { 'content-type': 'application/json', ...act.headers })
      response.end(JSON.stringify(body))
      return false
    }
  }
}

/** Discord's 429 with all its headers; a global one names no bucket. */
export function sendRateLimit(
  response: ServerResponse,
  retryAfterMs: number,
  scope: 'user' | 'global' | 'shared',
  limit = 5,
): void {
  const seconds = retryAfterMs / 1000
  const global = scope === 'global'
  const bucket = {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': ((Date.now() + retryAfterMs) / 1000).toFixed(3),
    'x-ratelimit-reset-after': seconds.toFixed(3),
    'x-ratelimit-bucket': `of-${scope}-scope`,
  }
  response.writeHead(429, {
    'content-type': 'application/json',
    'retry-after': String(Math.ceil(seconds)),
    'x-ratelimit-scope': scope,
    ...(global ? { 'x-ratelimit-global': 'true' } : bucket),
  })
  response.end(JSON.stringify({ message: 'You are being rate limited.', retry_after: seconds, global }))
}

function reset(socket: Socket | null): void {
  socket?.resetAndDestroy()
}
