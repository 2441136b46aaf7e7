import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib'

/** A member of gzip without a name and a time (RFC 1952, section 2.3). */
const HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
/** What is shorter is sent as it is: it gains next to nothing. One row of the fleet is longer, and gains more than half. */
const SHORT_BYTES = 512
const OPTIONS = { level: 4, finishFlush: constants.Z_SYNC_FLUSH }
/** A block without bytes that ends the stream: the fixed code's "end of block" (RFC 1951, section 3.2.6). */
const LAST_BLOCK = Uint8Array.of(3, 0)

/** Whether a reader takes what comes compressed. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i.test(acceptEncoding ?? '')
}

/**
 * Pieces of one gzip stream, each whole as soon as it is there. A piece is compressed by itself and ends on a byte (a sync
 * flush, RFC 1951 with zlib's `Z_SYNC_FLUSH`), so nothing is kept between two of them, however many streams are open. A
 * stream of events has no end, so there is no trailer either. What was compressed before, for others as well, comes as its blocks.
 */
export function createGzipPieces(): (piece: Uint8Array | readonly Uint8Array[]) => Uint8Array {
  let begun = false
  return (piece) => {
    const blocks = piece instanceof Uint8Array ? blocksOf(piece) : piece
    const parts = begun ? blocks : [HEAD, ...blocks]
    begun = true
    return Buffer.concat(parts)
  }
}

function blocksOf(piece: Uint8Array): Uint8Array[] {
  return piece.length < SHORT_BYTES ? stored(piece) : [deflateRawSync(piece, OPTIONS)]
}

/** A block that holds bytes as they are (RFC 1951, section 3.2.4). */
function stored(piece: Uint8Array): Uint8Array[] {
  const size = piece.length
  return [Uint8Array.of(0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255), piece]
}

/** Bytes within a gzip stream, and what its end has to know of them. */
export interface Compressed {
  blocks: readonly Uint8Array[]
  bytes: number
  checksum: number
}

/** Compresses bytes that are sent many times with others behind them, beside the event loop. */
export async function compress(plain: Uint8Array): Promise<Compressed> {
  const blocks = plain.length < SHORT_BYTES ? stored(plain) : [await promisify(deflateRaw)(plain, OPTIONS)]
  return { blocks, bytes: plain.length, checksum: crc32(plain) }
}

/** One whole gzip member of bytes that were compressed before, and of others behind them that are few. */
export function gzipWith({ blocks, bytes, checksum }: Compressed, behind: Uint8Array): Uint8Array[] {
  const trailer = Buffer.alloc(8)
  // Of no bytes at all zlib forgets the checksum so far.
  trailer.writeUInt32LE(behind.length === 0 ? checksum : crc32(behind, checksum), 0)
  trailer.writeUInt32LE((bytes + behind.length) >>> 0, 4)
  return [HEAD, ...blocks, ...blocksOf(behind), LAST_BLOCK, trailer]
}
