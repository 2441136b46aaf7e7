import net from 'node:net'

export interface DelayProxy {
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

/** Passes chunks on in order, each `delayMs` after it came; end and close wait behind the data before them. */
function delayed(from: net.Socket, to: net.Socket, delayMs: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delayMs))
  from.on('end', () => setTimeout(() => to.end(), delayMs))
  from.on('close', () => setTimeout(() => to.destroy(), delayMs))
  from.on('error', () => setTimeout(() => to.destroy(), delayMs))
}

/**
 * A TCP proxy in front of `host:port` on this host's loopback that delays every chunk by `delayMs` in each direction, so
 * that a round trip takes twice that. Stands for a slow link where the kernel has no netem.
 */
export async function startDelayProxy(host: string, port: number, delayMs: number): Promise<DelayProxy> {
  const sockets = new Set<net.Socket>()
  const track = (socket: net.Socket): net.Socket => {
    sockets.add(socket)
    socket.setNoDelay(true)
    return socket.on('close', () => sockets.delete(socket))
  }
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const upstream = net.connect({ host, port, allowHalfOpen: true })
    delayed(track(client), track(upstream), delayMs)
    delayed(upstream, client, delayMs)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address() as net.AddressInfo
  return {
    host: '127.0.0.1',
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
