import { describe, expect, it } from 'vitest'
import { FrameBudget } from '../../src/openclaw/frame-budget.ts'
import { readFrame } from '../../src/openclaw/read-frame.ts'
import { DEEPEST, isTooDeep } from '../../src/openclaw/untrusted-json.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const MEGABYTE = 1024 * 1024
const text = (value: string) => Buffer.from(value)
const awaited = (id: string) => id === '7'

describe('a frame', () => {
  it('of brackets is refused before it is parsed', () => {
    const brackets = '['.repeat(100_000)
    expect(readFrame(text(`{"type":"event","event":"x","payload":${brackets}`), awaited)).toBeNull()
    expect(isTooDeep(text(`${'['.repeat(64)}${']'.repeat(64)}`), DEEPEST)).toBe(false)
    expect(isTooDeep(text('['.repeat(65)), DEEPEST)).toBe(true)
  })

  it('may hold any brackets in its texts', () => {
    const payload = { said: '[{"\\"'.repeat(5_000), escaped: '\\\\"', end: '\\' }
    const frame = { type: 'event', event: 'chat', payload }
    expect(readFrame(text(JSON.stringify(frame)), awaited)).toMatchObject(frame)
  })

  it('that is large is only taken as the answer that is waited for, and left to a thread', () => {
    const payload = 'x'.repeat(MEGABYTE)
    const answer = (id: string) => text(JSON.stringify({ type: 'res', id, ok: true, payload }))
    expect(readFrame(answer('7'), awaited)).toEqual({ type: 'large', id: '7' })
    expect(readFrame(answer('8'), awaited)).toEqual({ type: 'dropped' })
    const event = text(JSON.stringify({ type: 'event', event: 'health', payload }))
    expect(readFrame(event, awaited)).toEqual({ type: 'dropped' })
  })

  it('that is larger than any answer ends its call and nothing else', () => {
    const huge = text(JSON.stringify({ type: 'res', id: '7', ok: true, payload: 'x'.repeat(3 * MEGABYTE) }))
    expect(readFrame(huge, awaited)).toEqual({ type: 'too-large', id: '7', bytes: 2 * MEGABYTE })
  })
})

describe('the budget of a node', () => {
  it('lets a busy gateway send all day', async () => {
    const clock = createFakeClock()
    const budget = new FrameBudget(clock)
    for (let second = 0; second < 600; second++) {
      for (let frame = 0; frame < 20; frame++) expect(budget.take(30_000)).toBe(true)
      await clock.advance(1_000)
    }
    expect(budget.isCutOff).toBe(false)
  })

  it.each([
    ['large frames', 8 * MEGABYTE, 1_500],
    ['a flood of small ones', 60, 0.1],
  ])('is used up by %s, and the node is let alone for a while', async (_, bytes, everyMs) => {
    const clock = createFakeClock()
    const budget = new FrameBudget(clock)
    let frames = 0
    while (budget.take(bytes)) {
      await clock.advance(everyMs)
      expect(++frames).toBeLessThan(30_000)
    }
    expect(budget.isCutOff).toBe(true)
    await clock.advance(5 * 60_000 + 1)
    expect(budget.isCutOff).toBe(false)
    expect(budget.take(bytes)).toBe(true)
  })
})
