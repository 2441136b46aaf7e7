interface Entry {
  id: string
  at: number
}

/** Entries beyond this many for each one that counts are cleared away. */
const STALE_FACTOR = 4
const STALE_ALLOWANCE = 64

/** When something is due, by id: a binary heap in which an entry counts only while it is the last one set for its id. */
export class DueTimes {
  readonly #at = new Map<string, number>()
  #heap: Entry[] = []

  /** Sets when `id` is due, in epoch milliseconds; null for never. */
  set(id: string, at: number | null): void {
    if (at === null) {
      this.#at.delete(id)
      return
    }
    if (this.#at.get(id) === at) return
    this.#at.set(id, at)
    this.#push({ id, at })
    if (this.#heap.length > this.#at.size * STALE_FACTOR + STALE_ALLOWANCE) this.#rebuild()
  }

  /** Takes out the earliest id that is due at `now`; undefined when none is. */
  take(now: number): string | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.at > now) return undefined
      this.#pop()
      if (this.#at.get(first.id) !== first.at) continue
      this.#at.delete(first.id)
      return first.id
    }
  }

  #rebuild(): void {
    this.#heap = [...this.#at].map(([id, at]) => ({ id, at })).sort((a, b) => a.at - b.at)
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(entry)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent] as Entry
      if (above.at <= entry.at) break
      heap[place] = above
      place = parent
    }
    heap[place] = entry
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let child = place * 2 + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      if (right !== undefined && right.at < (heap[child] as Entry).at) child += 1
      const below = heap[child] as Entry
      if (below.at >= last.at) break
      heap[place] = below
      place = child
    }
    heap[place] = last
  }
}
