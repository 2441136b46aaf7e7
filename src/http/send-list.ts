import { randomBytes } from 'node:crypto'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { NodeList } from '../operations/list-nodes.ts'
import type { NodeRow } from '../operations/node-row.ts'
import { type Exchange, headersOf, isHead } from './exchange.ts'
import { type Compressed, compress, gzipWith, takesGzip } from './gzip-pieces.ts'

/** The begin of an answer with its data, as it is sent, and what tells it from every other. */
interface Sent {
  bytes: Buffer
  etag: string
  /** Made when the first reader takes it so. */
  compressed?: Promise<Compressed>
}

/** A row belongs to its snapshot and never changes: a new list is made of texts that are there already. */
const texts = new WeakMap<NodeRow, string>()
const sent = new WeakMap<NodeList, Sent>()
const run = randomBytes(9).toString('base64url')
let made = 0

/**
 * Answers with a list. One that was sent before goes out as it is: nothing of it is made or copied again. A program that names
 * the list that it has is told that it still holds, without it.
 */
export async function sendList(
  c: Exchange,
  envelope: object,
  { list, status }: { list: NodeList; status: ContentfulStatusCode },
): Promise<Response> {
  const known = sentOf(list)
  const { bytes, etag } = known
  c.header('ETag', etag)
  c.header('Vary', 'Accept-Encoding')
  const had = (c.req.header('if-none-match') ?? '').split(',').map((one) => one.trim())
  if (status === 200 && had.includes(etag)) return c.body(null, 304)
  // The list comes first: what is the same for all who ask has been compressed and summed up already.
  const behind = Buffer.from(`,${JSON.stringify({ ...envelope, data: undefined }).slice(1)}`)
  c.header('Content-Type', 'application/json')
  let pieces: readonly Uint8Array[] = [bytes, behind]
  if (takesGzip(c.req.header('accept-encoding'))) {
    c.header('Content-Encoding', 'gzip')
    known.compressed ??= compress(bytes)
    pieces = gzipWith(await known.compressed, behind)
  }
  return isHead(c) ? c.body(new Uint8Array(Buffer.concat(pieces)), status) : sendPieces(c, status, pieces)
}

function sentOf(list: NodeList): Sent {
  const known = sent.get(list)
  if (known) return known
  const { rows, ...rest } = list
  const text = `{"data":{"rows":[${rows.map(rowText).join(',')}],${JSON.stringify(rest).slice(1)}`
  made += 1
  const now: Sent = { bytes: Buffer.from(text), etag: `W/"${run}-${made}"` }
  sent.set(list, now)
  return now
}

function rowText(row: NodeRow): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const text = JSON.stringify(row)
  texts.set(row, text)
  return text
}

/** As one write, and not through a body of the web's kind, which is one copy: of a large list that is what an answer costs. */
function sendPieces(c: Exchange, status: ContentfulStatusCode, pieces: readonly Uint8Array[]): Response {
  const { outgoing } = c.env
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  outgoing.writeHead(status, {
    ...headersOf(c, status),
    'content-length': length,
  })
  outgoing.cork()
  for (const piece of pieces) outgoing.write(piece)
  outgoing.end()
  return RESPONSE_ALREADY_SENT
}
