import { createHash, type Hash } from 'node:crypto'
import { LARGEST_PIECE, sha256Of } from './object-format.ts'
import type { ObjectWriter, Share } from './object-writer.ts'
import type { PieceMemory } from './piece-memory.ts'

/** What every SQLite database begins with (sqlite.org/fileformat.html, 1.2). */
const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
/** A changed page of a database costs this much; other files rather grow at their end. */
const DATABASE_PIECE = 256 * 1024

/** Of a content without a byte. */
const OF_NOTHING = sha256Of(Buffer.alloc(0))

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
  readonly #memory: PieceMemory
  readonly #pieces: string[] = []
  /** Of the whole; null while it is known to have no more than one piece. */
  #whole: Hash | null = null
  #size = 0
  /** Zero until enough came to tell what it is. */
  #pieceSize = 0
  #database = false

  /** @param memory of this content alone until it ends */
  constructor(writer: ObjectWriter, share: Share, memory: PieceMemory) {
    this.#writer = writer
    this.#share = share
    this.#memory = memory
  }

  /** Whether it is a database; null while too little has come to tell. */
  get isDatabase(): boolean | null {
    return this.#pieceSize === 0 ? null : this.#database
  }

  /** Takes what came next; the chunk is no longer needed then. Throws what failed, of this content or of one before. */
  add(chunk: Buffer): void {
    this.#size += chunk.length
    for (let at = 0; at < chunk.length; ) {
      const room = this.#pieceSize === 0 ? SQLITE_MAGIC.length : this.#pieceSize
      const end = Math.min(chunk.length, at + room - this.#memory.heldBytes)
      this.#memory.add(chunk.subarray(at, end))
      at = end
      if (this.#memory.heldBytes < room) return
      if (this.#pieceSize === 0) this.#decide()
      else this.#cut(false)
    }
  }

  end(): Kept {
    if (this.#pieceSize === 0) this.#decide()
    if (this.#memory.heldBytes > 0) this.#cut(true)
    return {
      size: this.#size,
      sha256: this.#whole?.digest('hex') ?? this.#pieces[0] ?? OF_NOTHING,
      pieceSize: this.#pieceSize,
      pieces: this.#pieces,
      database: this.#database,
    }
  }

  #decide(): void {
    this.#database = this.#memory.held.subarray(0, SQLITE_MAGIC.length).equals(SQLITE_MAGIC)
    this.#pieceSize = this.#database ? DATABASE_PIECE : LARGEST_PIECE
  }

  /** Makes a piece of what is held. */
  #cut(isLast: boolean): void {
    const { bytes, free } = this.#memory.cut()
    const name = this.#nameOf(bytes, isLast)
    this.#pieces.push(name)
    this.#writer.put(name, bytes, this.#share, free)
  }

  /** What is one piece, and what a content begins with, is hashed once. */
  #nameOf(piece: Buffer, isLast: boolean): string {
    if (this.#whole !== null) {
      this.#whole.update(piece)
      return sha256Of(piece)
    }
    if (isLast) return sha256Of(piece)
    this.#whole = createHash('sha256').update(piece)
    return this.#whole.copy().digest('hex')
  }
}
