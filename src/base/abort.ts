import { setMaxListeners } from 'node:events'

/**
 * Calls back once when the signal aborts, never when it already has; returns the unsubscribe. One signal of a sweep ends
 * the calls to every node of a fleet, so many listeners on it are no leak, and Node must not warn of one.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined
  setMaxListeners(0, signal)
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}
