/** First millisecond of 2015: where Discord's ids begin to count. */
const DISCORD_EPOCH_MS = 1_420_070_400_000

/**
 * A source of Discord ids: the time of `now()` in the upper bits and a counter in the lower twelve. Ids from one source
 * grow strictly, even when the clock stands still or jumps back. They have 19 digits, which discord.js needs: it cuts
 * rate-limit buckets out of a path by `\d{17,19}`.
 */
export function createSnowflakes(now: () => number): () => string {
  let last = 0n
  return () => {
    const fromTime = BigInt(Math.max(0, Math.floor(now()) - DISCORD_EPOCH_MS)) << 22n
    last = fromTime > last ? fromTime : last + 1n
    return last.toString()
  }
}
