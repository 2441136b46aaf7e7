import { createSocket } from 'node:dgram'
import { expect, it } from 'vitest'
import { claimPort } from '../../src/sandbox/port-claim.ts'

function canBeTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    const end = (taken: boolean) => socket.close(() => resolve(taken))
    socket.once('error', () => end(false))
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => end(true))
  })
}

it('a port of a node is nobody else’s while nothing listens there, and free again afterwards', async () => {
  const claims = await Promise.all(Array.from({ length: 200 }, () => claimPort()))
  const ports = claims.map(({ port }) => port)
  expect(new Set(ports).size).toBe(ports.length)
  const [first = 0] = ports
  expect(await canBeTaken(first)).toBe(false)
  for (const claim of claims) claim.release()
  await expect.poll(() => canBeTaken(first)).toBe(true)
})
