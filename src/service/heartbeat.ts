import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'

const TIMEOUT_MS = 10_000
/** Passes may be a second apart; services that wait for a sign take about five a minute. */
const LEAST_GAP_MS = 20_000

/** Tells an outside watch that ocm works. */
export interface Heartbeat {
  /** A pass over the nodes is over and could be told. Never throws and keeps nobody waiting. */
  beat(): void
  /** Gives up what is under way. */
  stop(): Promise<void>
}

/**
 * Asks an address after each good pass, so that somebody outside notices when none comes any more. The address is a secret:
 * whoever knows it can pretend that all is well, so no line of the log has it, nor an error that may hold it.
 */
export function createHeartbeat(url: string, { clock, log }: { clock: Clock; log: Log }): Heartbeat {
  const ending = new AbortController()
  let running: Promise<void> | null = null
  let lastAt = Number.NEGATIVE_INFINITY
  let failing = false

  async function ping(): Promise<void> {
    const failure = await problemOf(url, ending.signal)
    if (ending.signal.aborted) return
    if (failure === null && failing) log.info({}, 'the heartbeat arrives again')
    if (failure !== null && !failing) log.warn({ problem: failure }, 'the heartbeat does not arrive')
    failing = failure !== null
  }

  return {
    beat() {
      const now = clock.monotonic()
      if (running !== null || ending.signal.aborted || now - lastAt < LEAST_GAP_MS) return
      lastAt = now
      running = ping().finally(() => {
        running = null
      })
    },
    async stop() {
      ending.abort()
      await running
    },
  }
}

/** Why the address did not take a request, as a code; null when it did. */
async function problemOf(url: string, stop: AbortSignal): Promise<string | null> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    const answer = await fetch(url, { signal, headers: { 'user-agent': 'ocm' } })
    await answer.body?.cancel()
    return answer.ok ? null : `status ${answer.status}`
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: unknown } }
    return typeof cause?.code === 'string' ? cause.code : name
  }
}
