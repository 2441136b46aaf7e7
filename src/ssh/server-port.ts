import type { Client, ClientChannel, TcpConnectionDetails } from 'ssh2'

export const LOOPBACK = '127.0.0.1'

/** A port of a server on which it listens for this side. */
export interface ServerPort {
  readonly port: number
  /** Nothing comes from there any more. Resolves when the server has closed it, or the connection is gone. */
  stop(): Promise<void>
}

/** Takes what comes from a port on which the server has begun to listen. */
export function listenAt(client: Client, port: number, onOpen: (channel: ClientChannel) => void): ServerPort {
  let stopping: Promise<void> | null = null
  const arrived = (to: TcpConnectionDetails, accept: () => ClientChannel, reject: () => void) => {
    if (to.destPort !== port) return
    if (stopping === null) onOpen(accept())
    else reject()
  }
  client.on('tcp connection', arrived)
  const stopped = () =>
    new Promise<void>((resolve) => {
      const over = () => {
        client.off('close', over)
        client.off('tcp connection', arrived)
        resolve()
      }
      client.once('close', over)
      try {
        client.unforwardIn(LOOPBACK, port, over)
      } catch {
        // ssh2 throws "Not connected" instead of calling back
        over()
      }
    })
  return {
    port,
    stop() {
      stopping ??= stopped()
      return stopping
    },
  }
}
