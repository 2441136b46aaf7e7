import type { ClientChannel, KexAlgorithm } from 'ssh2'
import ssh2 from 'ssh2'
import { OperatorError } from '../base/errors.ts'
import { authCourse } from './auth-course.ts'
import { ChannelRefused, refusalOf } from './channel-refused.ts'
import type { Deadlines } from './deadlines.ts'
import { unreachable, type Wire } from './dial.ts'
import { connectFailure, connectionLost, type Stage, withSecondFactor } from './failures.ts'
import { gatherWrites, type Unhurried } from './gather-writes.ts'
import type { OfferedHostKey } from './host-keys.ts'
import { algorithmsFor, createHostKeyCheck, hostKeyError } from './host-keys.ts'
import type { Offer } from './identities.ts'
import { signPlainly } from './plain-signatures.ts'
import { LOOPBACK, listenAt, type ServerPort } from './server-port.ts'
import type { HostKey } from './ssh.ts'

/**
 * No group exchange: there the server chooses the size of the prime, and checking an 8192-bit one blocks Node's
 * event loop for 23 s before the host key is even known. ssh2 has it in its default list.
 */
const KEY_EXCHANGES: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
]

/** How long a polite goodbye may take before the socket is destroyed; a stopped peer never answers one. */
const GOODBYE_MS = 300

type Done<Opened = ClientChannel> = (error: Error | undefined, opened: Opened) => void

/** What one attempt needs. */
export interface HandshakeRequest {
  node: string
  user: string
  hostKeys: readonly HostKey[]
  offer: Offer | null
  keepaliveIntervalMs: number
  keepaliveCountMax: number
  deadlines: Deadlines
  /** Ends the attempt. */
  signal: AbortSignal
  /** Called when the server names itself as one that speaks SSH. */
  onHeard?: (() => void) | undefined
}

/** A logged-in SSH connection. One ssh2 client per attempt: a client that connects again keeps its old listeners. */
export class Connection {
  readonly node: string
  /** For what is written and nobody waits for. */
  readonly unhurried: Unhurried
  readonly #client: InstanceType<typeof ssh2.Client>
  readonly #socket: Wire
  readonly #deadlines: Deadlines
  readonly #listeners = new Set<(error: OperatorError) => void>()
  #lost: OperatorError | null = null
  #cause: unknown

