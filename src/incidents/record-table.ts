/** One record that a step wrote, or took away. */
export interface RecordChange<Row> {
  key: string
  /** null when the record is gone. */
  row: Row | null
}

/**
 * Records of one kind by key. A step writes in place and can be taken back as a whole: what it touches is copied first,
 * so a record that somebody holds never changes under their hands.
 */
export class RecordTable<Row extends object> {
  readonly #rows = new Map<string, Row>()
  /** The touched records as they were before the step under way; undefined for what was not there. */
  readonly #before = new Map<string, Row | undefined>()
  readonly #copy: (row: Row) => Row
  readonly #moved: (key: string, row: Row | undefined) => void

  /**
   * @param copy makes a copy that can be written to without the original changing
   * @param moved is told of every record that is now different
   */
  constructor(copy: (row: Row) => Row, moved: (key: string, row: Row | undefined) => void = () => {}) {
    this.#copy = copy
    this.#moved = moved
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  entries(): IterableIterator<[string, Row]> {
    return this.#rows.entries()
  }

  keys(): IterableIterator<string> {
    return this.#rows.keys()
  }

  values(): IterableIterator<Row> {
    return this.#rows.values()
  }

  put(key: string, row: Row): void {
    this.#remember(key)
    this.#set(key, row)
  }

  /** Lets `change` write into a record, and returns the record. @throws when there is none */
  edit(key: string, change: (row: Row) => void): Row {
    const known = this.#rows.get(key)
    if (known === undefined) throw new Error(`no record ${key}`)
    const row = this.#before.has(key) ? known : this.#copy(known)
    this.#remember(key)
    change(row)
    this.#set(key, row)
    return row
  }

  delete(key: string): void {
    if (!this.#rows.has(key)) return
    this.#remember(key)
    this.#set(key, undefined)
  }

  /** Takes in a record as somebody else wrote it; no part of a step. */
  load(key: string, row: Row | null): void {
    this.#set(key, row ?? undefined)
  }

  /** Whether the step under way has written here. */
  get touched(): boolean {
    return this.#before.size > 0
  }

  /** What the step under way has changed so far. */
  changes(): RecordChange<Row>[] {
    return [...this.#before.keys()].flatMap((key) => {
      const row = this.#rows.get(key) ?? null
      return row === null && this.#before.get(key) === undefined ? [] : [{ key, row }]
    })
  }

  /** The step is over and holds. */
  settle(): void {
    this.#before.clear()
  }

  /** The step is over and never happened. */
  revert(): void {
    for (const [key, row] of this.#before) this.#set(key, row)
    this.#before.clear()
  }

  #remember(key: string): void {
    if (!this.#before.has(key)) this.#before.set(key, this.#rows.get(key))
  }

  #set(key: string, row: Row | undefined): void {
    if (row === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
    this.#moved(key, row)
  }
}
