import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError } from './api-error.ts'
import type { Upload } from './attachments.ts'
import { asRecord } from './json.ts'

/** Discord's limit for one request. */
const MAX_REQUEST_BYTES = 25 * 1024 * 1024

/**
 * True when a request was addressed to this machine by name and, if a browser sent it, comes from a page of this server.
 * Keeps a web page elsewhere from reaching the emulator by a name that it lets resolve to 127.0.0.1.
 */
export function isLocalRequest(request: IncomingMessage): boolean {
  const { host, origin } = request.headers
  if (host === undefined || !isLoopbackName(host)) return false
  return origin === undefined || origin === `http://${host}`
}

function isLoopbackName(host: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(host)
}

/** @throws ApiError 40005 over 25 MiB. */
export async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk)
  }
  if (length > MAX_REQUEST_BYTES) throw new ApiError(413, 40005, 'Request entity too large')
  return Buffer.concat(chunks)
}

export interface ParsedBody {
  body: unknown
  uploads: Upload[]
}

/**
 * The JSON body, or `payload_json` and `files[n]` of a multipart one.
 * @throws ApiError 50109 for what is not JSON.
 */
export async function parseBody(request: IncomingMessage, bytes: Buffer): Promise<ParsedBody> {
  if (bytes.length === 0) return { body: null, uploads: [] }
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return { body: parseJson(bytes.toString('utf8')), uploads: [] }
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData()
  const uploads: Upload[] = []
  for (const [field, value] of form.entries()) {
    const key = /^files\[(\d+)\]$/.exec(field)?.[1]
    if (key === undefined || typeof value === 'string') continue
    const data = Buffer.from(await value.arrayBuffer())
    uploads.push({ key, name: value.name, contentType: contentType(value.name, value.type), data })
  }
  const json = form.get('payload_json')
  return { body: typeof json === 'string' ? parseJson(json) : {}, uploads }
}

/** The fields of a form that was posted as browsers post one; null for every other body. */
export function formOf(request: IncomingMessage, method: string, bytes: Buffer): URLSearchParams | null {
  const type = request.headers['content-type'] ?? ''
  if (method !== 'POST' || !type.startsWith('application/x-www-form-urlencoded')) return null
  return new URLSearchParams(bytes.toString('utf8'))
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 50109, 'The request body contains invalid JSON.')
  }
}

const TYPES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  log: 'text/plain; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  woff2: 'font/woff2',
}

/** By the file's ending; `fallback` when that says nothing. */
export function contentType(name: string, fallback = 'application/octet-stream'): string {
  return TYPES[name.split('.').at(-1)?.toLowerCase() ?? ''] ?? (fallback || 'application/octet-stream')
}

/** A 204 carries no content type: discord.js would try to parse its empty body. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  if (status === 204 || body === undefined) {
    response.writeHead(status, headers)
    response.end()
    return
  }
  response.writeHead(status, { ...headers, 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** What a log of calls keeps of a body. */
export function loggedBody(body: unknown): Record<string, unknown> | unknown[] | null {
  return Array.isArray(body) ? body : (asRecord(body) ?? null)
}
