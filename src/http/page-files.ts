import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Exchange } from './exchange.ts'
import { joinPage } from './join-page.ts'

/** What the page may do: run and fetch what comes from its own address, and nothing else. No script or style stands in a document. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // Nothing that a node or a person says can become part of the document's code, also by mistake of ours.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}
const NAME = /^[a-z0-9][a-z0-9.-]{0,63}\.([a-z0-9]+)$/
const INDEX = 'index.html'

/** Something that is served as it is, in the forms that browsers take. */
export interface Served {
  type: string
  etag: string
  plain: Uint8Array<ArrayBuffer>
  br: Uint8Array<ArrayBuffer>
  gzip: Uint8Array<ArrayBuffer>
}

/** The files of the page: a list that is closed when it is read. No path of a request ever reaches the disk. */
export interface PageFiles {
  index: Served
  /** By their names, without folders; the index is not among them. */
  files: ReadonlyMap<string, Served>
}

/** Where the page lies: beside this file as source, beside the program when it is built. */
const FOLDER = new URL('./page/', import.meta.url)

function typeOf(name: string): string | undefined {
  return TYPES[NAME.exec(name)?.[1] ?? '']
}

/** Reads the page. @throws Error when it is not there */
export async function readPageFiles(folder: URL = FOLDER): Promise<PageFiles> {
  const texts = new Map<string, string>()
  for (const name of readdirSync(folder))
    if (typeOf(name) !== undefined) texts.set(name, readFileSync(new URL(name, folder), 'utf8'))
  const files = new Map<string, Served>()
  for (const [name, text] of joinPage(texts)) {
    const type = typeOf(name)
    if (type !== undefined) files.set(name, await served(type, Buffer.from(text)))
  }
  const index = files.get(INDEX)
  if (!index) throw new Error(`the page has no ${INDEX}`)
  files.delete(INDEX)
  return { index, files }
}

/** Compresses once what is sent often. */
export async function served(type: string, content: Uint8Array): Promise<Served> {
  const [br, zipped] = await Promise.all([
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
    promisify(gzip)(content),
  ])
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  return {
    type,
    etag,
    plain: Uint8Array.from(content),
    br: Uint8Array.from(br),
    gzip: Uint8Array.from(zipped),
  }
}

/** Answers with what is served, or that the browser has it already. It is asked for each time, so that an update is seen. */
export function serve(c: Exchange, { type, etag, ...forms }: Served): Response {
  c.header('ETag', etag)
  c.header('Cache-Control', 'no-cache')
  c.header('Vary', 'Accept-Encoding')
  const had = (c.req.header('if-none-match') ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''))
  if (had.includes(etag)) return c.body(null, 304)
  const taken = c.req.header('accept-encoding') ?? ''
  const form = /\bbr\b/.test(taken) ? 'br' : /\bgzip\b/.test(taken) ? 'gzip' : 'plain'
  c.header('Content-Type', type)
  if (form !== 'plain') c.header('Content-Encoding', form)
  return c.body(forms[form])
}
