import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createEventWriter } from '../../src/http/event-writer.ts'
import { pieces } from '../../src/http/pieces.ts'
import { createHttpFace, type HttpFace } from '../../src/http/server.ts'
import { openConfirmations } from '../../src/operations/confirmations.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { eventually, until } from '../support/until.ts'
import { type OpenEvents, openEvents } from './events.ts'
import { type Stage, startStage } from './stage.ts'

const EVERY_CASE = process.env.OCM_ALL_CASES === '1'
const MOST_STREAMS = 500
const MOST_OF_ONE = 50
const LOG_INS = EVERY_CASE ? 10_000 : 1_000
const MB = 1024 * 1024

let stage: Stage
/** A face on the same data that has little patience. */
let hasty: HttpFace
let port: number
let streams: OpenEvents[] = []
const sockets: Socket[] = []

beforeAll(async () => {
  stage = await startStage()
  const { context, store } = stage.sandbox.app.owned
  hasty = createHttpFace({
    config: { host: '127.0.0.1', port: 0, hosts: [], address: null },
    context,
    confirmations: await openConfirmations(store, context),
    store,
    lookUp: async () => null,
    fallback: 'en',
    version: '0',
    requestTimeoutMs: 2_000,
    takeTimeoutMs: 300,
  })
  port = Number(new URL(await hasty.start()).port)
})
afterEach(() => {
  for (const one of streams) one.close()
  for (const socket of sockets.splice(0)) socket.destroy()
  streams = []
})
afterAll(async () => {
  await hasty.stop()
  await stage.close()
})

function open(): Socket {
  const socket = connect(port, '127.0.0.1')
  // A connection that is cut is what is waited for.
  socket.on('error', () => {})
  sockets.push(socket)
  return socket
}

describe('five hundred open streams', () => {
  it('all begin, all hear of a change, and leave room for everything but one more', async () => {
    const tokens = await Promise.all(
      Array.from({ length: MOST_STREAMS / MOST_OF_ONE }, () => stage.token('viewer')),
    )
    const url = new URL(`${stage.url.href}/stream`)
    const follow = (token: string) => openEvents(url, { authorization: `Bearer ${token}` })
    streams = await Promise.all(
      tokens.flatMap((token) => Array.from({ length: MOST_OF_ONE }, () => follow(token))),
    )
    expect(streams.filter(({ status }) => status !== 200)).toEqual([])
    await Promise.all(streams.map((one) => one.next('hello')))
    const other = await stage.token('admin')
    const refused = await stage.ask('GET', '/stream', { token: other })
    expect([refused.status, refused.json.code, Number(refused.headers['retry-after'])]).toEqual([
      429,
      'too-many-requests',
      expect.any(Number),
    ])
    expect((await stage.ask('GET', '/nodes?live=false', { token: other })).status).toBe(200)
    const { context } = stage.sandbox.app.owned
    await context.registry.update('beta', (node) => ({ ...node, name: 'seen by all' }))
    const hears = ({ seen }: OpenEvents) =>
      seen.some(
        ({ name, data }) =>
          name === 'fleet' && data.rows.some((row: { name: string }) => row.name === 'seen by all'),
      )
    await eventually(() => expect(streams.filter((one) => !hears(one)).length).toBe(0), 20_000)
    streams.pop()?.close()
    await eventually(async () => {
      const one = await follow(other)
      streams.push(one)
      expect(one.status).toBe(200)
    })
  }, 60_000)
})

