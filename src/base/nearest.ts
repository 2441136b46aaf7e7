/** The candidate that was probably meant; null when none is close enough to be more than a guess. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const typed = word.toLowerCase()
  const begun = candidates.filter((candidate) => typed.length > 1 && candidate.startsWith(typed))
  if (begun.length === 1) return begun[0] ?? null
  const around = candidates.filter(
    (candidate) => typed.length > 2 && candidate.toLowerCase().includes(typed) && candidate !== word,
  )
  if (around.length === 1) return around[0] ?? null
  let best: string | null = null
  let least = Math.min(3, Math.max(1, Math.floor(typed.length / 3))) + 1
  for (const candidate of candidates) {
    const distance = distanceOf(typed.slice(0, 64), candidate)
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      const at = (up: number, left: number) => rows[i - up]?.[j - left] ?? Infinity
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        at(1, 0) + 1,
        (row[j - 1] ?? Infinity) + 1,
        at(1, 1) + cost,
        swapped ? at(2, 2) + 1 : Infinity,
      )
    }
    rows.push(row)
  }
  return rows[a.length]?.[b.length] ?? Infinity
}