  constructor(node: string, client: InstanceType<typeof ssh2.Client>, socket: Wire, deadlines: Deadlines) {
    this.node = node
    this.#client = client
    this.#socket = socket
    this.#deadlines = deadlines
    client.on('error', (error) => {
      this.#cause ??= error
      this.#lose()
    })
    client.on('end', () => this.#lose())
    client.on('close', () => this.#lose())
    this.unhurried = gatherWrites(socket)
    if (socket.destroyed) this.#lose()
  }

  /** Null while the connection lives. */
  get lost(): OperatorError | null {
    return this.#lost
  }

  /** Bytes that came from the host so far. */
  get bytesRead(): number {
    return this.#socket.bytesRead
  }

  /** Calls back once when the connection dies, at once when it has. Returns the unsubscribe. */
  onLost(listener: (error: OperatorError) => void): () => void {
    if (this.#lost !== null) {
      listener(this.#lost)
      return () => undefined
    }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Starts a command. `onOpen` gets the channel in the very tick in which it opened: its exit status may be in the
   * same packet. The promise rejects with {@link ChannelRefused} (the command was not started) or connection-lost.
   */
  exec<T>(command: string, onOpen: (channel: ClientChannel) => T): Promise<T> {
    return this.#open((done) => this.#client.exec(command, done), onOpen)
  }

  /** Connects from the node to an address and port that it reaches; see {@link exec}. */
  forward<T>(host: string, port: number, onOpen: (channel: ClientChannel) => T): Promise<T> {
    return this.#open((done) => this.#client.forwardOut(LOOPBACK, 0, host, port, done), onOpen)
  }

  /**
   * Has the server listen on its own loopback, at a port that it chooses; `onOpen` gets each channel that comes from there.
   * The promise rejects with {@link ChannelRefused} where that is not allowed.
   */
  listen(onOpen: (channel: ClientChannel) => void): Promise<ServerPort> {
    return this.#open(
      (done: Done<number>) => this.#client.forwardIn(LOOPBACK, 0, done),
      (port) => listenAt(this.#client, port, onOpen),
    )
  }

  /** Says goodbye, then destroys the socket. Calls still running end with connection-lost. */
  async close(): Promise<void> {
    this.#client.end()
    this.#lose()
    if (this.#socket.closed) return
    await new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
  }

  /** Drops the connection without a goodbye. */
  destroy(): void {
    this.#socket.destroy()
    this.#lose()
  }

  #open<T, Opened = ClientChannel>(
    request: (done: Done<Opened>) => void,
    onOpen: (opened: Opened) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(new ChannelRefused('gone', this.#lost))
      const stop = this.onLost(reject)
      const done: Done<Opened> = (error, channel) => {
        stop()
        // A channel that opens while the connection ends belongs to nobody: the promise has been rejected already.
        if (this.#lost !== null) return
        if (error === undefined) return adopt(channel)
        const dead = !this.#socket.writable
        reject(dead ? connectionLost(this.node, error) : new ChannelRefused(refusalOf(error), error))
      }
      // a throw must not reach ssh2's packet parser, which would take it for a broken connection
      const adopt = (channel: Opened) => {
        try {
          resolve(onOpen(channel))
        } catch (error) {
          reject(error)
        }
      }
      try {
        request(done)
      } catch (error) {
        // ssh2 throws "Not connected" instead of calling back
        stop()
        this.#cause ??= error
        this.destroy()
        reject(new ChannelRefused('gone', error))
      }
    })
  }

  #lose(): void {
    if (this.#lost !== null) return
    this.#lost = connectionLost(this.node, this.#cause)
    for (const listener of [...this.#listeners]) listener(this.#lost)
    this.#listeners.clear()
    if (this.#socket.closed) return
    // after an error ssh2 only ends its side, which a stopped peer would never notice
    const closed = this.#deadlines.add(GOODBYE_MS, () => this.#socket.destroy())
    this.#socket.once('close', closed)
  }
}

/**
 * Logs in over a connected socket. The socket is destroyed when the attempt fails.
 *
 * @throws OperatorError node-unreachable, auth-failed, host-key-unknown, host-key-changed, kex-unsupported
 */
export function handshake(socket: Wire, request: HandshakeRequest): Promise<Connection> {
  const { node, signal } = request
  const check = createHostKeyCheck(request.hostKeys)
  return attempt(
    socket,
    request,
    (blob) => check.verify(blob),
    (failure) => {
      const refused = check.refused()
      return refused === null ? failure : hostKeyError(node, request.hostKeys, refused)
    },
  ).then((connection) => {
    if (!signal.aborted) return connection
    connection.destroy()
    throw unreachable(node, 'node-slow', signal.reason)
  })
}

/**
 * Reads the key that a host shows and hangs up before logging in. The server cannot have proven yet that it owns the
 * key; a later connection that pins it will.
 *
 * @throws OperatorError node-unreachable, kex-unsupported
 */
export async function readHostKey(socket: Wire, request: HandshakeRequest): Promise<OfferedHostKey> {
  const check = createHostKeyCheck([])
  try {
    const connection = await attempt(
      socket,
      request,
      (blob) => check.verify(blob),
      (failure) => failure,
    )
    connection.destroy()
  } catch (error) {
    const offered = check.refused()
    if (offered !== null) return offered
    throw error
  }
  throw unreachable(request.node, 'sshd-silent')
}

function attempt(
  socket: Wire,
  request: HandshakeRequest,
  verify: (blob: Buffer) => boolean,
  explain: (failure: OperatorError) => OperatorError,
): Promise<Connection> {
  const { node, signal, deadlines } = request
  const serverHostKey = algorithmsFor(request.hostKeys)
  if (serverHostKey.length === 0) {
    socket.destroy()
    return Promise.reject(new OperatorError('kex-unsupported', { node, what: 'host key' }))
  }
  const client = new ssh2.Client()
  return new Promise((resolve, reject) => {
    let stage: Stage = 'banner'
    let settled = false
    let isHeard = false
    const course = authCourse(request.offer, request.user)

    const fail = (failure: OperatorError) => {
      if (settled) return
      settled = true
      signal.removeEventListener('abort', onAbort)
      // ssh2 writes its reason for hanging up right after the error event
      setImmediate(() => socket.destroy())
      reject(explain(withSecondFactor(failure, course.secondFactor())))
    }
    const hear = () => {
      if (!isHeard) request.onHeard?.()
      isHeard = true
    }
    // What lies in the socket by now is read before anything is said of the server: it may be us who were busy.
    const onAbort = () => {
      setImmediate(() => fail(unreachable(node, isHeard ? 'node-slow' : 'sshd-silent', signal.reason)))
    }
    const stageNow = (): Stage => (stage === 'banner' && socket.bytesRead > 0 ? 'handshake' : stage)

    // stays for the life of the client: one failure can be reported twice
    client.on('error', (error) => fail(connectFailure(node, stageNow(), error)))
    client.on('close', () => fail(connectFailure(node, stageNow(), new Error('connection closed'))))
    client.on('handshake', () => {
      stage = 'login'
      hear()
      skipHostKeyProofs(client)
      signPlainly(client)
    })
    client.on('ready', () => {
      if (settled) return
      settled = true
      signal.removeEventListener('abort', onAbort)
      request.offer?.accepted()
      resolve(new Connection(node, client, socket, deadlines))
    })
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      client.connect({
        sock: socket,
        username: request.user,
        // an order of our own skips ssh2's first try with `none`, a round trip and a delay of sshd
        authHandler: course.handler,
        hostVerifier: verify,
        algorithms: { kex: KEY_EXCHANGES, serverHostKey },
        keepaliveInterval: request.keepaliveIntervalMs,
        keepaliveCountMax: request.keepaliveCountMax,
        readyTimeout: 0,
      })
    } catch (error) {
      fail(connectFailure(node, stage, error))
    }
    // Whatever else accepts a connection and talks is no node that is slow.
    socket.once('data', (first: Buffer) => {
      if (first.toString('latin1', 0, 4) === 'SSH-') hear()
    })
  })
}

/**
 * After a login OpenSSH lists its host keys, and ssh2 asks it to prove that it owns each: an RSA signature, 4 ms of the
 * node's CPU at every connect, for an event that nobody hears. ssh2 has no option against it but asks only servers that
 * this field names as OpenSSH. Should the field be gone, connections cost more and work all the same.
 */
function skipHostKeyProofs(client: InstanceType<typeof ssh2.Client>): void {
  Object.assign(client, { _remoteVer: '' })
}