describe('a reader that takes nothing', () => {
  it('is handed one piece of an event, however long that is, and cut off after half a minute', async () => {
    const clock = createFakeClock()
    let [handed, made, cut] = [0, 0, 0]
    const stream = {
      aborted: false,
      write: (bytes: Uint8Array) => {
        handed += bytes.length
        return new Promise<void>(() => {})
      },
      onAbort() {},
      cut: () => {
        cut += 1
        stream.aborted = true
      },
    }
    const writer = createEventWriter(clock, stream)
    function* rows() {
      for (; made < 100_000; made += 1) yield 'x'.repeat(1_000)
    }
    const written = writer.write({ name: 'hello', data: rows() })
    await clock.advance(29_000)
    expect([handed <= 64 * 1024, made < 100, cut]).toEqual([true, true, 0])
    await clock.advance(2_000)
    await written
    expect([handed <= 64 * 1024, made < 100, cut]).toEqual([true, true, 1])
  })

  it('gets what it takes whole: nothing is lost between two pieces, and no character is cut', () => {
    const parts = ['{"a":"', '🦀'.repeat(50_000), 'x', '蟹'.repeat(40_001), '"}']
    const made = [...pieces(parts)]
    expect(made.join('')).toBe(parts.join(''))
    expect(made.length).toBeGreaterThan(3)
    const decoder = new TextDecoder('utf-8', { fatal: true })
    for (const piece of made) expect(decoder.decode(new TextEncoder().encode(piece))).toBe(piece)
    expect([...pieces(['', 'a', ''])]).toEqual(['a'])
    expect([...pieces([])]).toEqual([])
  })

  it('of ordinary answers is cut off, however much it asks for', async () => {
    const socket = open()
    socket.pause()
    // What it is owed would be hundreds of megabytes.
    const asks = 'GET /api/ocm/texts/en HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(100)
    await until(() => {
      // Who reads nothing learns of the end by writing.
      if (socket.writableLength < MB) socket.write(asks)
      return socket.destroyed
    }, 20_000)
  }, 30_000)

  it('keeps nobody else from theirs', async () => {
    for (let count = 0; count < 20; count += 1) {
      const socket = open()
      socket.pause()
      socket.write('GET /api/ocm/texts/en HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50))
    }
    const token = await stage.token('viewer')
    const base = new URL(`http://127.0.0.1:${port}/api/ocm`)
    expect((await stage.ask('GET', '/nodes?live=false', { token, base })).status).toBe(200)
  })
})

describe('a body that has no end', () => {
  const head = (token: string, more: string) =>
    `POST /api/ocm/operations/list-nodes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: application/json\r\n${more}\r\n\r\n`

  /** Sends until the other side has had enough; returns what came back and how much was sent. */
  async function pour(first: string, piece: string): Promise<{ answer: string; sent: number }> {
    const socket = open()
    let [answer, sent, over] = ['', 0, false]
    socket.setEncoding('latin1').on('data', (part: string) => {
      answer += part
    })
    socket.on('close', () => {
      over = true
    })
    socket.write(first)
    while (!over && sent < 500 * MB) {
      sent += piece.length
      if (!socket.write(piece))
        await Promise.race([new Promise((drained) => socket.once('drain', drained)), pause(50)])
      if (answer !== '') await pause(5)
    }
    return { answer, sent }
  }

  it.each([
    ['in pieces', 'Transfer-Encoding: chunked', `10000\r\n${'x'.repeat(0x10000)}\r\n`],
    ['announced', `Content-Length: ${2 ** 40}`, 'x'.repeat(0x10000)],
  ])(
    'is given up soon, %s',
    async (_how, header, piece) => {
      const { answer, sent } = await pour(head(await stage.token('admin'), header), piece)
      expect(answer).toMatch(/^HTTP\/1\.1 413 [\s\S]*"code":"body-too-large"/)
      expect(sent).toBeLessThan(100 * MB)
    },
    30_000,
  )

  it('of somebody who is not signed in is not read', async () => {
    const { answer, sent } = await pour(
      head('ocm_wrong', 'Transfer-Encoding: chunked'),
      `10000\r\n${'x'.repeat(0x10000)}\r\n`,
    )
    expect(answer).toMatch(/^HTTP\/1\.1 (?:401|413) /)
    expect(sent).toBeLessThan(100 * MB)
  }, 30_000)
})

describe('wrong log-ins without end', () => {
  it(`keep no right one out, and leave a few lines in the audit (${LOG_INS})`, async () => {
    const admin = await stage.token('admin')
    const lines = () =>
      auditEntriesIn(stage.sandbox.folder).filter(({ operation }) => operation === 'log-in').length
    const before = lines()
    const statuses = new Map<number, number>()
    let tried = 0
    const workers = Array.from({ length: 20 }, async () => {
      while (tried < LOG_INS) {
        tried += 1
        const { status } = await stage.ask('GET', '/nodes?live=false', { token: `ocm_wrong-${tried}` })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (tried % 100 === 0)
          expect((await stage.ask('GET', '/nodes?live=false', { token: admin })).status).toBe(200)
      }
    })
    await Promise.all(workers)
    expect([...statuses.keys()].sort()).toEqual([401, 429])
    // Ten at once, and ten a minute.
    expect(statuses.get(401)).toBeLessThan(60)
    expect(lines() - before).toBeLessThan(60)
  }, 120_000)
})
