import { getEventListeners } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { joined, onAbort } from '../../src/base/abort.ts'
import { systemClock } from '../../src/base/clock.ts'
import { withDeadline } from '../../src/openclaw/deadline.ts'
import { startCall } from '../../src/ssh/call.ts'
import { createDeadlines } from '../../src/ssh/deadlines.ts'

const warnings: Error[] = []
const note = (warning: Error) => warnings.push(warning)

afterEach(() => {
  process.off('warning', note)
  warnings.length = 0
})

it('lets one signal end the calls to a whole fleet without a warning of a leak', async () => {
  process.on('warning', note)
  const abort = new AbortController()
  const limits = { deadlineMs: 60_000, signal: abort.signal }
  const deadlines = createDeadlines(systemClock)
  const never = new Promise<never>(() => undefined)
  const work = Array.from({ length: 40 }, (_, index) => {
    const call = startCall(`n${index}`, limits, deadlines)
    return [
      withDeadline(systemClock, `n${index}`, limits, () => never),
      systemClock.sleep(60_000, abort.signal),
      call.race(never).finally(() => call.end()),
    ]
  })
  abort.abort(new Error('enough'))
  const ends = await Promise.allSettled(work.flat())
  // Warnings are told in a later turn of the event loop.
  await new Promise((turn) => setImmediate(turn))
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
  expect(warnings).toEqual([])
})

it('tells each of many once, but for those that left, also while it tells', () => {
  const abort = new AbortController()
  const told: string[] = []
  const leave = [
    onAbort(abort.signal, () => {
      told.push('first')
      leave[2]?.()
    }),
    onAbort(abort.signal, () => told.push('left')),
    onAbort(abort.signal, () => told.push('leaves while the first is told')),
    onAbort(abort.signal, () => told.push('last')),
  ]
  leave[1]?.()
  abort.abort()
  abort.abort()
  onAbort(abort.signal, () => told.push('too late'))
  expect(told).toEqual(['first', 'last'])
})

it('leaves a signal once nobody waits for it, and waits again', () => {
  const abort = new AbortController()
  const listeners = () => getEventListeners(abort.signal, 'abort').length
  const told: string[] = []
  const [one, other] = [
    onAbort(abort.signal, () => told.push('one')),
    onAbort(abort.signal, () => told.push('other')),
  ]
  one()
  expect(listeners()).toBe(1)
  other()
  expect(listeners()).toBe(0)
  onAbort(abort.signal, () => told.push('again'))
  one()
  other()
  abort.abort()
  expect(told).toEqual(['again'])
})

it('joins signals until it is left, with the reason of the first', () => {
  const [program, hurry] = [new AbortController(), new AbortController()]
  const left = joined(program.signal, hurry.signal)
  left.leave()
  expect(getEventListeners(program.signal, 'abort')).toEqual([])
  const both = joined(program.signal, hurry.signal)
  hurry.abort('hurry')
  program.abort('over')
  expect([left.signal.aborted, both.signal.reason]).toEqual([false, 'hurry'])
  expect(joined(new AbortController().signal, program.signal).signal.reason).toBe('over')
})
