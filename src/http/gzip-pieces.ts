import { constants, deflateRawSync } from 'node:zlib'

/** A member of gzip without a name and a time (RFC 1952, section 2.3). */
const HEAD = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff)
/** What is shorter is sent as it is: it gains nothing. */
const SHORT_BYTES = 4 * 1024
const LEVEL = 4

/** Whether a reader takes what comes compressed. */
export function takesGzip(acceptEncoding: string | undefined): boolean {
  return /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i.test(acceptEncoding ?? '')
}

/**
 * Pieces of one gzip stream, each whole as soon as it is there. A piece is compressed by itself and ends on a byte (a sync
 * flush, RFC 1951 with zlib's `Z_SYNC_FLUSH`), so nothing is kept between two of them, however many streams are open. A
 * stream of events has no end, so there is no trailer either.
 */
export function createGzipPieces(): (piece: Uint8Array) => Uint8Array {
  let begun = false
  return (piece) => {
    const blocks =
      piece.length < SHORT_BYTES
        ? stored(piece)
        : [deflateRawSync(piece, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })]
    const parts = begun ? blocks : [HEAD, ...blocks]
    begun = true
    return Buffer.concat(parts)
  }
}

/** A block that holds bytes as they are (RFC 1951, section 3.2.4). */
function stored(piece: Uint8Array): Uint8Array[] {
  const size = piece.length
  return [Uint8Array.of(0, size & 255, size >> 8, ~size & 255, (~size >> 8) & 255), piece]
}
