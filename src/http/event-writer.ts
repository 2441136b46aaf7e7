import type { SSEStreamingApi } from 'hono/streaming'
import type { Clock } from '../base/clock.ts'
import type { Exchange } from './exchange.ts'
import { createGzipPieces } from './gzip-pieces.ts'

/** So much is handed on at once, and no more before it was taken: what is kept for one slow reader. */
const PIECE_CHARACTERS = 32 * 1024
/** Who takes nothing for so long is no reader. */
const SLOW_MS = 30_000
const ENCODER = new TextEncoder()

/** One event of a stream. Its data is JSON without line breaks, in parts that are put together while it is written. */
export interface OutgoingEvent {
  name: string
  data: Iterable<string>
  /** What a reader that comes back names as the last it has seen. */
  id?: string | undefined
}

/** Writes server-sent events (HTML standard, section 9.2) to one reader, piece by piece as it takes them. */
export interface EventWriter {
  /** Resolves once the reader has taken it, or is gone; ends the connection of one that takes nothing. */
  write(event: OutgoingEvent): Promise<void>
  /** A line that says nothing: it keeps proxies from ending the connection, and finds readers that are gone. */
  beat(): Promise<void>
}

/**
 * @param c the request that the stream answers
 * @param options.gzip whether its pieces are compressed; its head has to say so
 */
export function createEventWriter(
  clock: Clock,
  c: Exchange,
  stream: SSEStreamingApi,
  { gzip = false }: { gzip?: boolean } = {},
): EventWriter {
  const encoded = gzip ? createGzipPieces() : (piece: Uint8Array) => piece
  async function hand(text: string): Promise<void> {
    const grace = new AbortController()
    const slow = clock.sleep(SLOW_MS, grace.signal).then(
      () => true,
      () => false,
    )
    const written = stream.write(encoded(ENCODER.encode(text))).then(() => false)
    const stalled = await Promise.race([written, slow])
    grace.abort()
    if (!stalled) return
    c.env.incoming.socket.destroy()
    stream.abort()
  }

  return {
    async write(event) {
      for (const piece of pieces(partsOf(event))) {
        if (stream.aborted) return
        await hand(piece)
      }
    },
    beat: () => hand(': \n\n'),
  }
}

function* partsOf({ name, data, id }: OutgoingEvent): Iterable<string> {
  yield `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: `
  yield* data
  yield '\n\n'
}

/** The same text in pieces that are neither long nor needlessly short. No character is cut in two. */
export function* pieces(parts: Iterable<string>): Iterable<string> {
  let kept = ''
  for (const part of parts) {
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
