import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { type Keep, ParserBusy, ParseThread } from '../../src/openclaw/parse-thread.ts'
import { parseUntrusted } from '../../src/openclaw/untrusted-json.ts'

const KEEP: Keep = { path: ['payload', 'sessions'], fields: ['key', 'totalTokens'] }
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value))
/** An answer with so many rows of three kilobytes. */
const answer = (rows: number) => ({
  type: 'res',
  id: '7',
  payload: {
    hasMore: true,
    sessions: Array.from({ length: rows }, (_, n) => ({
      key: `k${n}`,
      totalTokens: n,
      noise: '["{\\'.repeat(700),
    })),
  },
})
const kept = (rows: number) => ({
  type: 'res',
  id: '7',
  payload: {
    hasMore: true,
    sessions: Array.from({ length: rows }, (_, n) => ({ key: `k${n}`, totalTokens: n })),
  },
})

describe('a large answer', () => {
  it('is parsed elsewhere: others have their turn meanwhile, and only what is looked at comes back', async () => {
    const thread = new ParseThread()
    let turns = 0
    const timer = setInterval(() => turns++, 0)
    const parsed = await Promise.all([
      thread.parse(bytes(answer(500)), KEEP),
      thread.parse(bytes(answer(400)), KEEP),
    ])
    clearInterval(timer)
    expect(parsed).toEqual([kept(500), kept(400)])
    expect(turns).toBeGreaterThan(0)
  })

  it('comes back whole where nothing says what is looked at', async () => {
    expect(await new ParseThread().parse(bytes(answer(200)), null)).toEqual(answer(200))
  })

  it('that is no JSON, or nests too deep, says so, and the next one is parsed', async () => {
    const thread = new ParseThread()
    await expect(thread.parse(Buffer.from('{'.padEnd(400_000)), null)).rejects.toThrow(SyntaxError)
    await expect(thread.parse(Buffer.alloc(400_000, '['), null)).rejects.toThrow('nested too deep')
    expect(await thread.parse(bytes(answer(200)), KEEP)).toEqual(kept(200))
  })

  it.each([
    [
      'cannot be had',
      () => {
        throw new Error('no thread')
      },
    ],
    [
      'ends in the middle',
      () =>
        new Worker("require('node:worker_threads').parentPort.on('message', () => process.exit(1))", {
          eval: true,
        }),
    ],
  ])('is parsed here when a thread %s', async (_why, start) => {
    const thread = new ParseThread(start)
    expect(await thread.parse(bytes(answer(200)), KEEP)).toEqual(kept(200))
    expect(await thread.parse(bytes(answer(100)), KEEP)).toEqual(kept(100))
    await expect(thread.parse(Buffer.alloc(400_000, '['), null)).rejects.toThrow('nested too deep')
  })

  it('is refused when too much waits already', async () => {
    const thread = new ParseThread()
    const large = bytes({ text: 'x'.repeat(20 * 1024 * 1024) })
    const ends = await Promise.allSettled([1, 2, 3, 4].map(() => thread.parse(large, null)))
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(ends[3]).toMatchObject({ reason: expect.any(ParserBusy) })
  })
})

describe('JSON from a node', () => {
  it('is refused before it is parsed when it nests without end', () => {
    expect(() => parseUntrusted('['.repeat(1_000_000))).toThrow('nested too deep')
    expect(parseUntrusted('{"a":["[[[\\""]}')).toEqual({ a: ['[[["'] })
  })
})
