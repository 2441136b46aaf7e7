import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { DiscordControl, SandboxLocale } from './control.ts'
import { callControl } from './control-calls.ts'
import { contentType, parseJson, readBytes, sendJson } from './http.ts'
import type { World } from './world.ts'

/** Changes within this time are told to the page at once. */
const COALESCE_MS = 30
const LOCALES: SandboxLocale[] = ['en-US', 'ja', 'zh-CN']
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const require = createRequire(import.meta.url)

/** The chat page: its files, its state, its calls and its stream of changes. */
export class PageServer {
  readonly #world: World
  readonly #control: DiscordControl
  readonly #streams = new Set<ServerResponse>()
  readonly #stopListening: () => void
  #pending: NodeJS.Timeout | null = null

  constructor(world: World, control: DiscordControl) {
    this.#world = world
    this.#control = control
    this.#stopListening = world.onChange(() => this.#announceSoon())
  }

  /** Returns false when the path is none of the page's. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const route = `${request.method} ${url.pathname}`
    const file = /^GET \/page\/static\/([a-z0-9][a-z0-9.-]*)$/.exec(route)?.[1]
    if (route === 'GET /') await sendPageFile(response, 'index.html')
    else if (file !== undefined) await sendPageFile(response, file)
    else if (route === 'GET /page/state') this.#sendState(response, url.searchParams)
    else if (route === 'GET /page/events') this.#openStream(response)
    else if (route === 'POST /page/call') await this.#call(request, response)
    else return false
    return true
  }

  close(): void {
    this.#stopListening()
    if (this.#pending !== null) clearTimeout(this.#pending)
    for (const stream of this.#streams) stream.end()
  }

  #sendState(response: ServerResponse, query: URLSearchParams): void {
    const locale = LOCALES.find((one) => one === query.get('locale')) ?? 'en-US'
    const as = { userId: query.get('userId') ?? '', channelId: query.get('channelId') ?? '', locale }
    sendJson(response, 200, this.#control.state(as))
  }

  async #call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const call = parseJson((await readBytes(request)).toString('utf8'))
      const result = await callControl(this.#control, call)
      sendJson(response, 200, { ok: true, result: result ?? null })
    } catch (error) {
      sendJson(response, 200, { ok: false, error: error instanceof Error ? error.message : String(error) })
    }
  }

  #openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
    this.#announce(response)
  }

  #announceSoon(): void {
    if (this.#pending !== null || this.#streams.size === 0) return
    this.#pending = setTimeout(() => {
      this.#pending = null
      for (const stream of this.#streams) this.#announce(stream)
    }, COALESCE_MS)
  }

  #announce(stream: ServerResponse): void {
    stream.write(`data: ${JSON.stringify({ version: this.#world.version })}\n\n`)
  }
}

async function sendPageFile(response: ServerResponse, name: string): Promise<void> {
  try {
    const data = await readFile(require.resolve(`#sandbox-page/${name}`))
    response.writeHead(200, {
      'content-type': contentType(name),
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    response.end(data)
  } catch {
    sendJson(response, 404, { message: `The page has no file ${name}` })
  }
}
