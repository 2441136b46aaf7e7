import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { dial } from '../../src/ssh/dial.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A server, and both ends of a connection to it. */
async function connected(): Promise<{ socket: Socket; peer: Socket }> {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const coming = once(server, 'connection')
  const socket = await dial(
    'n',
    '127.0.0.1',
    (server.address() as AddressInfo).port,
    new AbortController().signal,
  )
  const [peer] = (await coming) as [Socket]
  ends.push(() => {
    socket.destroy()
    peer.destroy()
    server.close()
  })
  return { socket, peer }
}

const next = async (socket: Socket) => ((await once(socket, 'data')) as [Buffer])[0]

describe('what a socket brings', () => {
  it('waits until somebody listens, and then the end as well', async () => {
    const { socket, peer } = await connected()
    await new Promise<void>((resolve) => peer.end('SSH-2.0-early', () => resolve()))
    const ended = once(socket, 'end')
    const first = next(socket)
    socket.resume()
    expect(String(await first)).toBe('SSH-2.0-early')
    await ended
  })

  it('stays with who keeps it, whatever is read next', async () => {
    const { socket, peer } = await connected()
    socket.resume()
    const kept: Buffer[] = []
    for (const text of ['one', 'two', 'six']) {
      const coming = next(socket)
      peer.write(text)
      kept.push(await coming)
    }
    expect(kept.map(String)).toEqual(['one', 'two', 'six'])
    expect(socket.bytesRead).toBe(9)
  })

  it('leaves everybody else a turn of the event loop after a quarter of a megabyte', async () => {
    const { socket, peer } = await connected()
    peer.write(Buffer.alloc(8_000_000))
    // What the system holds for it is much more than that by now.
    await new Promise<void>((resolve) => setImmediate(resolve))
    let all = 0
    let inTurn = 0
    let most = 0
    const counted = new Promise<void>((resolve) => {
      socket.on('data', ({ length }: Buffer) => {
        all += length
        inTurn += length
        most = Math.max(most, inTurn)
        if (all === 8_000_000) resolve()
      })
    })
    const turn = () => {
      inTurn = 0
      if (all < 8_000_000) setImmediate(turn)
    }
    turn()
    socket.resume()
    await counted
    expect(most).toBeLessThanOrEqual(256 * 1024 + 64 * 1024)
  })

  it('comes no longer while the socket is paused', async () => {
    const { socket, peer } = await connected()
    socket.resume()
    const first = next(socket)
    peer.write('one')
    await first
    socket.pause()
    const told: string[] = []
    socket.on('data', (data: Buffer) => told.push(String(data)))
    await new Promise<void>((resolve) => peer.write('two', () => resolve()))
    expect(told).toEqual([])
    const second = next(socket)
    socket.resume()
    await second
    expect(told).toEqual(['two'])
  })
})
