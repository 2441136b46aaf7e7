import { createHash, type Hash } from 'node:crypto'
import { LARGEST_PIECE, type Parts, sha256Of, sha256OfParts } from './object-format.ts'
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

/**
 * Cuts a content into pieces as it comes in, hashes it, and puts every piece into the store. Nothing of it is copied: what garbage
 * of buffers costs is more than what is done with them.
 */
export class PieceCutter {
  readonly #writer: ObjectWriter
  readonly #share: Share
  readonly #pieces: string[] = []
  /** Of the whole; null while there is one piece, which has been hashed already. */
  #whole: Hash | null = null
  #first: Parts | null = null
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
    let rest = chunk
    while (rest.length > 0) {
      const room = this.#pieceSize === 0 ? SQLITE_MAGIC.length : this.#pieceSize
      const part = rest.subarray(0, room - this.#held)
      this.#parts.push(part)
      this.#held += part.length
      rest = rest.subarray(part.length)
      if (this.#held < room) return
      if (this.#pieceSize === 0) this.#decide()
      else await this.#cut()
    }
  }

  async end(): Promise<Kept> {
    if (this.#pieceSize === 0) this.#decide()
    if (this.#held > 0) await this.#cut()
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

  /** Makes a piece of what is held. */
  async #cut(): Promise<void> {
    const piece = this.#parts
    this.#parts = []
    this.#held = 0
    const name = sha256OfParts(piece)
    this.#pieces.push(name)
    if (this.#pieces.length === 1) this.#first = piece
    else {
      if (this.#first !== null) {
        this.#whole = createHash('sha256')
        for (const part of this.#first) this.#whole.update(part)
        this.#first = null
      }
      for (const part of piece) this.#whole?.update(part)
    }
    await this.#writer.put(name, piece, this.#share)
  }
}
