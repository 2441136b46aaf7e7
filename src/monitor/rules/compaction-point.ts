/** Room for the message that starts the next turn. Tokens. */
const MESSAGE_ROOM = 5_000
const ROUND_TO = 1_000
/** A compaction keeps the newest messages and a summary: asked for below this share of what is usable, it gains nothing. */
const LEAST_SHARE = 0.25

/**
 * Where a session should be compacted so that it never reaches its critical level, in tokens: below that level, and in
 * any case below the point where the provider refuses. Null when a compaction could not get below it.
 * @param usable window − reserve, tokens
 * @param critical the critical level that holds for the session, per cent of `usable`
 */
export function compactionPoint(usable: number, critical: number): number | null {
  const highest = Math.min(usable, (usable * critical) / 100) - MESSAGE_ROOM
  const point = Math.floor(highest / ROUND_TO) * ROUND_TO
  return point >= usable * LEAST_SHARE ? point : null
}
