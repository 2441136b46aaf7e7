/**
 * The time of the server, whatever the clock of the reader says: what the server told, and what has passed since by a
 * clock that only grows.
 */
export function createServerClock() {
  let told = null
  let at = 0
  return {
    /** @param {number | string} time of the server, epoch milliseconds or ISO 8601 */
    tell(time) {
      const ms = typeof time === 'number' ? time : Date.parse(time)
      if (!Number.isFinite(ms)) return
      told = ms
      at = performance.now()
    },
    /** Epoch milliseconds by the server; 0 before it told. */
    now: () => (told === null ? 0 : told + performance.now() - at),
  }
}
