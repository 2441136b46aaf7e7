import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Upload } from '../../src/offsite/target.ts'
import { type Fault, type S3Server, startS3 } from '../support/s3-server.ts'
import { askingOf } from './offsite-kit.ts'

const never = new AbortController().signal

function upload(bytes: Buffer): Upload {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { bytes: bytes.length, sha256, read: () => Readable.from([bytes]) }
}

function targetOf(server: S3Server, options: Parameters<typeof askingOf>[1] = {}) {
  return askingOf(server, options).target
}

async function keysOf(server: S3Server, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of targetOf(server).list(prefix, never)) keys.push(key)
  return keys
}

describe('an S3 target', () => {
  it('gives back what was put, and tells its length and checksum', async () => {
    const server = await startS3()
    const bytes = randomBytes(300_000)
    const target = targetOf(server)
    await target.put('nodes/one@main/a b.json', upload(bytes), never)
    expect([...server.objects.keys()]).toEqual(['team/ocm/nodes/one@main/a b.json'])
    expect(await target.head('nodes/one@main/a b.json', never)).toMatchObject({
      bytes: 300_000,
      sha256: upload(bytes).sha256,
    })
    const body = await target.get('nodes/one@main/a b.json', never)
    expect(Buffer.compare(await buffer(body ?? Readable.from([])), bytes)).toBe(0)
    await target.delete('nodes/one@main/a b.json', never)
    await target.delete('nodes/one@main/a b.json', never)
    expect(await target.head('nodes/one@main/a b.json', never)).toBeNull()
    expect(await target.get('nodes/one@main/a b.json', never)).toBeNull()
  })

  it('lists every page, and nothing outside of its prefix', async () => {
    const server = await startS3()
    server.pageSize = 3
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4&<5', 'b/1'])
      await targetOf(server).put(key, upload(Buffer.from(key)), never)
    server.objects.set('team/other', { bytes: Buffer.from(''), sha256: null, etag: '', storedAt: 0 })
    expect(await keysOf(server, 'a/')).toEqual(['a/1', 'a/2', 'a/3', 'a/4&<5'])
    expect(await keysOf(server)).toHaveLength(5)
  })

  it.each<[string, Parameters<typeof askingOf>[1], string]>([
    ['a wrong secret', { secret: 'not-the-secret-at-all' }, 'credentials'],
    ['an unknown key', { accessKeyId: 'AKIDUNKNOWN' }, 'credentials'],
    ['another region', { region: 'eu-north-1' }, 'region'],
    ['a bucket that is not there', { bucket: 'nothing' }, 'no-bucket'],
  ])('tells %s apart, and asks once', async (_what, options, why) => {
    const server = await startS3()
    const listed = targetOf(server, options).list('', never).next()
    await expect(listed).rejects.toMatchObject({ code: 'offsite-failed', params: { why } })
  })

  it('says that a clock is wrong', async () => {
    const server = await startS3()
    server.clockOff = 3_600_000
    await expect(keysOf(server)).rejects.toMatchObject({ params: { why: 'clock' } })
  })

  it.each<[string, Fault, string, number]>([
    ['refuses', { status: 403, code: 'AccessDenied' }, 'denied', 1],
    ['is full', { status: 507, code: 'XMinioStorageFull' }, 'full', 1],
    ['has trouble', { status: 500, code: 'InternalError' }, 'busy', 4],
    ['wants less', { status: 503, code: 'SlowDown' }, 'busy', 4],
    ['hangs up', 'cut', 'unreachable', 4],
  ])('that %s is asked so often and no more', async (_what, fault, why, times) => {
    const server = await startS3()
    server.fault = () => fault
    const put = targetOf(server).put('a', upload(randomBytes(100_000)), never)
    await expect(put).rejects.toMatchObject({ params: { target: 's3://backups/team/ocm', why } })
    expect(server.seen).toHaveLength(times)
  })

  it('that answers again after trouble has it all', async () => {
    const server = await startS3()
    let faults: Fault[] = ['cut', { status: 500, code: 'InternalError' }, { status: 429, code: 'TooMany' }]
    server.fault = () => faults.shift() ?? null
    const bytes = randomBytes(200_000)
    await targetOf(server).put('a', upload(bytes), never)
    faults = []
    expect(await targetOf(server).head('a', never)).toMatchObject({ sha256: upload(bytes).sha256 })
  })

  it('that says nothing is given up', async () => {
    const server = await startS3()
    server.fault = () => 'silent'
    const head = targetOf(server, { silenceMs: 50 }).head('a', never)
    await expect(head).rejects.toMatchObject({ params: { why: 'unreachable' } })
  })

  it('that gives a byte now and then is given up, too', async () => {
    const server = await startS3()
    await targetOf(server).put('a', upload(randomBytes(100_000)), never)
    server.fault = () => 'trickle'
    const body = await targetOf(server, { longestMs: 100 }).get('a', never)
    await expect(buffer(body ?? Readable.from([]))).rejects.toThrow()
  })

  it('is left at once when somebody stops it', async () => {
    const server = await startS3()
    const stopping = new AbortController()
    server.fault = () => {
      stopping.abort()
      return 'silent'
    }
    const head = targetOf(server).head('a', stopping.signal)
    await expect(head).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('refuses content that is not what its checksum says', async () => {
    const server = await startS3()
    const content = { ...upload(Buffer.from('abc')), read: () => Readable.from([Buffer.from('abd')]) }
    await expect(targetOf(server).put('a', content, never)).rejects.toMatchObject({ params: { why: 'torn' } })
    expect(server.objects.size).toBe(0)
  })

  it('never quotes its key', async () => {
    const server = await startS3()
    const { accessKeyId, secretAccessKey } = server.keys
    for (const [options, fault] of [
      [{ secret: 'wrong-secret-of-mine' }, null],
      [{}, { status: 403, code: accessKeyId.replace('0', '<') }],
      [{}, 'cut'],
    ] as const) {
      server.fault = () => fault
      const error: unknown = await targetOf(server, options)
        .put('a', upload(Buffer.from('x')), never)
        .catch((one: unknown) => one)
      const shown = inspect(error, { depth: 10, showHidden: true })
      for (const secret of [accessKeyId, secretAccessKey, 'wrong-secret-of-mine', 'Signature='])
        expect(shown).not.toContain(secret)
    }
  })

  it('tells a server of another kind from one of S3', async () => {
    const http = createServer((_request, response) => response.end('<html>hello</html>'))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void http.close().closeAllConnections())
    const endpoint = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
    const listed = keysOf({ ...(await startS3()), endpoint })
    await expect(listed).rejects.toMatchObject({ params: { why: 'refused' } })
  })
})
