/** Since 2026.6 fixed, on 2026.2.17 the default of `reserveTokensFloor` (both measured). Tokens. */
const COMPACTION_RESERVE = 20_000
/** Of a small window OpenClaw keeps this share instead. */
const LARGEST_SHARE = 1 / 4

/**
 * The prompt, in tokens, from which on OpenClaw compacts before a turn.
 * @param window what OpenClaw takes for the model's window: a cap in the configuration, or the window itself
 * @param floor a larger reserve that the configuration asks for (2026.2.17 only)
 */
export function compactsFrom(window: number, floor = 0): number {
  return window - Math.max(floor, Math.min(COMPACTION_RESERVE, Math.floor(window * LARGEST_SHARE)))
}

/** The cap that makes OpenClaw compact from `point` tokens on; the reverse of {@link compactsFrom}. */
export function capFor(point: number): number {
  const cap = point + COMPACTION_RESERVE
  return cap * LARGEST_SHARE >= COMPACTION_RESERVE ? cap : Math.round(point / (1 - LARGEST_SHARE))
}
