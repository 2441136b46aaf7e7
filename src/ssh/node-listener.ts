import type { Duplex } from 'node:stream'
import { OperatorError } from '../base/errors.ts'
import type { Call } from './call.ts'
import { ChannelRefused } from './channel-refused.ts'
import type { Link } from './process.ts'
import { Tunnel } from './tcp-tunnel.ts'

/** A port on the loopback of a node, and who answers there is this side. It ends with the connection at the latest. */
export interface NodeListener {
  readonly port: number
  /** Cuts what came from there and gives the port back. */
  close(): Promise<void>
}

/** Listens on the loopback of a node; see {@link SshSession.listen}. */
export async function openListener(
  { connection }: Link,
  onConnection: (stream: Duplex) => void,
  call: Call,
): Promise<NodeListener> {
  const streams = new Set<Tunnel>()
  const opening = connection.listen((channel) => {
    const stream = new Tunnel(channel, connection, () => streams.delete(stream))
    streams.add(stream)
    stream.on('error', () => undefined)
    try {
      onConnection(stream)
    } catch {
      // a throw must not reach ssh2's packet parser, which would take it for a broken connection
      stream.destroy()
    }
  })
  opening.then(
    ({ stop }) => (call.givenUp() === null ? undefined : stop()),
    () => undefined,
  )
  const { port, stop } = await call.race(opening).catch((error: unknown) => {
    if (!(error instanceof ChannelRefused) || error.why === 'gone') throw error
    throw new OperatorError('forwarding-refused', { node: call.node }, { cause: error })
  })
  return {
    port,
    async close() {
      const stopped = stop()
      for (const stream of streams) stream.destroy()
      await stopped
    },
  }
}
