import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createControl } from './actions.ts'
import { buildWorld, type Ids, type WorldOptions } from './build-world.ts'
import { sendCdnFile } from './cdn.ts'
import type {
  As,
  DiscordControl,
  GatewayCounts,
  GatewayFault,
  MessageView,
  Refusal,
  RestFault,
} from './control.ts'
import { Gateway } from './gateway.ts'
import { isLocalRequest, sendJson } from './http.ts'
import { stopInteractions } from './interaction.ts'
import { createMessage, PLAIN_ORIGIN } from './messages.ts'
import { OAuth } from './oauth.ts'
import { OAuthPage } from './oauth-page.ts'
import { PageServer } from './page-server.ts'
import { isExpected, type RefusalMatch, unexpectedRefusals } from './refusals.ts'
import { RestServer } from './rest-server.ts'
import { messageView } from './views.ts'
import { waitUntil } from './wait-until.ts'
import type { RestCall, World } from './world.ts'

export interface DiscordOptions extends WorldOptions {
  /** Serves the chat page at `pageUrl`. On by default. */
  page?: boolean
  /** 0, the default, takes any free port. */
  port?: number
  /** Sends and enforces rate-limit headers on messages. On by default. */
  rateLimits?: boolean
  /** Milliseconds between heartbeats that clients are told. */
  heartbeatMs?: number
  /** Privileged intents that the application may use, as bits; none by default. */
  privilegedIntents?: number
  /** Milliseconds that Discord wants between two identifies (5,000); 0, the default, takes them as they come. */
  identifyEveryMs?: number
  /** Identifies in a day after which the token is replaced; 1,000 by default. */
  identifiesPerDay?: number
  /** What its application proves itself with when people sign in; without one nobody can. */
  clientSecret?: string
}

export interface DiscordSandbox {
  /** For `new Client({ rest: { api: apiUrl } })`. */
  apiUrl: string
  pageUrl: string
  ids: Ids
  control: DiscordControl
  faults: {
    rest(rule: RestFault): void
    gateway(fault: GatewayFault): void
    clear(): void
  }
  /** Signing in with an account: what the developer portal and a person do, and what it left. */
  oauth: {
    /** Lets people be sent back to an address. */
    allowRedirect(url: string): void
    /** Somebody looks at the page to which `address` leads, and agrees or not. Returns where their browser is sent. */
    authorise(userId: string, address: string, agrees?: boolean): string
    /** Tokens that still open something. */
    liveTokens(): number
  }
  /** A person writes an ordinary message. */
  say(as: As, content: string): MessageView
  refusals(): Refusal[]
  /** Refusals that match do not make `close` fail, whether they came already or come later. */
  expectRefusal(match: RefusalMatch): void
  /** The first truthy value of `read`; asked again after every change. Rejects after `ms` real milliseconds. */
  until<T>(read: () => T, ms?: number): Promise<NonNullable<T>>
  /** Resolves when a bot has identified. */
  botReady(ms?: number): Promise<void>
  gatewayCounts(): GatewayCounts
  /** Every REST call so far, in order. */
  requests(): RestCall[]
  /** Stops everything. Rejects, after that, when a request was refused that no one expected. */
  close(): Promise<void>
}

/** Starts an emulated Discord with one guild and one bot on the loopback interface. */
export async function startDiscord(options: DiscordOptions): Promise<DiscordSandbox> {
  const { world, ids } = buildWorld(options)
  const control = createControl(world)
  let origin = ''
  const gatewayUrl = () => `${origin.replace('http', 'ws')}/gw`
  const gateway = new Gateway(world, {
    heartbeatMs: options.heartbeatMs ?? 41_250,
    privilegedIntents: options.privilegedIntents ?? 0,
    url: gatewayUrl,
    identifyEveryMs: options.identifyEveryMs ?? 0,
    identifiesPerDay: options.identifiesPerDay ?? 1_000,
  })
  const gatewayInfo = () => ({
    url: gatewayUrl(),
    shards: 1,
    session_start_limit: gateway.sessionStarts(),
  })
  const oauth = new OAuth(world, options.clientSecret ?? null)
  const rest = new RestServer(world, oauth, gatewayInfo, options.rateLimits ?? true)
  const signIn = new OAuthPage(world, oauth)
  const page = options.page === false ? null : new PageServer(world, control)
  const server = createServer((request, response) => {
    route(world, { rest, signIn, page }, request, response).catch(() => response.destroy())
  })
  server.on('upgrade', (request, socket, head) => {
    if (isLocalRequest(request) && request.url?.startsWith('/gw')) gateway.upgrade(request, socket, head)
    else socket.destroy()
  })
  origin = await listen(server, options.port ?? 0)
  world.cdnUrl = `${origin}/cdn`
  const expected: RefusalMatch[] = []

  return {
    apiUrl: `${origin}/api`,
    pageUrl: `${origin}/`,
    ids,
    control,
    faults: {
      rest: (rule) => rest.faults.add(rule),
      gateway: (fault) => gateway.fault(fault),
      clear() {
        rest.faults.clear()
        gateway.clearFaults()
      },
    },
    oauth: {
      allowRedirect: (url) => void world.redirects.add(url),
      authorise: (userId, address, agrees) => oauth.authorise(userId, new URL(address).searchParams, agrees),
      liveTokens: () => oauth.liveTokens(),
    },
    say: (as, content) => say(world, as, content),
    refusals: () => [...world.refusals],
    expectRefusal: (match) => void expected.push(match),
    until: (read, ms = 15_000) => waitUntil(world, read, ms),
    async botReady(ms = 15_000) {
      await waitUntil(world, () => world.botOnline, ms)
    },
    gatewayCounts: () => gateway.counts(),
    requests: () => [...world.calls],
    async close() {
      stopInteractions(world)
      rest.close()
      page?.close()
      gateway.close()
      await stop(server)
      const surprises = world.refusals.filter((one) => !expected.some((match) => isExpected(one, match)))
      if (surprises.length > 0) throw unexpectedRefusals(surprises)
    },
  }
}

async function route(
  world: World,
  { rest, signIn, page }: { rest: RestServer; signIn: OAuthPage; page: PageServer | null },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLocalRequest(request)) return sendJson(response, 403, { message: 'Only for this machine' })
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (url.pathname.startsWith('/api/')) return rest.handle(request, response, url)
  if (await signIn.handle(request, response, url)) return
  if (sendCdnFile(world, response, url.pathname)) return
  if (await page?.handle(request, response, url)) return
  sendJson(response, 404, { message: '404: Not Found', code: 0 })
}

function say(world: World, as: As, content: string): MessageView {
  const channel = world.channels.get(as.channelId)
  if (channel === undefined) throw new Error(`There is no channel ${as.channelId}`)
  const input = { body: { content }, uploads: [] }
  return messageView(world, createMessage(world, channel, input, { ...PLAIN_ORIGIN, authorId: as.userId }))
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
