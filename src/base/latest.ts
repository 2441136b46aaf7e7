/** Values by their keys; of more than so many, the one that was set longest ago goes. */
export class Latest<Key, Value> {
  readonly #most: number
  readonly #values = new Map<Key, Value>()

  /** @param most how many there may be */
  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#values.size
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key)
  }

  has(key: Key): boolean {
    return this.#values.has(key)
  }

  set(key: Key, value: Value): void {
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size <= this.#most) return
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest)
      return
    }
  }

  delete(key: Key): void {
    this.#values.delete(key)
  }

  /** The one that was set longest ago first. */
  values(): IterableIterator<Value> {
    return this.#values.values()
  }
}
