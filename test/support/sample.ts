/** Every third case of a long loop, from the first on; all of them with OCM_ALL_CASES=1. */
export function sampleOf<T>(cases: readonly T[]): T[] {
  return process.env.OCM_ALL_CASES === '1' ? [...cases] : cases.filter((_, index) => index % 3 === 0)
}

/** One of these each day, by turns; all of them with OCM_ALL_CASES=1. `OCM_CI_DAY` names another day. */
export function turnOf<T>(cases: readonly T[]): T[] {
  if (process.env.OCM_ALL_CASES === '1') return [...cases]
  const day = Number(process.env.OCM_CI_DAY ?? Math.floor(Date.now() / 86_400_000))
  return cases.filter((_, index) => index === day % cases.length)
}
