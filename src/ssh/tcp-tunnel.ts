import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { OperatorError } from '../base/errors.ts'
import type { ReasonCode } from '../base/reading.ts'
import type { Call } from './call.ts'
import { ChannelRefused } from './channel-refused.ts'
import type { Connection } from './connection.ts'
import { connectionLost } from './failures.ts'
import type { Link } from './process.ts'
import { LOOPBACK } from './server-port.ts'

/** Opens a TCP connection from the node to a port of its own; see {@link SshSession.openTcp}. */
export async function openTunnel(link: Link, port: number, call: Call, host = LOOPBACK): Promise<Tunnel> {
  try {
    return await forward(link, { host, port }, call)
  } catch (error) {
    throw refusedPort(error, port, call)
  }
}

/** Writes one question to a port of the node and reads all that comes; see {@link SshSession.askTcp}. */
export async function askTunnel(
  link: Link,
  port: number,
  question: string,
  call: Call,
  host = LOOPBACK,
): Promise<Buffer> {
  const release = await link.tunnels.take(call.signal)
  const asking = link.connection.forward(host, port, (channel) =>
    ask(channel, link.connection, question, call),
  )
  asking.then(release, release)
  try {
    return await call.race(asking)
  } catch (error) {
    throw refusedPort(error, port, call)
  }
}

/** Straight on the channel: the stream around it costs more than the question. */
function ask(channel: ClientChannel, connection: Connection, question: string, call: Call): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let stop = () => {}
    const over = (settle: () => void) => {
      stop()
      channel.close()
      settle()
    }
    // The other side is done: that we are too may reach it with the next question.
    const all = () => connection.unhurried(() => over(() => resolve(Buffer.concat(chunks))))
    channel.on('error', () => undefined)
    channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= call.maxOutputBytes) chunks.push(chunk)
      else all()
    })
    channel.on('end', all)
    channel.on('close', all)
    const stopLosing = connection.onLost((lost) => over(() => reject(lost)))
    const stopWaiting = call.onGivenUp((error) => over(() => reject(error)))
    stop = () => {
      stopLosing()
      stopWaiting()
    }
    if (call.givenUp() === null) channel.write(question)
  })
}

function refusedPort(error: unknown, port: number, call: Call): unknown {
  if (!(error instanceof ChannelRefused) || error.why === 'gone') return error
  const reason: ReasonCode = error.why === 'failed' ? 'port-silent' : 'permission-denied'
  return new OperatorError('gateway-unreachable', { node: call.node, port, reason }, { cause: error })
}

/**
 * Opens a TCP connection from a jump host to another host.
 * @throws OperatorError node-unreachable {node, reason} in the name of that host; ChannelRefused when the jump host was gone
 */
export async function openJump(
  link: Link,
  to: { node: string; host: string; port: number },
  call: Call,
): Promise<Tunnel> {
  try {
    return await forward(link, to, call)
  } catch (error) {
    if (!(error instanceof ChannelRefused) || error.why === 'gone') throw error
    // OpenSSH says "connect failed" for a name it cannot resolve, a refusal and a time-out alike.
    const reason: ReasonCode = error.why === 'failed' ? 'jump-cannot-connect' : 'jump-forbids'
    const params = { node: to.node, reason, jump: call.node, host: to.host, port: to.port }
    throw new OperatorError('node-unreachable', params, { cause: error })
  }
}

async function forward(link: Link, to: { host: string; port: number }, call: Call): Promise<Tunnel> {
  const release = await link.tunnels.take(call.signal)
  const opening = link.connection.forward(to.host, to.port, (channel) => {
    const tunnel = new Tunnel(channel, link.connection, release)
    if (call.signal.aborted) tunnel.destroy()
    return tunnel
  })
  opening.catch(release)
  return call.race(opening)
}

/**
 * A channel that carries a TCP connection and behaves like a socket: it errors when the link dies (ssh2's channel only closes), and
 * its writes do not wait for ever for a channel that is gone.
 */
export class Tunnel extends Duplex {
  /** Bytes that came from the far end. */
  bytesRead = 0
  readonly #channel: ClientChannel
  readonly #node: string
  readonly #stop: () => void
  readonly #release: () => void
  #ended = false

  constructor(channel: ClientChannel, connection: Connection, release: () => void) {
    super({ allowHalfOpen: false })
    this.#channel = channel
    this.#node = connection.node
    this.#release = release
    channel.on('data', (chunk: Buffer) => {
      this.bytesRead += chunk.length
      if (!this.push(chunk)) channel.pause()
    })
    channel.on('end', () => {
      this.#ended = true
      this.push(null)
    })
    channel.on('error', () => undefined)
    channel.on('close', () => {
      if (!this.#ended) this.push(null)
      // the reader may still have data to take; only the writing side is over
      if (this.readableEnded) this.destroy()
      else this.once('end', () => this.destroy())
    })
    this.#stop = connection.onLost((lost) => this.destroy(lost))
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#send(chunk, done)
  }

  /** What was written in one turn, a frame's head and body above all, leaves in one packet. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  #send(bytes: Buffer, done: (error?: Error | null) => void): void {
    if (this.#channel.writable) this.#channel.write(bytes, () => done())
    else done(connectionLost(this.#node))
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#channel.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stop()
    this.#channel.resume()
    this.#channel.close()
    this.#release()
    done(error)
  }

  /** Sockets have these; an HTTP or WebSocket client may call them. Time limits are the caller's. */
  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
