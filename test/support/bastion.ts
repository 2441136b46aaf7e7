import { type AddressInfo, connect } from 'node:net'
import ssh2, { type Connection } from 'ssh2'
import { describeHostKey, type OfferedHostKey } from '../../src/ssh/host-keys.ts'
import { makeKeyPair } from './key-pair.ts'

/** A jump host for real: it lets anyone with a key in and forwards wherever they want. */
export interface Bastion {
  /** `user@127.0.0.1:port`, as people write it. */
  name: string
  port: number
  hostKey: OfferedHostKey
  /** Who logged in, in order. */
  logins: string[]
  /** Connections that are open now. */
  open(): number
  /** How many connections were forwarded. */
  forwards(): number
  close(): Promise<void>
}

/** @param user who may log in */
export async function startBastion(user = 'hop'): Promise<Bastion> {
  const key = makeKeyPair()
  const logins: string[] = []
  const clients = new Set<Connection>()
  let forwards = 0
  const server = new ssh2.Server({ hostKeys: [key.private], ident: 'OpenSSH_9.2p1' }, (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    client.on('close', () => clients.delete(client))
    client.on('authentication', (context) => {
      if (context.method !== 'publickey' || context.username !== user) return context.reject(['publickey'])
      if (context.signature) logins.push(context.username)
      context.accept()
    })
    client.on('tcpip', (accept, reject, { destIP, destPort }) => {
      forwards += 1
      const socket = connect({ host: destIP, port: destPort })
      socket.once('error', () => reject())
      socket.once('connect', () => {
        const channel = accept()
        channel.on('error', () => socket.destroy())
        channel.on('close', () => socket.destroy())
        socket.on('close', () => channel.end())
        socket.pipe(channel).pipe(socket)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.address() as AddressInfo
  const [, blob = ''] = key.public.split(' ')
  return {
    name: `${user}@127.0.0.1:${port}`,
    port,
    hostKey: describeHostKey(Buffer.from(blob, 'base64')),
    logins,
    open: () => clients.size,
    forwards: () => forwards,
    async close() {
      for (const client of clients) client.end()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
