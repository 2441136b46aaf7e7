import type { Entry } from './manifest.ts'
import { LARGEST_PIECE } from './object-format.ts'
import type { ObjectWriter } from './object-writer.ts'
import { PieceMemory } from './piece-memory.ts'
import { type Kept, PieceCutter } from './pieces.ts'

/** Lines of the list are handed on in lots. */
const LIST_LOT = 64 * 1024

/** Bytes of UTF-8 that one unit of a text has at most. */
const MOST_UTF8 = 3

/** The list of entries as it grows, one JSON a line; kept like a file, so it is never in memory as a whole. */
export class ListCutter {
  readonly #cutter: PieceCutter
  #lines = ''
  /** What a lot is written into: whoever takes it copies it. */
  readonly #bytes = Buffer.allocUnsafeSlow(2 * LIST_LOT * MOST_UTF8)

  constructor(writer: ObjectWriter) {
    // The list is no content of the node, and another one each time.
    this.#cutter = new PieceCutter(writer, 'list', new PieceMemory(LARGEST_PIECE))
  }

  /** @returns the JSON of the entry */
  add(entry: Entry): string {
    const json = JSON.stringify(entry)
    this.#lines += `${json}\n`
    if (this.#lines.length >= LIST_LOT) this.#hand()
    return json
  }

  end(): Omit<Kept, 'database'> {
    this.#hand()
    const { database: _, ...content } = this.#cutter.end()
    return content
  }

  #hand(): void {
    const lines = this.#lines
    this.#lines = ''
    // Where it surely fits: of a long list the buffers for its lots were 34 MB of garbage, which V8 hardly sees.
    const fits = lines.length * MOST_UTF8 <= this.#bytes.length
    this.#cutter.add(fits ? this.#bytes.subarray(0, this.#bytes.write(lines)) : Buffer.from(lines))
  }
}
