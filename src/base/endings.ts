/** What must be ended again, in the order in which it was begun. */
export interface Endings {
  add(end: () => Promise<unknown>): void
  /**
   * Ends everything, the last first, each once, and the rest also when one fails.
   * @throws the first failure, after all of it
   */
  run(): Promise<void>
}

/** Nothing to end yet. */
export function createEndings(): Endings {
  const endings: (() => Promise<unknown>)[] = []
  return {
    add: (end) => void endings.push(end),
    async run() {
      const failures: unknown[] = []
      for (const end of endings.splice(0).reverse()) {
        await end().catch((error: unknown) => failures.push(error))
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}
