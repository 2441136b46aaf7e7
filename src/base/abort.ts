import { setMaxListeners } from 'node:events'

/** Who waits for a signal: removing one of many listeners from the signal itself is a search through all of them. */
const waiting = new WeakMap<AbortSignal, Set<{ listener: () => void }>>()

/**
 * Calls back once when the signal aborts, never when it already has; returns the unsubscribe. One signal of a sweep ends
 * the calls to every node of a fleet, so many listeners on it are no leak, and Node must not warn of one.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => undefined
  const all = waiting.get(signal) ?? waitFor(signal)
  const mine = { listener }
  all.add(mine)
  return () => all.delete(mine)
}

function waitFor(signal: AbortSignal): Set<{ listener: () => void }> {
  const all = new Set<{ listener: () => void }>()
  waiting.set(signal, all)
  setMaxListeners(0, signal)
  const tell = () => {
    for (const mine of all) {
      all.delete(mine)
      mine.listener()
    }
  }
  signal.addEventListener('abort', tell, { once: true })
  return all
}
