import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { chunksOf } from '../../src/openclaw/backup/chunks.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const open = () => new Readable({ objectMode: true, read: () => undefined })
const text = async (chunk: Buffer | Promise<Buffer | null>) => (await chunk)?.toString() ?? null

describe('a stream of a backup that is taken apart', () => {
  it('gives every piece once and in order, however often it says that there are some', async () => {
    const source = open()
    const chunks = chunksOf(source, 'one', { clock: systemClock, silenceMs: 60_000 })
    const first = chunks.next()
    for (const piece of ['a', 'b', 'c']) source.push(Buffer.from(piece))
    source.emit('readable')
    source.emit('readable')
    expect(await text(first)).toBe('a')
    expect(await text(chunks.next())).toBe('b')
    expect(await text(chunks.next())).toBe('c')
    source.push(null)
    expect(await text(chunks.next())).toBeNull()
    expect(await text(chunks.next())).toBeNull()
  })

  it('has a piece that is there without a wait', () => {
    const source = open()
    const chunks = chunksOf(source, 'one', { clock: systemClock, silenceMs: 60_000 })
    source.push(Buffer.from('a'))
    expect(chunks.next()).toEqual(Buffer.from('a'))
    source.destroy()
  })

  it('fails with what the script ended with, and as torn where nobody tells why', async () => {
    const failed = open()
    const waiting = chunksOf(failed, 'one', { clock: systemClock, silenceMs: 60_000 }).next()
    failed.destroy(new OperatorError('remote-command-failed', { node: 'one', exitCode: 7 }))
    await expect(waiting).rejects.toMatchObject({ code: 'backup-impossible', params: { why: 'no-room' } })
    const cut = open()
    const cutShort = chunksOf(cut, 'one', { clock: systemClock, silenceMs: 60_000 }).next()
    cut.destroy()
    await expect(cutShort).rejects.toMatchObject({ code: 'backup-torn' })
  })

  it('is given up when nothing comes while somebody waits, and not while nobody does', async () => {
    const clock = createFakeClock()
    const source = open()
    const chunks = chunksOf(source, 'one', { clock, silenceMs: 1_000 })
    await clock.advance(5_000)
    source.push(Buffer.from('a'))
    expect(await text(chunks.next())).toBe('a')
    const silent = chunks.next()
    const given = expect(silent).rejects.toMatchObject({ code: 'deadline' })
    await clock.advance(2_500)
    await given
    expect(source.destroyed).toBe(true)
  })
})
