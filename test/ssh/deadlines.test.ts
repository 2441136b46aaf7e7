import { describe, expect, it } from 'vitest'
import { startCall } from '../../src/ssh/call.ts'
import { createDeadlines } from '../../src/ssh/deadlines.ts'
import { createFakeClock } from '../support/fake-clock.ts'

describe('deadlines', () => {
  it('expire in their order, each once, unless they were removed', async () => {
    const clock = createFakeClock()
    const deadlines = createDeadlines(clock)
    const expired: string[] = []
    const add = (ms: number, name: string) =>
      deadlines.add(ms, () => expired.push(`${name} ${clock.monotonic()}`))
    add(300, 'late')
    const remove = add(200, 'removed')
    add(100, 'early')
    await clock.advance(150)
    expect(expired).toEqual(['early 100'])
    remove()
    add(50, 'added')
    await clock.advance(500)
    expect(expired).toEqual(['early 100', 'added 200', 'late 300'])
  })

  it('let an expiry add and remove others', async () => {
    const clock = createFakeClock()
    const deadlines = createDeadlines(clock)
    const expired: string[] = []
    const remove = deadlines.add(100, () => expired.push('second'))
    deadlines.add(50, () => {
      remove()
      deadlines.add(10, () => expired.push('third'))
    })
    await clock.advance(200)
    expect(expired).toEqual(['third'])
  })

  it('keep one sleeper for all of them, and none when all are done', () => {
    const asleep = new Set<AbortSignal>()
    const deadlines = createDeadlines({
      now: () => 0,
      monotonic: () => 0,
      sleep: (_, signal) =>
        new Promise((_, reject) => {
          if (signal === undefined) throw new Error('cannot be woken')
          asleep.add(signal)
          signal.addEventListener('abort', () => {
            asleep.delete(signal)
            reject(signal.reason)
          })
        }),
    })
    const calls = Array.from({ length: 100 }, (_, index) =>
      startCall(`n${index}`, { deadlineMs: 1_000 - index }, deadlines),
    )
    expect(asleep.size).toBe(1)
    for (const call of calls) call.end()
    expect(asleep.size).toBe(0)
  })
})

describe('a call', () => {
  it('tells everyone who listens that it was given up, however late they ask', async () => {
    const clock = createFakeClock()
    const call = startCall('n1', { deadlineMs: 100 }, createDeadlines(clock))
    const heard: unknown[] = []
    call.onGivenUp((error) => heard.push(error.code))
    const raced = call.race(new Promise(() => undefined)).catch((error) => heard.push(error.code))
    const early = call.signal
    await clock.advance(200)
    await raced
    call.onGivenUp((error) => heard.push(error.code))
    expect(heard).toEqual(['deadline', 'deadline', 'deadline'])
    expect(early.aborted && call.signal.reason).toBe(call.givenUp())
  })

  it('is over when it ended: neither its deadline nor its caller is heard of again', async () => {
    const clock = createFakeClock()
    const abort = new AbortController()
    const call = startCall('n1', { deadlineMs: 100, signal: abort.signal }, createDeadlines(clock))
    call.end()
    abort.abort()
    await clock.advance(200)
    expect(call.givenUp()).toBeNull()
    expect(call.signal.aborted).toBe(false)
  })
})
