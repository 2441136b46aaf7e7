import { compress } from './gzip-pieces.ts'

/** So much is handed on at once, and no more before it was taken: what is kept for one slow reader. */
const PIECE_CHARACTERS = 32 * 1024
const ENCODER = new TextEncoder()

/** A piece of what many readers are sent: it is put into bytes once, and compressed once, whoever takes which. */
export class SharedPiece {
  readonly #text: string
  #plain: Uint8Array | null = null
  #blocks: Promise<readonly Uint8Array[]> | null = null

  constructor(text: string) {
    this.#text = text
  }

  get plain(): Uint8Array {
    this.#plain ??= ENCODER.encode(this.#text)
    return this.#plain
  }

  /** Compressed beside the event loop, to stand anywhere in a gzip stream. */
  blocks(): Promise<readonly Uint8Array[]> {
    this.#blocks ??= compress(this.plain).then(({ blocks }) => blocks)
    return this.#blocks
  }
}

/** The text of these parts, to be sent to many. */
export function sharedPieces(parts: Iterable<string>): SharedPiece[] {
  return Array.from(pieces(parts), (text) => new SharedPiece(text))
}

/** The same text in pieces that are neither long nor needlessly short. No character is cut in two. */
export function pieces(parts: Iterable<string>): Iterable<string>
/** What is shared stays as it is, in its place. */
export function pieces(parts: Iterable<string | SharedPiece>): Iterable<string | SharedPiece>
export function* pieces(parts: Iterable<string | SharedPiece>): Iterable<string | SharedPiece> {
  let kept = ''
  for (const part of parts) {
    if (part instanceof SharedPiece) {
      if (kept !== '') yield kept
      kept = ''
      yield part
      continue
    }
    kept += part
    while (kept.length > PIECE_CHARACTERS) {
      const end = isHalf(kept.charCodeAt(PIECE_CHARACTERS - 1)) ? PIECE_CHARACTERS - 1 : PIECE_CHARACTERS
      yield kept.slice(0, end)
      kept = kept.slice(end)
    }
  }
  if (kept !== '') yield kept
}

/** Whether the other half of the character comes behind it. */
function isHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
