import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compress, createGzipPieces, gzipWith, takesGzip } from '../../src/http/gzip-pieces.ts'
import { pieces, sharedPieces } from '../../src/http/pieces.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import { actor } from '../support/fleet.ts'
import { until } from '../support/until.ts'
import { type Stage, startStage } from './stage.ts'

/** What has come so far, although its end has not. */
const read = (bytes: Buffer) => gunzipSync(bytes, { finishFlush: 2 }).toString('utf8')

describe('pieces of a gzip stream', () => {
  it('can each be read as soon as they are there, whatever their length', () => {
    const encode = createGzipPieces()
    const long = Array.from({ length: 9_000 }, (_, index) => `row ${index} 日本語\n`).join('')
    const texts = ['short', long, '', 'ü'.repeat(255), 'x'.repeat(512), 'ü'.repeat(2_047), long]
    const sent: Uint8Array[] = []
    let whole = ''
    for (const text of texts) {
      whole += text
      sent.push(encode(Buffer.from(text)))
      expect(read(Buffer.concat(sent)) === whole).toBe(true)
    }
    const bytes = sent.reduce((sum, { length }) => sum + length, 0)
    expect(bytes).toBeLessThan(Buffer.byteLength(whole) / 3)
  })

  it('that many are sent are made once, and stand in each stream among what is its own', async () => {
    const rows = Array.from({ length: 900 }, (_, index) => `{"id":"node-${index}"}`).join(',')
    const shared = sharedPieces([rows, ']'])
    const [first] = shared
    expect(shared).toHaveLength(Math.ceil((rows.length + 1) / (32 * 1_024)))
    expect(await first?.blocks()).toBe(await first?.blocks())
    expect(first?.plain).toBe(first?.plain)
    for (const own of ['{"reader":"a","rows":[', `{"reader":"${'b'.repeat(2_000)}","rows":[`]) {
      const encode = createGzipPieces()
      const sent: Uint8Array[] = []
      for (const piece of pieces([own, ...shared, '}', 'next ', ...shared]))
        sent.push(encode(typeof piece === 'string' ? Buffer.from(piece) : await piece.blocks()))
      expect(read(Buffer.concat(sent))).toBe(`${own}${rows}]}next ${rows}]`)
    }
  })

  it.each([0, 1, 511, 512, 4 * 1_024, 300_000])(
    'make one whole of %i bytes that were compressed before and of what is behind them',
    async (size) => {
      const plain = Buffer.from('row 日本語 '.repeat(Math.ceil(size / 14))).subarray(0, size)
      const known = await compress(plain)
      for (const behind of ['', ',"schema":"ocm/1"}', 'é'.repeat(40_000)]) {
        const sent = Buffer.concat(gzipWith(known, Buffer.from(behind)))
        const whole = Buffer.concat([plain, Buffer.from(behind)])
        expect(gunzipSync(sent).equals(whole)).toBe(true)
      }
    },
  )

  it.each([
    [undefined, false],
    ['', false],
    ['gzip, deflate, br', true],
    ['br;q=1, GZIP ; q=0.5', true],
    ['gzip;q=0', false],
    ['gzip;q=0.0, identity', false],
    ['x-gzip-not, br', false],
  ])('are for who takes them: %s', (header, takes) => expect(takesGzip(header)).toBe(takes))
})

describe('the stream of the fleet', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await startStage()
  })
  afterAll(() => stage.close())

  it('comes compressed to who takes that, each event at once', async () => {
    const bytes: Buffer[] = []
    const headers = { authorization: `Bearer ${await stage.token('viewer')}`, 'accept-encoding': 'gzip' }
    const open = request(`${stage.url.href}/stream`, { headers }, (answer) => {
      expect(answer.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
      answer.on('data', (part: Buffer) => bytes.push(part)).on('error', () => undefined)
    })
    open.on('error', () => undefined)
    open.end()
    const text = () => (bytes.length === 0 ? '' : read(Buffer.concat(bytes)))
    await until(() => /^event: hello$/m.test(text()))
    const { context } = stage.sandbox.app.owned
    const input = { node: 'beta', on: true, minutes: 5, reason: 'a new disk' }
    await runOperation(context, actor('admin'), setMaintenance, input)
    await until(() => text().includes('a new disk'))
    open.destroy()
  })
})
