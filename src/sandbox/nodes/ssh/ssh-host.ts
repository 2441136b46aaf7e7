import { timingSafeEqual } from 'node:crypto'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2 from 'ssh2'
import { claimPort, type PortClaim } from '../../port-claim.ts'
import { forwardPorts } from './forwarded-ports.ts'
import { type HostKey, makeHostKey, parseAuthorizedKeys } from './host-key.ts'
import { Link, type Weather } from './link.ts'
import { type ShellOptions, serveSession } from './session.ts'

export interface SshHostOptions {
  user: string
  authorizedKeys: readonly string[]
  shell: ShellOptions
  /** The one port that a tunnel may reach. */
  gatewayPort: () => number
  /** A directory for the socket between the two halves of the server. */
  directory: string
  latencyMs: number
}

/** A node's SSH server: ssh2's own server behind a TCP port whose network can be made to misbehave. */
export class SshHost {
  readonly #options: SshHostOptions
  readonly #allowed: ssh2.ParsedKey[]
  readonly #front: Server
  readonly #links = new Set<Link>()
  readonly #silent = new Set<Socket>()
  readonly #clients = new Set<ssh2.Connection>()
  readonly #weather: Weather
  #key: HostKey = makeHostKey()
  #inner: ssh2.Server | null = null
  #generation = 0
  #claim: PortClaim | null = null
  #forwards = true

  constructor(options: SshHostOptions) {
    this.#options = options
    this.#allowed = parseAuthorizedKeys(options.authorizedKeys)
    this.#weather = { delayMs: options.latencyMs, dark: false }
    this.#front = createServer((socket) => this.#admit(socket))
  }

  get port(): number {
    return this.#claim?.port ?? 0
  }

  get hostKey(): HostKey {
    return this.#key
  }

  get connections(): number {
    return this.#clients.size
  }

  async start(): Promise<void> {
    await this.#startInner()
    this.#claim = await claimPort()
    await this.#listen()
  }

  delay(ms: number): void {
    this.#weather.delayMs = ms
  }

  allowForwarding(allowed: boolean): void {
    this.#forwards = allowed
  }

  async goDark(newConnections: 'silent' | 'refused'): Promise<void> {
    this.#weather.dark = true
    if (newConnections === 'refused' && this.#front.listening) this.#front.close()
  }

  async comeBack(): Promise<void> {
    this.dropConnections()
    this.#weather.dark = false
    if (!this.#front.listening) await this.#listen()
  }

  dropConnections(): void {
    for (const link of this.#links) link.cut()
    for (const socket of this.#silent) socket.resetAndDestroy()
  }

  /** Connections that exist keep the old key, as with a real server. */
  async changeHostKey(): Promise<void> {
    this.#key = makeHostKey()
    await this.#startInner()
  }

  async close(): Promise<void> {
    this.dropConnections()
    for (const client of this.#clients) client.end()
    const inner = this.#inner
    await Promise.all([
      new Promise((resolve) => this.#front.close(resolve)),
      new Promise<void>((resolve) => (inner ? inner.close(() => resolve()) : resolve())),
    ])
    this.#claim?.release()
    this.#claim = null
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#front.once('error', reject)
      this.#front.listen(this.port, '127.0.0.1', () => {
        this.#front.off('error', reject)
        resolve()
      })
    })
  }

  #admit(socket: Socket): void {
    if (!this.#weather.dark) {
      const link = new Link(socket, this.#innerPath(), this.#weather, () => this.#links.delete(link))
      this.#links.add(link)
      return
    }
    this.#silent.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#silent.delete(socket))
    socket.resume()
  }

  #innerPath(): string {
    return join(this.#options.directory, `sshd.${this.#generation}`)
  }

  async #startInner(): Promise<void> {
    const previous = this.#inner
    this.#generation += 1
    const inner = new ssh2.Server({ hostKeys: [this.#key.privateKey], ident: 'OpenSSH_9.2p1' }, (client) =>
      this.#serve(client),
    )
    this.#inner = inner
    await new Promise<void>((resolve) => inner.listen(this.#innerPath(), () => resolve()))
    previous?.close()
  }

  #serve(client: ssh2.Connection): void {
    this.#clients.add(client)
    client.on('error', () => {})
    client.on('close', () => this.#clients.delete(client))
    client.on('authentication', (context) => this.#authenticate(context))
    client.on('session', (accept) => serveSession(accept(), this.#options.shell))
    client.on('tcpip', (accept, reject, info) => {
      const own = info.destPort === this.#options.gatewayPort()
      if (!own || !['127.0.0.1', 'localhost'].includes(info.destIP)) return reject()
      this.#forward(info.destPort, accept, reject)
    })
    forwardPorts(client, () => this.#forwards)
  }

  #authenticate(context: ssh2.AuthContext): void {
    const { user } = this.#options
    if (context.method !== 'publickey' || context.username !== user) return context.reject(['publickey'])
    const key = this.#allowed.find((candidate) => sameKey(candidate, context.key))
    if (!key) return context.reject(['publickey'])
    if (context.signature && context.blob && !key.verify(context.blob, context.signature, context.hashAlgo)) {
      return context.reject(['publickey'])
    }
    context.accept()
  }

  /** Opens the tunnel only when the port answers, so that the client sees a refused connection as such. */
  #forward(port: number, accept: () => ssh2.ServerChannel, reject: () => void): void {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      const channel = accept()
      channel.on('error', () => socket.destroy())
      socket.on('error', () => channel.destroy())
      channel.pipe(socket).pipe(channel)
      channel.on('close', () => socket.destroy())
      socket.on('close', () => channel.end())
    })
  }
}

function sameKey(known: ssh2.ParsedKey, offered: { algo: string; data: Buffer }): boolean {
  const blob = known.getPublicSSH()
  return blob.length === offered.data.length && timingSafeEqual(blob, offered.data)
}
