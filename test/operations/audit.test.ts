import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AuditEntry, createAudit } from '../../src/operations/audit.ts'
import { appendLine, auditLines } from '../../src/operations/audit-chain.ts'
import { chainFormerEntries, formerAudit } from '../../src/operations/former-audit.ts'
import type { Store } from '../../src/store/store.ts'
import { auditText } from '../support/audit.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const entry: AuditEntry = {
  at: '2026-01-02T00:00:00.000Z',
  operationId: 'op-1',
  operation: 'restart-node',
  face: 'discord',
  actorId: '1',
  actorName: 'Aiko',
  nodeId: 'alpha',
  input: { node: 'alpha' },
  reason: null,
  result: 'done',
  errorCode: null,
  durationMs: 12,
}
const plain = (text: string) => text
let stores: StoreFolder
let store: Store

beforeEach(async () => {
  stores = await storeFolder()
  store = await stores.open('ocm.db', { collections: [auditLines] })
})
afterEach(() => stores.remove())

const day = (number: number) => `2026-01-${String(number).padStart(2, '0')}T00:00:00.000Z`

describe('the audit', () => {
  it('keeps every entry, also of one operation in one millisecond', async () => {
    const audit = createAudit({ store, redact: plain })
    await Promise.all(['a', 'b', 'b', 'c'].map((operationId) => audit.append({ ...entry, operationId })))
    const { lines: found } = await audit.find({ limit: 10 })
    expect(found.map(({ operationId }) => operationId)).toEqual(['c', 'b', 'b', 'a'])
    expect(found[0]).toMatchObject({ ...entry, operationId: 'c' })
  })

  it('writes what comes at once in few transactions and in order, without a line that is none', async () => {
    const audit = createAudit({ store, redact: plain })
    let transactions = 0
    const { transaction } = store
    store.transaction = (work) => {
      transactions += 1
      return transaction.call(store, work) as never
    }
    const wrong = { ...entry, result: 'no result' as never }
    const ends = await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        audit.append(index === 20 ? wrong : { ...entry, operationId: `op-${index}` }),
      ),
    )
    const failed = ends.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))
    expect(failed).toEqual([20])
    const lines = await audit.after(0, 100)
    const wanted = Array.from({ length: 40 }, (_, index) => `op-${index}`).filter((id) => id !== 'op-20')
    expect(lines.map(({ operationId }) => operationId)).toEqual(wanted)
    transactions = 0
    await Promise.all(Array.from({ length: 60 }, () => audit.append(entry)))
    expect(transactions).toBeLessThanOrEqual(4)
    expect(
      await audit.check({ against: null, noted: null, signal: new AbortController().signal }),
    ).toMatchObject({
      lines: 99,
      faults: [],
    })
  })

  it('finds by time, node and person, the newest first', async () => {
    const audit = createAudit({ store, redact: plain })
    for (let number = 1; number <= 20; number++) {
      const nodeId = number % 2 ? 'alpha' : 'beta'
      const actorId = number % 3 ? 'kim' : 'ada'
      await audit.append({ ...entry, at: day(number), operationId: `op-${number}`, nodeId, actorId })
    }
    await audit.append({ ...entry, at: day(21), operationId: 'op-21', nodeId: null })
    const days = async (query: Omit<Parameters<typeof audit.find>[0], 'limit'>, limit = 100) =>
      (await audit.find({ ...query, limit })).lines.map(({ at }) => Number(at.slice(8, 10)))
    expect(await days({}, 3)).toEqual([21, 20, 19])
    expect(await days({ from: day(4), to: day(7) })).toEqual([6, 5, 4])
    expect(await days({ nodeId: 'beta' }, 4)).toEqual([20, 18, 16, 14])
    expect(await days({ who: 'ada', from: day(10) })).toEqual([18, 15, 12])
    expect(await days({ nodeId: 'beta', who: 'ada' })).toEqual([18, 12, 6])
    expect(await days({ nodeId: 'none' })).toEqual([])
  })

  it('finds the few entries of one person among the many of a node', async () => {
    const audit = createAudit({ store, redact: plain })
    const at = (number: number) => new Date(Date.parse(entry.at) + number).toISOString()
    await store.transaction((tx) => {
      for (let number = 0; number < 900; number++) {
        const actorId = number % 300 === 0 ? 'ada' : 'kim'
        appendLine(tx, { ...entry, at: at(number), actorId })
      }
    })
    const { lines: found } = await audit.find({ nodeId: 'alpha', who: 'ada', limit: 2 })
    expect(found.map((one) => one.at)).toEqual([at(600), at(300)])
  })

  it('keeps every entry on one line and unchanged, whatever people wrote', async () => {
    const audit = createAudit({ store, redact: plain })
    const texts = [
      'a\nb',
      'a\r\n{"result":"done"}',
      '\u2028\u2029\u0085',
      '\u202Eevil',
      '\u001b[2J',
      '"}\\',
      '\u{E0001}',
    ]
    fc.sample(fc.string({ unit: 'binary' }), 30).forEach((text) => void texts.push(text))
    for (const [index, text] of texts.entries())
      await audit.append({
        ...entry,
        operationId: `op-${String(index).padStart(3, '0')}`,
        reason: text,
        actorName: text,
        input: { [text]: text },
      })
    const raw = auditText(stores.folder)
    expect(raw.split(/[\n\r\u2028\u2029\u0085\v\f]/)).toHaveLength(texts.length)
    expect(raw.replaceAll('\n', '')).not.toMatch(/[\p{Cf}\p{Cc}]/u)
    const { lines: found } = await audit.find({ limit: 100 })
    expect(found.map(({ reason }) => reason).reverse()).toEqual(texts)
  })

  it('tells apart who used which token, although an id with that word looks like a secret', async () => {
    const audit = createAudit({ store, redact: (text) => text.replaceAll(/token:\w+/g, 'token:***') })
    await audit.append({ ...entry, actorId: 'token:9f2c41d07ab3', reason: 'token:9f2c41d07ab3' })
    const { lines } = await audit.find({ who: 'token:9f2c41d07ab3', limit: 5 })
    expect(lines).toMatchObject([{ actorId: 'token:9f2c41d07ab3', reason: 'token:***' }])
  })

  it('redacts every text', async () => {
    const audit = createAudit({ store, redact: (text) => text.replaceAll('hunter2', '***') })
    await audit.append({ ...entry, reason: 'hunter2', input: { deep: { list: ['hunter2'] } } })
    expect(auditText(stores.folder)).not.toContain('hunter2')
    expect(auditText(stores.folder)).toContain('***')
  })
})

describe('the audit of an older ocm', () => {
  it('is taken over but for lines that a crash cut off', async () => {
    const lines = [entry, { ...entry, operationId: 'later' }].map((one) => JSON.stringify(one))
    const writes = formerAudit(store).writes(`${lines.join('\n')}\n{"at":"2026-`)
    await store.transaction((tx) => writes.forEach((write) => void write(tx)))
    await chainFormerEntries(store, stores.log)
    const { lines: found } = await createAudit({ store, redact: plain }).find({ limit: 10 })
    expect(found.map(({ operationId }) => operationId)).toEqual(['op-1', 'later'])
  })
})
