import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { createServer } from 'node:net'

/** A port of the loopback interface that is some embedded node's own, also while nothing listens there. */
export interface PortClaim {
  readonly port: number
  release(): void
}

/** Below those that the kernel gives to whoever asks for any: 32768 to 60999 on Linux, 49152 on others. */
const PORTS = [20_000, 32_000] as const
const MOST_TRIES = 100

/**
 * Takes a port that is free at this moment. It is held by a UDP socket of the same number, which no other process can bind as
 * well: a gateway or an SSH server that is down must find its port again, and nobody else's behind it.
 * @throws Error when none is found
 */
export async function claimPort(): Promise<PortClaim> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const port = randomInt(...PORTS)
    const held = await hold(port)
    if (held === null) continue
    if (await isFree(port)) return { port, release: () => held.close() }
    held.close()
  }
  throw new Error('no port is free')
}

function hold(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref()
    socket.once('error', () => {
      socket.close()
      resolve(null)
    })
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(socket))
  })
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
