import { request } from 'node:http'
import type { Clock } from '../../src/base/clock.ts'
import type { AccessLevel } from '../../src/operations/access.ts'
import { createToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { type Sandbox, type SandboxNodeSpec, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../support/fleet.ts'

const NODES: SandboxNodeSpec[] = [
  {
    id: 'alpha',
    name: 'Alpha',
    version: '2026.9.6',
    tags: ['prod'],
    timings: { readyMs: 60, stopMs: 20, restartSecMs: 50 },
    agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 40_000 }] }],
  },
  { id: 'beta', name: 'beta', version: '2026.9.6', tags: ['test'], agents: [{ id: 'main' }] },
  { id: 'gone', name: 'gone', version: '2026.9.6', state: 'down', agents: [{ id: 'main' }] },
]

/** An answer as it came over the socket. */
export interface Answered {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  json: any
}

/** The real program with its API on a port of this machine. */
export interface Stage {
  sandbox: Sandbox
  url: URL
  /** Makes a token as `ocm token create` does. */
  token(level: AccessLevel, more?: object): Promise<string>
  ask(method: string, path: string, more?: Ask): Promise<Answered>
  close(): Promise<void>
}

interface Ask {
  token?: string
  headers?: Record<string, string>
  /** As JSON, or as it is when it is a text. */
  body?: unknown
  /** Of another face than that of the stage. */
  base?: URL
  encoding?: BufferEncoding
}

/**
 * @param options.clock the time of everything on it
 * @param options.settings more of them
 */
export async function startStage(
  options: { clock?: Clock; settings?: Record<string, string> } = {},
): Promise<Stage> {
  const sandbox = await startSandbox({
    ...options,
    nodes: NODES,
    settings: { OCM_HTTP_LISTEN: '127.0.0.1:0', OCM_LOG_LEVEL: 'silent', ...options.settings },
  })
  const url = new URL(sandbox.app.apiUrl() ?? '')
  return {
    sandbox,
    url,
    async token(level, more = {}) {
      const input = { name: `${level} of a test`, level, minutes: 60, ...more }
      const { context } = sandbox.app.owned
      return (await runOperation(context, actor('admin'), createToken, input)).data.token
    },
    ask: (method, path, more = {}) =>
      ask(more.base ?? new URL(sandbox.app.apiUrl() ?? ''), method, path, more),
    close: () => sandbox.close(),
  }
}

function ask(
  base: URL,
  method: string,
  path: string,
  { token, headers = {}, body, encoding = 'utf8' }: Ask,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        method,
        host: base.hostname,
        port: base.port,
        path: path.startsWith('//') ? path.slice(1) : `${base.pathname}${path}`,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      (answer) => {
        let text = ''
        answer.setEncoding(encoding).on('data', (part: string) => {
          text += part
        })
        answer.on('end', () => {
          const isPlain = answer.headers['content-encoding'] === undefined
          const isJson = isPlain && text !== '' && /json/.test(answer.headers['content-type'] ?? '')
          const json = isJson ? JSON.parse(text) : undefined
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, json })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
}
