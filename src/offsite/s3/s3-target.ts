import { createHash } from 'node:crypto'
import { type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Clock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'
import { errorCode } from '../../state/atomic-file.ts'
import { type OffsiteProblem, type OffsiteTarget, offsiteFailed, problemIn, type Upload } from '../target.ts'
import { codeIn, pageOf, problemOf } from './answers.ts'
import { createSigner, type S3Keys } from './sign.ts'

/** A bucket, or a folder in one. */
export interface S3Place {
  bucket: string
  /** Without slashes at its ends; empty is the bucket itself. */
  prefix: string
  region: string
  /** Where it is asked, without a path. */
  endpoint: URL
  /** Whether the bucket stands in the path of an address and not in the name of the host. */
  pathStyle: boolean
}

const ATTEMPTS = 4
const FIRST_PAUSE_MS = 500
/** One attempt takes no longer, also where a few bytes come now and then: it would be less than 5 KB a second. */
const LONGEST_MS = 3_600_000
/** What goes away by itself; anything else is the same a second later. */
const PASSING: readonly OffsiteProblem[] = ['unreachable', 'busy', 'torn']
const MOST_SOCKETS = 8
/** A page of a listing has at most 1,000 keys of at most 1,024 characters. */
const LARGEST_ANSWER = 8 * 1024 * 1024
const NOTHING = createHash('sha256').digest('hex')

interface Asked {
  method: 'PUT' | 'HEAD' | 'GET' | 'DELETE'
  /** Null asks the bucket. */
  key: string | null
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Upload
}

/** An answer that is no success. */
class Refused extends Error {
  readonly status: number
  readonly code: string | null

  constructor(status: number, code: string | null) {
    super(`${status} ${code ?? ''}`)
    this.status = status
    this.code = code
  }
}

/** What was to be sent could not be read here: no fault of the target. */
class BodyFault extends Error {
  constructor(cause: Error) {
    super('the content could not be read', { cause })
  }
}

/**
 * A bucket of S3 or of a server that speaks its language. Objects are put in one request each: those of a store have at most some
 * 16 MiB. The server is given the SHA-256 of each and refuses what came in otherwise.
 * @param options.silenceMs nothing for so long ends an attempt
 * @param options.longestMs and so does this, whatever comes
 */
export function openS3Target(
  place: S3Place,
  keys: S3Keys,
  { clock, silenceMs, longestMs = LONGEST_MS }: { clock: Clock; silenceMs: number; longestMs?: number },
): OffsiteTarget {
  const { bucket, prefix, endpoint, pathStyle } = place
  const name = `s3://${[bucket, prefix].filter((part) => part !== '').join('/')}`
  const isTls = endpoint.protocol === 'https:'
  const agent = new (isTls ? TlsAgent : PlainAgent)({ keepAlive: true, maxSockets: MOST_SOCKETS })
  const sign = createSigner(place.region, keys)
  const host = pathStyle ? endpoint.host : `${bucket}.${endpoint.host}`
  // An address of IPv6 stands in brackets in a URL only.
  const hostname = pathStyle ? endpoint.hostname.replace(/^\[|\]$/g, '') : `${bucket}.${endpoint.hostname}`
  const root = prefix === '' ? '' : `${prefix}/`

  const once = async ({ method, key, query = {}, headers = {}, body }: Asked, signal: AbortSignal) => {
    const path = pathOf(pathStyle ? bucket : null, key === null ? null : `${root}${key}`)
    const bodySha256 = body?.sha256 ?? NOTHING
    const signed = await sign({ method, host, path, query, headers, bodySha256 }, clock.now())
    if (body !== undefined) signed['content-length'] = String(body.bytes)
    const asked = (isTls ? requestTls : requestPlain)({
      ...{ method, hostname, port: endpoint.port === '' ? undefined : Number(endpoint.port), agent },
      signal: AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
      path: `${path}${queryOf(query)}`,
      headers: signed,
      timeout: silenceMs,
    })
    asked.once('timeout', () => asked.destroy(new Error(`nothing came for ${silenceMs} ms`)))
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve)
      asked.once('error', reject)
    })
    const content = body?.read()
    content?.once('error', (error) => asked.destroy(new BodyFault(error)))
    // What a server has refused already need not be sent on.
    answer.then(
      () => content?.destroy(),
      () => content?.destroy(),
    )
    if (content === undefined) asked.end()
    else content.pipe(asked)
    return await answer
  }

  const failed = (error: unknown, signal: AbortSignal): OperatorError => {
    if (signal.aborted) return new OperatorError('cancelled', {}, { cause: error })
    if (error instanceof OperatorError) return error
    if (error instanceof Refused) {
      const { status, code } = error
      return offsiteFailed(name, problemOf(status, code), {
        cause: error,
        detail: code === null ? String(status) : `${status} ${code}`,
      })
    }
    return offsiteFailed(name, 'unreachable', { cause: error, detail: errorCode(error) })
  }

  /** Asks until it is answered; `use` takes the body of a success, and 404 is one where it stands for null. */
  const ask = async <T>(
    asked: Asked,
    signal: AbortSignal,
    use: (answer: IncomingMessage | null) => Promise<T> | T,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await once(asked, signal)
        return await use(await successOf(answer, asked))
      } catch (error) {
        if (error instanceof BodyFault) throw error.cause
        const failure = failed(error, signal)
        const why = problemIn(failure)
        if (why === null || !PASSING.includes(why) || attempt === ATTEMPTS) throw failure
        await clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), signal).catch(() => undefined)
        if (signal.aborted) throw failed(error, signal)
      }
    }
  }

  return {
    name,
    async put(key, content, signal) {
      const headers = {
        'content-type': 'application/octet-stream',
        'x-amz-checksum-sha256': Buffer.from(content.sha256, 'hex').toString('base64'),
      }
      await ask({ method: 'PUT', key, headers, body: content }, signal, async (answer) => {
        await bounded(answer)
      })
    },
    head: (key, signal) =>
      ask({ method: 'HEAD', key, headers: { 'x-amz-checksum-mode': 'ENABLED' } }, signal, (answer) => {
        if (answer === null) return null
        answer.resume()
        const { 'content-length': length, etag } = answer.headers
        return {
          bytes: Number(length ?? Number.NaN),
          sha256: hexOf(answer.headers['x-amz-checksum-sha256']),
          etag: etag ?? null,
        }
      }),
    get: (key, signal) => ask({ method: 'GET', key }, signal, (answer): Readable | null => answer),
    async *list(under, signal) {
      let token: string | null = null
      do {
        const query: Record<string, string> = {
          'list-type': '2',
          'encoding-type': 'url',
          prefix: `${root}${under}`,
          ...(token === null ? {} : { 'continuation-token': token }),
        }
        const page = await ask({ method: 'GET', key: null, query }, signal, async (answer) =>
          pageOf(await bounded(answer)),
        )
        if (page === null) throw offsiteFailed(name, 'refused', { detail: 'no listing' })
        for (const object of page.objects)
          if (object.key.startsWith(root)) yield { ...object, key: object.key.slice(root.length) }
        token = page.next
      } while (token !== null)
    },
    delete: (key, signal) =>
      ask({ method: 'DELETE', key }, signal, (answer) => {
        answer?.resume()
      }),
  }
}

/** An answer that is a success, or null where it says that there is no such object. @throws Refused */
async function successOf(answer: IncomingMessage, { method, key }: Asked): Promise<IncomingMessage | null> {
  const status = answer.statusCode ?? 0
  if (status >= 200 && status < 300) return answer
  const code = codeIn(await bounded(answer))
  const isMissing = status === 404 && code !== 'NoSuchBucket' && key !== null && method !== 'PUT'
  if (isMissing) return null
  throw new Refused(status, code)
}

function pathOf(bucket: string | null, key: string | null): string {
  const parts = [...(bucket === null ? [] : [bucket]), ...(key === null ? [] : key.split('/'))]
  return `/${parts.map(escaped).join('/')}`
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`
}

/** As RFC 3986 escapes, which the signature is made over. */
function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** A checksum over parts ends with their number and says nothing of the whole. */
function hexOf(base64: string | string[] | undefined): string | null {
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]{43}=$/.test(base64)) return null
  return Buffer.from(base64, 'base64').toString('hex')
}

async function bounded(answer: IncomingMessage | null): Promise<string> {
  if (answer === null) return ''
  let bytes = 0
  answer.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > LARGEST_ANSWER) answer.destroy(new Error('the answer is too large'))
  })
  return await text(answer)
}
