/** Every third case of a long loop, from the first on; all of them with OCM_ALL_CASES=1. */
export function sampleOf<T>(cases: readonly T[]): T[] {
  return process.env.OCM_ALL_CASES === '1' ? [...cases] : cases.filter((_, index) => index % 3 === 0)
}
