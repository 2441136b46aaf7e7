/** A stand-in for the control server: the page's endpoints over a scripted world, without a bot. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, extname } from 'node:path'
import type {
  As,
  InteractionView,
  MessageView,
  PageState,
  Refusal,
  SandboxLocale,
} from '../../../src/sandbox/discord/control.ts'
import { CHANNELS, commands, IDS, interaction, ROLES, restartForm, snowflakeAt, USERS } from './fixtures.ts'

const PAGE = new URL('../../../src/sandbox/page/', import.meta.url)
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const CHART = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 520 150" width="520" height="150"><rect width="520" height="150" fill="#0a0d11"/><path d="M0 120 60 112 120 118 180 90 240 96 300 60 360 72 420 34 480 48 520 40V150H0Z" fill="#3fc9a730"/><path d="M0 120 60 112 120 118 180 90 240 96 300 60 360 72 420 34 480 48 520 40" fill="none" stroke="#3fc9a7" stroke-width="3"/></svg>`
const LOG =
  '12:01:07 gateway listening on 18789\n12:03:40 context of main at 92 %\n12:04:12 provider timed out\n'

type Params = [As, ...unknown[]]

export interface Stub {
  url: string
  calls: { method: string; params: Params }[]
  /** Changed in place; `touch` tells the page. */
  world: {
    botOnline: boolean
    users: PageState['users']
    messages: MessageView[]
    interactions: InteractionView[]
    refusals: Refusal[]
  }
  touch(): void
  /** What the next call of a method answers; a thrown error becomes `ok: false`. */
  answer: Map<string, (...params: Params) => unknown>
  /** Ends every event stream and refuses new ones until told otherwise. */
  cutEvents(refuse: boolean): void
  close(): Promise<void>
}

export async function startStub(port = 0): Promise<Stub> {
  let version = 1
  let refuseEvents = false
  const streams = new Set<ServerResponse>()
  const stub: Stub = {
    url: '',
    calls: [],
    world: { botOnline: true, users: structuredClone(USERS), messages: [], interactions: [], refusals: [] },
    answer: new Map(),
    touch() {
      version += 1
      for (const stream of streams) stream.write(`data: ${JSON.stringify({ version })}\n\n`)
    },
    cutEvents(refuse) {
      refuseEvents = refuse
      for (const stream of streams) stream.destroy()
      streams.clear()
    },
    close: () =>
      new Promise((resolve) => {
        for (const stream of streams) stream.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  function state(userId: string, locale: SandboxLocale, channelId: string): PageState {
    const { world } = stub
    return {
      version,
      guildName: 'Demo Fleet',
      botOnline: world.botOnline,
      botName: 'Ops Bot',
      users: world.users,
      roles: ROLES,
      channels: CHANNELS,
      commands: commands(
        locale in { 'en-US': 1, ja: 1, 'zh-CN': 1 } ? locale : 'en-US',
        userId === IDS.admin,
      ),
      messages: world.messages.filter(
        (one) =>
          one.channelId === channelId && (!one.ephemeral || userId === (one.invokedBy?.userId ?? IDS.admin)),
      ),
      interactions: world.interactions.filter((one) => one.userId === userId && one.channelId === channelId),
      refusals: world.refusals,
      now: Date.now(),
    }
  }

  function begin(as: As, more: Partial<InteractionView>): InteractionView {
    const made = interaction({
      id: snowflakeAt(Date.now(), 1),
      userId: as.userId,
      channelId: as.channelId,
      ...more,
    })
    stub.world.interactions.push(made)
    stub.touch()
    return made
  }

  const methods: Record<string, (...params: Params) => unknown> = {
    slash: (as, path) => begin(as, { label: `/${(path as string[]).join(' ')}` }),
    autocomplete: (_as, _path, options, focused) => {
      const typed = String((options as Record<string, unknown>)[String(focused)] ?? '')
      return ['kyoto-1', 'osaka-2', 'tokyo-1']
        .filter((name) => name.includes(typed))
        .map((name) => ({ name: `${name} · serving`, value: name }))
    },
    click: (as, _messageId, customId) => {
      const made = begin(as, { kind: 'component', label: String(customId) })
      if (String(customId).startsWith('v1|restart')) {
        made.state = 'answered'
        made.modal = restartForm()
        stub.touch()
      }
      return made
    },
    select: (as, _messageId, customId) => begin(as, { kind: 'component', label: String(customId) }),
    submit: (as, id) => {
      stub.world.interactions = stub.world.interactions.filter((one) => one.id !== id)
      return begin(as, { kind: 'modal', label: 'Retire osaka-2' })
    },
    dismissModal: (_as, id) => {
      stub.world.interactions = stub.world.interactions.filter((one) => one.id !== id)
      stub.touch()
      return null
    },
  }

  async function call(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
      method: string
      params: Params
    }
    stub.calls.push({ method, params })
    try {
      const run = stub.answer.get(method) ?? methods[method]
      if (run === undefined) throw new Error(`no method ${method}`)
      json(response, { ok: true, result: (await run(...params)) ?? null })
    } catch (error) {
      json(response, { ok: false, error: (error as Error).message })
    }
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://stub')
    void route(url, request, response).catch(() => response.destroy())
  })

  async function route(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (url.pathname === '/page/call') return call(request, response)
    if (url.pathname === '/page/state') {
      const query = (name: string) => url.searchParams.get(name) ?? ''
      return json(response, state(query('userId'), query('locale') as SandboxLocale, query('channelId')))
    }
    if (url.pathname === '/page/events') {
      if (refuseEvents) return send(response, 503, 'text/plain', 'no')
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      response.write(`data: ${JSON.stringify({ version })}\n\n`)
      streams.add(response)
      response.on('close', () => streams.delete(response))
      return
    }
    if (url.pathname === '/cdn/load.svg') return send(response, 200, 'image/svg+xml', CHART)
    if (url.pathname.startsWith('/cdn/')) return send(response, 200, 'text/plain; charset=utf-8', LOG)
    const file = url.pathname === '/' ? 'index.html' : basename(url.pathname)
    const body = await readFile(new URL(file, PAGE)).catch(() => null)
    if (body === null) return send(response, 404, 'text/plain', 'not found')
    send(response, 200, TYPES[extname(file)] ?? 'application/octet-stream', body)
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return stub
}

function json(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', JSON.stringify(value))
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}
