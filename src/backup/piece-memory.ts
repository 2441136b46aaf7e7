/** Blocks that are kept for what comes next; more are on their way to the disk only where it is slow. */
const MOST_SPARE = 4

interface Slab {
  bytes: Buffer
  /** Pieces in it that are still needed. */
  pieces: number
}

/** A piece that was cut. */
export interface HeldPiece {
  bytes: Buffer
  /** Its bytes are no longer needed: others may take their place. */
  free(): void
}

/**
 * Memory in which content is put together, used again once it is written. Whatever came with the bytes can go at once, before V8
 * takes it for something that stays, which only a round over its whole heap would find to be garbage.
 */
export class PieceMemory {
  readonly #slabBytes: number
  readonly #spare: Slab[] = []
  #slab: Slab
  /** Where the piece that is being put together lies in it. */
  #from = 0
  #to = 0

  /** @param slabBytes of one block; no piece may be larger */
  constructor(slabBytes: number) {
    this.#slabBytes = slabBytes
    this.#slab = this.#take()
  }

  /** What was added since the last piece was cut. */
  get held(): Buffer {
    return this.#slab.bytes.subarray(this.#from, this.#to)
  }

  get heldBytes(): number {
    return this.#to - this.#from
  }

  /** Copies more of the piece. */
  add(part: Buffer): void {
    if (this.#to + part.length > this.#slabBytes) this.#move()
    this.#to += part.copy(this.#slab.bytes, this.#to)
  }

  /** Ends the piece. */
  cut(): HeldPiece {
    const bytes = this.held
    const slab = this.#slab
    slab.pieces += 1
    this.#from = this.#to
    return { bytes, free: () => this.#free(slab) }
  }

  /** Goes on with the piece in another block. */
  #move(): void {
    const full = this.#slab
    const begun = this.held
    this.#slab = this.#take()
    this.#from = 0
    this.#to = begun.copy(this.#slab.bytes)
    if (full.pieces === 0) this.#keep(full)
  }

  #free(slab: Slab): void {
    slab.pieces -= 1
    if (slab.pieces === 0 && slab !== this.#slab) this.#keep(slab)
  }

  #take(): Slab {
    return this.#spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(this.#slabBytes), pieces: 0 }
  }

  #keep(slab: Slab): void {
    if (this.#spare.length < MOST_SPARE) this.#spare.push(slab)
  }
}
