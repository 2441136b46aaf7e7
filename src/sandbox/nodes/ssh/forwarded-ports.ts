import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Connection, ServerChannel } from 'ssh2'

const LOOPBACK = '127.0.0.1'

/** Listens on the loopback of a node for whoever is connected to it and asks for that, as sshd does. */
export function forwardPorts(client: Connection, isAllowed: () => boolean): void {
  const servers = new Map<number, Server>()
  const sockets = new Set<Socket>()
  const listen = (bindPort: number, accept: (port: number) => void, reject: () => void) => {
    const server = createServer((socket) => {
      const { remoteAddress = LOOPBACK, remotePort = 0 } = socket
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => socket.destroy())
      const { port } = server.address() as AddressInfo
      client.forwardOut(LOOPBACK, port, remoteAddress, remotePort, (error, channel) => {
        if (error) socket.destroy()
        else join(socket, channel)
      })
    })
    server.once('error', reject)
    server.listen(bindPort, LOOPBACK, () => {
      const { port } = server.address() as AddressInfo
      servers.set(port, server)
      accept(port)
    })
  }
  client.on('request', (accept, reject, name, info) => {
    if (name === 'tcpip-forward' && info.bindAddr === LOOPBACK && isAllowed())
      return listen(
        info.bindPort,
        (port) => accept?.(port),
        () => reject?.(),
      )
    const server = name === 'cancel-tcpip-forward' ? servers.get(info.bindPort) : undefined
    if (server === undefined) return reject?.()
    servers.delete(info.bindPort)
    server.close()
    accept?.()
  })
  client.on('close', () => {
    for (const server of servers.values()) server.close()
    for (const socket of sockets) socket.destroy()
  })
}

function join(socket: Socket, channel: ServerChannel): void {
  channel.on('error', () => socket.destroy())
  channel.pipe(socket).pipe(channel)
  channel.on('close', () => socket.destroy())
  socket.on('close', () => channel.end())
}
