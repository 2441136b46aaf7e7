import { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { gatherWrites } from '../../src/ssh/gather-writes.ts'

/** A socket that notes what each system call would carry. */
function socket() {
  const calls: string[] = []
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      calls.push(String(chunk))
      done()
    },
    writev(chunks, done) {
      calls.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  const unhurried = gatherWrites(stream)
  return { stream, calls, unhurried }
}

describe('packets of one turn', () => {
  it('leave together and in order', async () => {
    const { stream, calls } = socket()
    stream.write('a')
    await Promise.resolve()
    stream.write('b')
    process.nextTick(() => stream.write('c'))
    await nextTurn()
    expect(calls).toEqual(['abc'])
    stream.write('d')
    await nextTurn()
    expect(calls).toEqual(['abc', 'd'])
  })

  it('leave before the end of what is closed in the same turn', async () => {
    const { stream, calls } = socket()
    stream.write('bye')
    await new Promise<void>((resolve) => stream.end(() => resolve()))
    expect(calls).toEqual(['bye'])
  })

  it('are no reason to fail when the socket is gone by then', async () => {
    const { stream, calls } = socket()
    stream.on('error', () => undefined)
    stream.write('lost')
    stream.destroy()
    await nextTurn()
    expect(calls).toEqual([])
  })

  it('that nobody waits for leave with the next ones, in order, or with the end', async () => {
    const { stream, calls, unhurried } = socket()
    unhurried(() => stream.write('close'))
    await nextTurn()
    expect(calls).toEqual([])
    stream.write('ping')
    await nextTurn()
    expect(calls).toEqual(['closeping'])
    stream.write('ask')
    unhurried(() => stream.write('close'))
    await nextTurn()
    expect(calls).toEqual(['closeping', 'askclose'])
    unhurried(() => stream.write('over'))
    await new Promise<void>((resolve) => stream.end(() => resolve()))
    expect(calls).toEqual(['closeping', 'askclose', 'over'])
  })
})
