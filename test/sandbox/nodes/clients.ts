import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { Duplex } from 'node:stream'
import ssh2 from 'ssh2'
import WebSocket from 'ws'
import type { SandboxNode } from '../../../src/sandbox/nodes/control.ts'
import { makeHostKey } from '../../../src/sandbox/nodes/ssh/host-key.ts'
import { eventually } from '../../support/until.ts'

/** An Ed25519 key that the tests log in with, in OpenSSH's formats. */
export const loginKey = makeHostKey()

export interface Ran {
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

/** Opens an SSH connection and checks the host key against what the node says. */
export function login(node: SandboxNode, key = loginKey, username = node.user): Promise<ssh2.Client> {
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client()
    client.on('error', reject)
    client.on('ready', () => resolve(client))
    client.connect({
      host: node.host,
      port: node.sshPort,
      username,
      privateKey: key.privateKey,
      readyTimeout: 8000,
      hostVerifier: (blob: Buffer) => node.hostPublicKey.endsWith(blob.toString('base64')),
    })
  })
}

/** Runs a command and collects what it says. */
export function run(client: ssh2.Client, command: string, stdin = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      if (error) return reject(error)
      const ran: Ran = { code: null, signal: null, stdout: '', stderr: '' }
      channel.setEncoding('utf8')
      channel.stderr.setEncoding('utf8')
      channel.on('data', (text: string) => {
        ran.stdout += text
      })
      channel.stderr.on('data', (text: string) => {
        ran.stderr += text
      })
      channel.on('exit', (code: number | null, signal?: string) =>
        Object.assign(ran, { code, signal: signal ?? null }),
      )
      channel.on('close', () => resolve(ran))
      channel.end(stdin)
    })
  })
}

/** A byte stream to the node's gateway through its SSH connection. */
export function tunnel(client: ssh2.Client, port: number, host = '127.0.0.1'): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, stream) =>
      error ? reject(error) : resolve(stream),
    )
  })
}

export interface Frame {
  type: string
  id?: string
  ok?: boolean
  event?: string
  payload?: Record<string, unknown>
  error?: { code: string; message: string; details?: Record<string, unknown> }
  seq?: number
}

export interface ConnectOptions {
  token: string
  device?: boolean
  scopes?: string[]
  minProtocol?: number
  maxProtocol?: number
  mode?: string
  clientId?: string
  headers?: Record<string, string>
  stream?: Duplex
}

const pair = generateKeyPairSync('ed25519')

function rawPublic(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-32)
}

/** A client of the gateway protocol, written from the recorded frames and independent of the product's client. */
export class GatewayClient {
  readonly events: Frame[] = []
  readonly #socket: WebSocket
  readonly #waiting = new Map<string, (frame: Frame) => void>()
  closed: { code: number; reason: string } | null = null
  hello: Frame | null = null

  constructor(port: number, { stream, headers }: ConnectOptions) {
    const through = stream ? { createConnection: () => stream as never } : {}
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}`, { ...through, headers: headers ?? {} })
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code, reason) => {
      this.closed = { code, reason: String(reason) }
    })
    this.#socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Frame
      if (frame.type === 'event') this.events.push(frame)
      else this.#waiting.get(frame.id ?? '')?.(frame)
    })
  }

  static async connect(port: number, options: ConnectOptions): Promise<GatewayClient> {
    const client = new GatewayClient(port, options)
    const challenge = await client.event('connect.challenge')
    const scopes = options.scopes ?? ['operator.read', 'operator.write', 'operator.admin']
    const who = { id: options.clientId ?? 'gateway-client', mode: options.mode ?? 'backend' }
    const { nonce, ts } = challenge.payload as { nonce: string; ts: number }
    const raw = rawPublic(pair.publicKey)
    const id = createHash('sha256').update(raw).digest('hex')
    const fields = ['v2', id, who.id, who.mode, 'operator', scopes.join(','), ts, options.token, nonce]
    const signature = sign(null, Buffer.from(fields.join('|')), pair.privateKey).toString('base64url')
    const device = { id, publicKey: raw.toString('base64url'), signature, signedAt: ts, nonce }
    client.hello = await client.request('connect', {
      minProtocol: options.minProtocol ?? 3,
      maxProtocol: options.maxProtocol ?? 4,
      client: { ...who, version: '1.0.0', platform: 'linux' },
      role: 'operator',
      scopes,
      caps: [],
      ...(options.token === '' ? {} : { auth: { token: options.token } }),
      ...(options.device === false ? {} : { device }),
    })
    return client
  }

  request(method: string, params: object = {}): Promise<Frame> {
    const id = randomUUID()
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#socket.send(JSON.stringify({ type: 'req', id, method, params }))
    })
  }

  /** The first event of a kind that matches, from now or from before. */
  async event(
    name: string,
    matches: (payload: Record<string, unknown>) => boolean = () => true,
  ): Promise<Frame> {
    return await eventually(() => {
      const found = this.events.find((frame) => frame.event === name && matches(frame.payload ?? {}))
      if (!found) throw new Error(`no ${name} event yet`)
      return found
    })
  }

  close(): void {
    this.#socket.terminate()
  }
}

/** Runs a program of this machine to its end. */
export function program(command: string, args: string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const ran: Ran = { code: null, signal: null, stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk) => {
      ran.stdout += chunk
    })
    child.stderr?.on('data', (chunk) => {
      ran.stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ ...ran, code, signal }))
  })
}

/** The shape of a value: its keys, recursively, without values. Arrays are the shape of their first element. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])]
  if (typeof value !== 'object' || value === null) return '·'
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, entry]) => [key, shapeOf(entry)]),
  )
}
