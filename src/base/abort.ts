import { setMaxListeners } from 'node:events'

/** Why a wait that nobody needs any more is ended. Without a reason Node makes an exception with its stack each time. */
export const OVER = 'over'

/** The reason of a signal by which a person stopped something. Whatever waits ends with it as with any other abort. */
export class StoppedBy extends Error {
  override readonly name = 'AbortError'
  /** The name of the person, as they call themselves: untrusted. */
  readonly who: string

  constructor(who: string) {
    super(`stopped by ${who}`)
    this.who = who
  }
}

/** Who stopped it; null where nobody did, or the program that waits is ended. */
export function stopperOf({ reason }: AbortSignal): string | null {
  return reason instanceof StoppedBy ? reason.who : null
}

/** Who waits for a signal: removing one of many listeners from the signal itself is a search through all of them. */
const waiting = new WeakMap<AbortSignal, Waiting>()

interface Waiting {
  waiters: Set<{ listener: () => void }>
  /** Once nobody waits any more. */
  leave(): void
}

/**
 * Calls back once when the signal aborts, never when it already has; returns the unsubscribe. One signal of a sweep ends
 * the calls to every node of a fleet, so many listeners on it are no leak, and Node must not warn of one.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => undefined
  const all = waiting.get(signal) ?? waitFor(signal)
  const mine = { listener }
  all.waiters.add(mine)
  return () => {
    all.waiters.delete(mine)
    if (all.waiters.size === 0) all.leave()
  }
}

function waitFor(signal: AbortSignal): Waiting {
  const waiters = new Set<{ listener: () => void }>()
  const tell = () => {
    for (const mine of waiters) {
      waiters.delete(mine)
      mine.listener()
    }
  }
  const all = {
    waiters,
    // Node keeps a signal made of others, with all it holds, for as long as somebody listens to it.
    leave() {
      signal.removeEventListener('abort', tell)
      if (waiting.get(signal) === all) waiting.delete(signal)
    },
  }
  waiting.set(signal, all)
  setMaxListeners(0, signal)
  signal.addEventListener('abort', tell, { once: true })
  return all
}

/** A signal that aborts with the first of some, until it is left. */
export interface Joined {
  signal: AbortSignal
  /** Forgets the others: one of them may live as long as the program. */
  leave(): void
}

/**
 * Joins signals for as long as something takes. `AbortSignal.any` leaves some bytes with each signal it is made of, for as long as
 * that lives: too much for what is done again and again.
 */
export function joined(...signals: readonly AbortSignal[]): Joined {
  const first = new AbortController()
  const leaves = signals.map((signal) => {
    if (signal.aborted) first.abort(signal.reason)
    return onAbort(signal, () => first.abort(signal.reason))
  })
  return {
    signal: first.signal,
    leave: () => {
      for (const leave of leaves) leave()
    },
  }
}
