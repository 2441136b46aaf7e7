const SECONDS = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800 } as const
type Unit = keyof typeof SECONDS

const WHOLE = /^(?:\d{1,7}(?:\.\d{1,2})?(?:s|min|m|h|d|w))+$/
const PARTS = /(\d+(?:\.\d+)?)(s|min|m|h|d|w)/g
const BARE = /^\d{1,7}$/

/**
 * Seconds of a time as people type it: `45s`, `30m`, `1h30m`, `2d`; null for anything else.
 * @param bare the unit of a number without one
 */
export function readDuration(text: string, bare: Unit): number | null {
  if (BARE.test(text)) return Number(text) * SECONDS[bare]
  const typed = text.toLowerCase()
  if (!WHOLE.test(typed)) return null
  let seconds = 0
  for (const [, count, unit] of typed.matchAll(PARTS)) seconds += Number(count) * SECONDS[unit as Unit]
  return seconds
}
