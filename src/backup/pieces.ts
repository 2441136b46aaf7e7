import { createHash, type Hash } from 'node:crypto'
import { LARGEST_PIECE, sha256Of } from './object-format.ts'
import type { ObjectWriter, Share } from './object-writer.ts'

/** What every SQLite database begins with (sqlite.org/fileformat.html, 1.2). */
const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
/** A changed page of a database costs this much; other files rather grow at their end. */
const DATABASE_PIECE = 256 * 1024

/** A content that was cut into pieces and put into the store. */
export interface Kept {
  size: number
  sha256: string
  pieceSize: number
  pieces: string[]
  database: boolean
}

/** Cuts a content into pieces as it comes in, hashes it, and puts every piece into the store. */
export class PieceCutter {
  readonly #writer: ObjectWriter
  readonly #share: Share
  readonly #pieces: string[] = []
  /** Of the whole; null while there is one piece, which has been hashed already. */
  #whole: Hash | null = null
  #first: Buffer | null = null
  #parts: Buffer[] = []
  #held = 0
  #size = 0
  /** Zero until enough came to tell what it is. */
  #pieceSize = 0
  #database = false

  constructor(writer: ObjectWriter, share: Share) {
    this.#writer = writer
    this.#share = share
  }

  /** Whether it is a database; null while too little has come to tell. */
  get isDatabase(): boolean | null {
    return this.#pieceSize === 0 ? null : this.#database
  }

  async add(chunk: Buffer): Promise<void> {
    this.#size += chunk.length
    this.#parts.push(chunk)
    this.#held += chunk.length
    if (this.#pieceSize === 0 && this.#held >= SQLITE_MAGIC.length) this.#decide()
    if (this.#pieceSize === 0 || this.#held < this.#pieceSize) return
    let held = Buffer.concat(this.#parts)
    while (held.length >= this.#pieceSize) {
      await this.#put(held.subarray(0, this.#pieceSize))
      held = held.subarray(this.#pieceSize)
    }
    this.#parts = held.length === 0 ? [] : [held]
    this.#held = held.length
  }

  async end(): Promise<Kept> {
    if (this.#pieceSize === 0) this.#decide()
    const [only] = this.#parts
    // Most files come in one chunk, which need not be copied for that.
    const last = this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts)
    if (last.length > 0) await this.#put(last)
    return {
      size: this.#size,
      sha256: this.#whole?.digest('hex') ?? this.#pieces[0] ?? sha256Of(Buffer.alloc(0)),
      pieceSize: this.#pieceSize,
      pieces: this.#pieces,
      database: this.#database,
    }
  }

  #decide(): void {
    const head = Buffer.concat(this.#parts).subarray(0, SQLITE_MAGIC.length)
    this.#database = head.equals(SQLITE_MAGIC)
    this.#pieceSize = this.#database ? DATABASE_PIECE : LARGEST_PIECE
  }

  async #put(piece: Buffer): Promise<void> {
    const name = sha256Of(piece)
    this.#pieces.push(name)
    if (this.#pieces.length === 1) this.#first = piece
    else {
      if (this.#first !== null) this.#whole = createHash('sha256').update(this.#first)
      this.#first = null
      this.#whole?.update(piece)
    }
    await this.#writer.put(name, piece, this.#share)
  }
}
