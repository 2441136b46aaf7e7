import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What a bucket holds. `sha256` is what came with the request, in base64; null where none did. */
export interface KeptObject {
  bytes: Buffer
  sha256: string | null
  etag: string
  storedAt: number
}

/** What the server does in place of an answer, for requests that a test picks. */
export type Fault =
  | { status: number; code: string }
  /** Ends the connection before anything is answered. */
  | 'cut'
  /** Begins the content and ends the connection in the middle of it. */
  | 'cut-content'
  /** Answers nothing at all. */
  | 'silent'
  /** Sends a byte of the content now and then. */
  | 'trickle'
  /** Says that it stored all of it, and keeps half. */
  | 'keep-half'

export interface Seen {
  method: string
  key: string
}

/** A server of S3: one bucket in memory, the signature and both checksums of each request looked at. */
export interface S3Server {
  endpoint: URL
  keys: { accessKeyId: string; secretAccessKey: string }
  objects: Map<string, KeptObject>
  /** Every request that was signed rightly. */
  seen: Seen[]
  /** Asked before each request is done. */
  fault: (request: Seen) => Fault | null
  /** Whether it keeps and tells checksums, as many servers do not. */
  keepsChecksums: boolean
  /** How far its clock is off. Milliseconds. */
  clockOff: number
  /** The most objects that one page of a listing has. */
  pageSize: number
  /** Bytes that the bucket may have. */
  quota: number
}

const REGION = 'us-east-1'
const MOST_SKEW_MS = 15 * 60_000

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string) => createHmac('sha256', key).update(data).digest()

/** Starts one with the bucket `backups`; it ends with the test. */
export async function startS3(): Promise<S3Server> {
  const { server, close } = await openS3()
  onTestFinished(close)
  return server
}

/** Starts one that ends when it is closed. */
export async function openS3(): Promise<{ server: S3Server; close(): Promise<void> }> {
  const server: S3Server = {
    endpoint: new URL('http://127.0.0.1'),
    keys: { accessKeyId: 'AKIDEXAMPLE0', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+secret' },
    objects: new Map(),
    seen: [],
    fault: () => null,
    keepsChecksums: true,
    clockOff: 0,
    pageSize: 1_000,
    quota: Number.POSITIVE_INFINITY,
  }
  const http = createServer((request, response) => {
    answer(server, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  server.endpoint = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
  const close = async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  return { server, close }
}

async function answer(server: S3Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', server.endpoint)
  const [, bucket, ...rest] = url.pathname.split('/').map(decodeURIComponent)
  const seen = { method: request.method ?? '', key: rest.join('/') }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const refuse = (status: number, code: string) => {
    const text = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${server.keys.accessKeyId}</Message></Error>`
    response.writeHead(status, { 'content-type': 'application/xml' })
    response.end(request.method === 'HEAD' ? undefined : text)
  }
  const wrong = wrongSignature(server, request, url, body)
  if (wrong !== null) return refuse(wrong === 'XAmzContentSHA256Mismatch' ? 400 : 403, wrong)
  if (bucket !== 'backups') return refuse(404, 'NoSuchBucket')
  server.seen.push(seen)
  const fault = server.fault(seen)
  if (fault === 'silent') return
  if (fault === 'cut') return void request.socket.destroy()
  if (fault !== null && typeof fault === 'object') return refuse(fault.status, fault.code)
  const object = server.objects.get(seen.key)
  if (seen.key === '') return list(server, url, response)
  if (seen.method === 'PUT') {
    const told = request.headers['x-amz-checksum-sha256']
    if (told !== undefined && told !== createHash('sha256').update(body).digest('base64'))
      return refuse(400, 'BadDigest')
    const taken = [...server.objects.values()].reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (taken + body.length > server.quota) return refuse(507, 'QuotaExceeded')
    server.objects.set(seen.key, {
      bytes: fault === 'keep-half' ? body.subarray(0, body.length >> 1) : body,
      sha256: typeof told === 'string' ? told : null,
      etag: `"${createHash('md5').update(body).digest('hex')}"`,
      storedAt: Date.now() + server.clockOff,
    })
    response.end()
  } else if (seen.method === 'DELETE') {
    server.objects.delete(seen.key)
    response.writeHead(204).end()
  } else if (object === undefined) refuse(404, 'NoSuchKey')
  else {
    response.writeHead(200, {
      'content-length': object.bytes.length,
      etag: object.etag,
      ...(server.keepsChecksums &&
      object.sha256 !== null &&
      request.headers['x-amz-checksum-mode'] === 'ENABLED'
        ? { 'x-amz-checksum-sha256': object.sha256 }
        : {}),
    })
    if (seen.method === 'HEAD') response.end()
    else if (fault === 'trickle') {
      let at = 0
      const timer = setInterval(() => response.write(object.bytes.subarray(at, ++at)), 5)
      response.once('close', () => clearInterval(timer))
    } else if (fault === 'cut-content') {
      response.write(object.bytes.subarray(0, object.bytes.length >> 1))
      setImmediate(() => request.socket.destroy())
    } else response.end(object.bytes)
  }
}

function list(server: S3Server, url: URL, response: ServerResponse): void {
  const prefix = url.searchParams.get('prefix') ?? ''
  const after = url.searchParams.get('continuation-token') ?? ''
  const found = [...server.objects]
    .filter(([key]) => key.startsWith(prefix) && key > after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const page = found.slice(0, server.pageSize)
  const contents = page.map(
    ([key, { bytes, storedAt }]) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${new Date(storedAt).toISOString()}</LastModified><Size>${bytes.length}</Size></Contents>`,
  )
  const isCut = page.length < found.length
  const next = isCut ? `<NextContinuationToken>${page.at(-1)?.[0]}</NextContinuationToken>` : ''
  response.end(
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isCut}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`,
  )
}

/** Signature Version 4 by its description, apart from any library. Null when all is right, else the code of S3. */
function wrongSignature(server: S3Server, request: IncomingMessage, url: URL, body: Buffer): string | null {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  if (given === null) return 'AccessDenied'
  const [, id, day = '', region = '', names = '', signature] = given
  if (id !== server.keys.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== REGION) return 'AuthorizationHeaderMalformed'
  const stamp = String(request.headers['x-amz-date'])
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(at - (Date.now() + server.clockOff)) <= MOST_SKEW_MS)) return 'RequestTimeTooSkewed'
  const content = String(request.headers['x-amz-content-sha256'])
  const signed = names.split(';')
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => signed.includes(name)))
    return 'SignatureDoesNotMatch'
  const pairs = [...url.searchParams].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  )
  const canonical = [
    request.method,
    url.pathname,
    pairs.sort().join('&'),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    names,
    content,
  ].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n')
  const key = [region, 's3', 'aws4_request'].reduce(
    (made, part) => hmac(made, part),
    hmac(`AWS4${server.keys.secretAccessKey}`, day),
  )
  if (hmac(key, toSign).toString('hex') !== signature) return 'SignatureDoesNotMatch'
  return content === sha256(body) ? null : 'XAmzContentSHA256Mismatch'
}
