import { vi } from 'vitest'

/** Asks again and again until the condition holds. @throws Error after `ms`, with what `explain` knows then */
export async function until(
  holds: () => boolean,
  ms = 30_000,
  explain: () => string = () => '',
): Promise<void> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms ${explain()}`)
    await new Promise((wake) => setTimeout(wake, 15))
  }
}

/** Asks again and again until `check` does not throw; rejects with its last error after `ms`. */
export function eventually<T>(check: () => T | Promise<T>, ms = 30_000): Promise<T> {
  return vi.waitFor(check, { timeout: ms, interval: 15 })
}
