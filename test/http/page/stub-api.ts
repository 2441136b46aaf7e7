/** A stand-in for the API: the page's files and routes over a scripted fleet, without a bot. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PAGE_POLICY, readPageFiles } from '../../../src/http/page-files.ts'
import { CATALOGUE } from '../../../src/text/catalogue.ts'

export interface Asked {
  path: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  body: any
  headers: IncomingMessage['headers']
}

/** A status and a body, or null to end the connection without an answer. */
type Answer = readonly [status: number, body: unknown] | null

export interface StubApi {
  url: string
  asked: Asked[]
  world: {
    now: number
    rows: Row[]
    incidents: object[]
    me: object | null
    /** What a path answers instead. */
    answers: Map<string, (asked: Asked) => Answer>
  }
  /** Sends an event to every open page. */
  send(event: string, data: object): void
  /** Ends every stream and refuses new ones, or takes them again. */
  cut(refuse: boolean): void
  close(): Promise<void>
}

export type Row = ReturnType<typeof row>

const NOW = Date.parse('2026-03-01T12:00:00Z')

const fresh = <T>(value: T) => ({ freshness: 'fresh', value, source: 'rpc', observedAt: NOW - 5_000 })
const unread = {
  freshness: 'unknown',
  value: null,
  source: null,
  observedAt: NOW,
  reason: { code: 'connect-refused' },
}

/** A node that serves; `more` is what is different about it. */
export function row(id: string, more: object = {}) {
  return {
    id,
    name: id,
    tags: ['prod'] as readonly string[],
    recordState: 'active',
    stateReason: null as string | null,
    maintenance: null,
    state: 'serving',
    reason: null as object | null,
    agents: fresh<unknown>(2) as object,
    sessions: fresh<unknown>(3) as object,
    fullest: fresh<unknown>({ agentId: 'main', sessionKey: 'agent:main:main', usablePercent: 41 }) as object,
    version: fresh<unknown>('2026.9.6') as object,
    backupAt: fresh<unknown>(NOW - 7_200_000) as object,
    levels: { context: null as string | null, disk: null },
    anomalies: [] as object[],
    incidents: [] as object[],
    observedAt: NOW - 180_000,
    freshness: 'cached',
    pending: false,
    tookMs: 10,
    ...more,
  }
}

/** A node that cannot be reached: nothing of it is known. */
export function goneRow(id: string, more: object = {}) {
  const unknown = { agents: unread, sessions: unread, fullest: unread, version: unread }
  return row(id, { state: 'unreachable', reason: { code: 'connect-refused' }, ...unknown, ...more })
}

/** An open incident of a session. */
export function incident(id: string, node: string, more: object = {}) {
  const session = 'agent:main:main'
  const params = {
    agent: 'main',
    session,
    model: 'claude',
    used: 160_000,
    window: 200_000,
    reserve: 30_000,
    headroom: 10_000,
    percent: 94,
  }
  return {
    id,
    topic: 'context',
    subject: { nodeId: node, agentId: 'main', sessionKey: session },
    state: 'open',
    level: 'critical',
    cause: 'context-level',
    params,
    openedAt: NOW - 600_000,
    acknowledged: null,
    snoozed: null,
    paused: null,
    timeline: [{ at: NOW - 600_000, kind: 'opened', level: 'critical', by: null, params }],
    revision: 1,
    ...more,
  }
}

