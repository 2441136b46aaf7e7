import { OVER } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import type { EventStream } from './event-stream.ts'
import { createGzipPieces } from './gzip-pieces.ts'
import { pieces, SharedPiece } from './pieces.ts'

/** Who takes nothing for so long is no reader. */
const SLOW_MS = 30_000
/** What is handed on by itself costs more than to copy so much. */
const WORTHWHILE_BYTES = 16 * 1024
const ENCODER = new TextEncoder()

/** One event of a stream. Its data is JSON without line breaks, in parts that are put together while it is written. */
export interface OutgoingEvent {
  name: string
  data: Iterable<string | SharedPiece>
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

/** @param options.gzip whether its pieces are compressed; its head has to say so */
export function createEventWriter(
  clock: Clock,
  stream: EventStream,
  { gzip = false }: { gzip?: boolean } = {},
): EventWriter {
  const compressed = createGzipPieces()
  async function bytesOf(piece: string | SharedPiece): Promise<Uint8Array> {
    const isShared = piece instanceof SharedPiece
    if (gzip) return compressed(isShared ? await piece.blocks() : ENCODER.encode(piece))
    return isShared ? piece.plain : ENCODER.encode(piece)
  }

  async function send(all: Iterable<string | SharedPiece>): Promise<void> {
    let kept: Uint8Array[] = []
    let size = 0
    const give = async () => {
      if (size === 0 || stream.aborted) return
      const taken = stream.write(Buffer.concat(kept))
      kept = []
      size = 0
      if (taken !== null) await patiently(taken)
    }
    for (const piece of all) {
      if (stream.aborted) return
      const bytes = await bytesOf(piece)
      kept.push(bytes)
      size += bytes.length
      if (size >= WORTHWHILE_BYTES) await give()
    }
    await give()
  }

  /** Most of what is written is taken at once: only what is not needs a timer. */
  async function patiently(taken: Promise<void>): Promise<void> {
    const over = new AbortController()
    const late = clock.sleep(SLOW_MS, over.signal).then(
      () => stream.cut(),
      () => undefined,
    )
    await Promise.race([taken, late])
    over.abort(OVER)
  }

  return {
    write: (event) => send(pieces(partsOf(event))),
    beat: () => send([': \n\n']),
  }
}

function* partsOf({ name, data, id }: OutgoingEvent): Iterable<string | SharedPiece> {
  yield `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: `
  yield* data
  yield '\n\n'
}