export async function startStubApi(): Promise<StubApi> {
  const streams = new Set<ServerResponse>()
  let refusing = false
  const me = {
    person: { name: 'Ada' },
    level: 'admin',
    tags: null,
    grants: [{ level: 'admin', tags: null }],
    operations: null,
    language: 'en',
  }
  const stub: StubApi = {
    url: '',
    asked: [],
    world: { now: NOW, rows: [], incidents: [], me, answers: new Map() },
    send(event, data) {
      for (const stream of streams)
        stream.write(`event: ${event}\ndata: ${JSON.stringify({ serverTime: stub.world.now, ...data })}\n\n`)
    },
    cut(refuse) {
      refusing = refuse
      for (const stream of streams) stream.destroy()
      streams.clear()
    },
    async close() {
      for (const stream of streams) stream.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  const envelope = (operation: string, data: unknown) => ({
    schema: 'ocm/1',
    operation,
    outcome: 'done',
    operationId: 'op',
    data,
  })
  const hello = () => ({
    serverTime: new Date(stub.world.now).toISOString(),
    me: stub.world.me,
    fleet: { rows: stub.world.rows, removed: [], total: stub.world.rows.length, retired: 0, maintenance: 0 },
    incidents: { incidents: stub.world.incidents, mutes: [] },
    runs: [],
  })
  const usual: Record<string, () => unknown> = {
    '/me': () => ({ ...stub.world.me, serverTime: new Date(stub.world.now).toISOString(), version: '1' }),
    '/nodes': () => envelope('list-nodes', { rows: stub.world.rows }),
    '/operations/list-incidents': () =>
      envelope('list-incidents', { incidents: stub.world.incidents, mutes: [] }),
    '/operations/list-backups': () => envelope('list-backups', { backups: [backup()] }),
    '/operations/list-sessions': () =>
      envelope('list-sessions', { sessions: [session()], reason: null, limitedTo: null }),
    '/logout': () => ({}),
  }

  async function api(request: IncomingMessage, response: ServerResponse, path: string) {
    const body = await bodyOf(request)
    const asked = { path, body, headers: request.headers }
    stub.asked.push(asked)
    const answer = stub.world.answers.get(path)?.(asked)
    if (answer === null) return request.socket.destroy()
    if (answer) return json(response, ...answer)
    if (path.startsWith('/texts/')) return json(response, 200, { texts: textsOf(path) })
    if (stub.world.me === null) return json(response, 401, { code: 'not-signed-in', title: 'Not signed in' })
    if (path === '/stream') {
      if (refusing) return request.socket.destroy()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`retry: 100\nevent: hello\ndata: ${JSON.stringify(hello())}\n\n`)
      streams.add(response)
      request.on('close', () => streams.delete(response))
      return
    }
    if (path.endsWith('/status'))
      return json(response, 200, { ...envelope('node-status', status(path)), told: told() })
    const found = usual[path]
    if (found) return json(response, 200, found())
    json(response, 404, { code: 'unknown-route', title: `no ${path}` })
  }

  const { index, files } = await readPageFiles()
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path.startsWith('/api/ocm/')) return void api(request, response, path.slice('/api/ocm'.length))
    const file = path === '/' ? index : files.get(path.replace('/page/', ''))
    if (!file) return void response.writeHead(404).end()
    response
      .writeHead(200, { 'content-type': file.type, 'content-security-policy': PAGE_POLICY })
      .end(file.plain)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return stub
}

function textsOf(path: string): object {
  return CATALOGUE[path.slice('/texts/'.length) as keyof typeof CATALOGUE]
}

function backup() {
  return {
    id: 'b-20260301',
    nodeId: 'alpha',
    takenAt: NOW - 7_200_000,
    openclawVersion: '2026.9.6',
    files: 80,
    bytes: 12_400_000,
    newBytes: 1,
    verified: { at: NOW, sound: true, problems: 0 },
    restorable: null,
    offSite: null,
  }
}

/** A session that fills, with its forecast. */
export function session(key = 'agent:main:main') {
  const context = {
    used: fresh(160_000),
    window: fresh(200_000),
    reserve: 30_000,
    headroom: fresh(10_000),
    usablePercent: fresh(94),
  }
  const facts = {
    key,
    agentId: 'main',
    model: 'claude',
    lastInteractionAt: NOW - 60_000,
    running: false,
    lastRunError: null,
    context,
  }
  return {
    session: facts,
    level: 'critical',
    forecast: { earliestMs: 600_000, latestMs: 1_800_000, turnsLeft: 4, tokensPerHour: 12_000 },
    incident: null,
  }
}

function status(path: string) {
  const id = path.split('/')[2] ?? ''
  return {
    node: { id, name: id, host: '10.0.0.1', sshPort: 22, sshUser: 'oc', gatewayPort: 18_789, tags: ['prod'] },
    snapshot: { observedAt: NOW },
  }
}

function told() {
  const section = (part: string) => ({
    part,
    title: part,
    facts: [
      ['Uptime', '3 days'],
      ['Configuration', '/home/openclaw/.openclaw/openclaw.json'],
    ],
    unread: null,
  })
  return {
    findings: [
      {
        severity: 'warning',
        text: 'The disk is 91% full.',
        reason: null,
        detail: null,
        next: 'Free some space.',
      },
    ],
    sections: ['Machine', 'Service', 'OpenClaw', 'Gateway'].map(section),
    backup: 'Last verified backup 2 hr ago',
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const part of request) text += part
  return text === '' ? undefined : JSON.parse(text)
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
