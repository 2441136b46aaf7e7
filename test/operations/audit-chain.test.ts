import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Audit, type AuditEntry, createAudit } from '../../src/operations/audit.ts'
import { appendLine, auditLines, canonical, hashOf, KEPT } from '../../src/operations/audit-chain.ts'
import type { AuditCopier, CopyTarget } from '../../src/operations/audit-copy.ts'
import { chainFormerEntries, formerEntries } from '../../src/operations/former-audit.ts'
import type { Store } from '../../src/store/store.ts'
import { auditEntry } from '../store/records.ts'
import { copierOf } from '../support/audit.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

let stores: StoreFolder
let store: Store
let elsewhere: string
const signal = new AbortController().signal
const plain = (text: string) => text

beforeEach(async () => {
  stores = await storeFolder()
  store = await stores.open('ocm.db', { collections: [auditLines] })
  elsewhere = await mkdtemp(join(tmpdir(), 'ocm-elsewhere-'))
})
afterEach(async () => {
  await stores.remove()
  await rm(elsewhere, { recursive: true })
})

/** Lines `op-1` … `op-COUNT`, written in one transaction. */
async function lines(count: number, more: (index: number) => Partial<AuditEntry> = () => ({})) {
  await store.transaction((tx) => {
    for (let index = 1; index <= count; index++)
      appendLine(tx, { ...auditEntry(`op-${index}`), ...more(index) })
  })
}

/** What somebody does who can write to the file. */
function tamper(work: (db: DatabaseSyncInstance) => void): void {
  const db = new DatabaseSync(join(stores.folder, 'ocm.db'), { timeout: 5_000 })
  try {
    work(db)
  } finally {
    db.close()
  }
}
const key = (seq: number) => String(seq).padStart(12, '0')
const read = (db: DatabaseSyncInstance, seq: number) =>
  JSON.parse(
    String(
      db.prepare("SELECT value FROM records WHERE collection = 'audit-line' AND key = ?").get(key(seq))
        ?.value,
    ),
  )
const write = (db: DatabaseSyncInstance, seq: number, value: unknown) =>
  db
    .prepare("UPDATE records SET value = ? WHERE collection = 'audit-line' AND key = ?")
    .run(JSON.stringify(value), key(seq))
const drop = (db: DatabaseSyncInstance, from: number, to: number) =>
  db
    .prepare("DELETE FROM records WHERE collection = 'audit-line' AND key BETWEEN ? AND ?")
    .run(key(from), key(to))
const setHead = (db: DatabaseSyncInstance, seq: number, hash: string) =>
  db
    .prepare("UPDATE records SET value = ? WHERE collection = 'audit-chain' AND key = 'head'")
    .run(JSON.stringify({ seq, hash, cut: null }))

const auditOf = (copier: AuditCopier | null = null) => createAudit({ store, redact: plain, copier })
const check = (
  audit: Audit = auditOf(),
  options: { against?: string; noted?: { seq: number; hash: string } } = {},
) => audit.check({ against: options.against ?? null, noted: options.noted ?? null, signal })
const faults = async (...args: Parameters<typeof check>) =>
  (await check(...args)).faults.map(({ kind, from, to }) => `${kind} ${from}-${to}`)

describe('the chain of the audit', () => {
  it('holds, and names its last line', async () => {
    await lines(150)
    const found = await check()
    expect(found).toMatchObject({ lines: 150, first: 1, faults: [], faultCount: 0, copy: null })
    expect(found.head).toMatchObject({ seq: 150 })
    expect(
      await faults(auditOf(), {
        noted: { seq: 40, hash: (await store.get(auditLines, key(40)))?.hash ?? '' },
      }),
    ).toEqual([])
  })

  it('is empty and holds before anything was done', async () => {
    expect(await check()).toMatchObject({ lines: 0, first: null, head: null, faults: [] })
  })

  it('finds an edited line', async () => {
    await lines(100)
    tamper((db) => write(db, 70, { ...read(db, 70), actorName: 'Somebody else' }))
    expect(await faults()).toEqual(['edited 70-70'])
  })

  it('finds an edited line also where its hash was made anew', async () => {
    await lines(100)
    tamper((db) => {
      const line = { ...read(db, 70), actorName: 'Somebody else' }
      write(db, 70, { ...line, hash: hashOf(line) })
    })
    expect(await faults()).toEqual(['not-following 71-71'])
  })

  it('finds an edited last line', async () => {
    await lines(10)
    tamper((db) => {
      const line = { ...read(db, 10), result: 'failed' }
      write(db, 10, { ...line, hash: hashOf(line) })
    })
    expect(await faults()).toEqual(['edited 10-10'])
  })

  it('finds lines that were removed in the middle and at the beginning', async () => {
    await lines(100)
    tamper((db) => {
      drop(db, 1, 3)
      drop(db, 50, 60)
    })
    expect(await faults()).toEqual(['missing 1-3', 'missing 50-60'])
  })

  it('finds a line that can no longer be read', async () => {
    await lines(10)
    tamper((db) => write(db, 4, { any: 'thing' }))
    expect(await faults()).toEqual(['missing 4-4'])
  })

  it('finds two lines that changed their places', async () => {
    await lines(20)
    tamper((db) => {
      const [first, second] = [read(db, 5), read(db, 6)]
      write(db, 5, second)
      write(db, 6, first)
    })
    expect((await check()).faults.map(({ kind }) => kind)).toContain('moved')
  })

  it('finds that its end was cut off, also once more was written', async () => {
    await lines(20)
    tamper((db) => drop(db, 15, 20))
    expect(await faults()).toEqual(['cut-off 15-20'])
    await auditOf().append(auditEntry('later'))
    expect(await faults()).toEqual(['missing 15-20'])
  })

  it('finds what was written behind its end by hand, and does not write over it', async () => {
    await lines(5)
    tamper((db) => {
      const rest = { ...read(db, 5), seq: 6, operationId: 'smuggled' }
      db.prepare(
        "INSERT INTO records (collection, key, revision, version, written_at, value) VALUES ('audit-line', ?, 1, 1, 1, ?)",
      ).run(key(6), JSON.stringify({ ...rest, hash: hashOf(rest) }))
    })
    expect(await faults()).toEqual(['added 6-6'])
    await auditOf().append(auditEntry('later'))
    expect((await store.get(auditLines, key(6)))?.operationId).toBe('smuggled')
    expect(await faults()).toEqual(['not-following 6-7'])
  })

  it('takes no fork when several write at once', async () => {
    const others = await Promise.all(
      [1, 2, 3].map(() => stores.open('ocm.db', { collections: [auditLines] })),
    )
    const writers = [store, ...others].map((one) => createAudit({ store: one, redact: plain }))
    await Promise.all(
      writers.flatMap((audit, index) =>
        Array.from({ length: 8 }, (_, at) => audit.append(auditEntry(`w${index}-${at}`))),
      ),
    )
    expect(await check()).toMatchObject({ lines: 32, head: { seq: 32 }, faults: [] })
  })

  it('chains texts of every kind as they are read back', async () => {
    const texts = ['\u2028', '\ud800', '\u0000', '💾', '"\\', '\u202e', 'é', '1e400']
    for (const text of texts)
      await auditOf().append({ ...auditEntry('x'), reason: text, input: { [text]: [text, { 2: 1, 1: -0 }] } })
    expect(await faults()).toEqual([])
  })

  it('writes objects whose members stand in one order', () => {
    expect(canonical({ b: 1, a: [{ 10: 1, 9: null, x: undefined }] })).toBe('{"a":[{"10":1,"9":null}],"b":1}')
  })
})

describe('what is kept no longer', () => {
  const at = (days: number) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000).toISOString()

  it('goes as more is written, and the chain still holds from there on', async () => {
    await lines(300, (index) => ({ at: at(index < 100 ? index / 100 : 401 + index / 100) }))
    const found = await check()
    expect(found).toMatchObject({ first: 100, lines: 201, faults: [] })
  })

  it('goes when there are too many, a few with each new line', async () => {
    const before = KEPT.records
    KEPT.records = 50
    try {
      await lines(120)
      expect(await check()).toMatchObject({ first: 71, lines: 50, faults: [] })
    } finally {
      KEPT.records = before
    }
  })

  it('is not mistaken for a beginning that somebody took away', async () => {
    await lines(20)
    tamper((db) => {
      const { seq, hash } = read(db, 8)
      db.prepare(
        "INSERT INTO records (collection, key, revision, version, written_at, value) VALUES ('audit-chain', 'anchor', 1, 1, 1, ?)",
      ).run(JSON.stringify({ seq, hash, cut: { lastAt: at(0), at: at(1) } }))
      drop(db, 1, 8)
    })
    expect(await faults()).toEqual(['cut-too-early 8-8'])
  })
})

describe('a copy elsewhere', () => {
  let copier: AuditCopier
  const open = (target: CopyTarget) => copierOf(stores, store, target)
  const file = () => join(elsewhere, 'audit.jsonl')
  const copied = async (seq: number) =>
    expect.poll(async () => (await copier.state()).upTo, { timeout: 8_000 }).toBe(seq)

  beforeEach(async () => {
    copier = open({ kind: 'file', path: file() })
  })
  afterEach(() => copier.close())

  it('has every line soon, each once, and compares with it', async () => {
    await lines(130)
    await copied(130)
    await auditOf().append(auditEntry('later'))
    await copied(131)
    const texts = (await readFile(file(), 'utf8')).trimEnd().split('\n')
    expect(texts.map((text) => JSON.parse(text).seq)).toEqual(Array.from({ length: 131 }, (_, at) => at + 1))
    expect(await check(auditOf(copier))).toMatchObject({
      faults: [],
      copy: { kind: 'file', upTo: 131, problem: null, compared: { lines: 131, unreadable: 0, upTo: 131 } },
    })
  })

  it('shows that the end was cut off without a trace', async () => {
    await lines(20)
    await copied(20)
    await copier.close()
    tamper((db) => {
      const { seq, hash } = read(db, 15)
      drop(db, 16, 20)
      setHead(db, seq, hash)
    })
    expect(await faults()).toEqual([])
    expect(await faults(auditOf(copier))).toEqual(['behind-copy 16-20'])
    await lines(5)
    expect(await faults(auditOf(copier))).toEqual(['not-as-copied 16-20'])
  })

  it('shows that the whole chain was written anew, and then has both', async () => {
    await lines(12)
    await copied(12)
    await copier.close()
    tamper((db) => {
      let prev = read(db, 3).prev
      for (let seq = 3; seq <= 12; seq++) {
        const { hash: _hash, ...rest } = { ...read(db, seq), actorName: 'Nobody', prev }
        prev = hashOf(rest)
        write(db, seq, { ...rest, hash: prev })
      }
      setHead(db, 12, prev)
    })
    expect(await faults()).toEqual([])
    expect(await faults(auditOf(copier))).toEqual(['not-as-copied 3-12'])
    copier = open({ kind: 'file', path: file() })
    await lines(1)
    await copied(13)
    expect(await faults(auditOf(copier))).toEqual(['not-as-copied 3-12'])
  })

  it('goes on behind a line that a crash cut off', async () => {
    await lines(3)
    await copied(3)
    await writeFile(file(), `${await readFile(file(), 'utf8')}{"at":"2026-`)
    await lines(1)
    await copied(4)
    expect(await check(auditOf(copier))).toMatchObject({
      faults: [],
      copy: { compared: { lines: 4, unreadable: 1, upTo: 4 } },
    })
  })

  it('is compared when it was named, also as an export is', async () => {
    await lines(10)
    const texts = (await auditOf().after(0, 100)).map(canonical)
    await writeFile(file(), texts.join('\n'))
    expect(await check(auditOf(), { against: file() })).toMatchObject({
      faults: [],
      copy: { kind: 'given', compared: { lines: 10 } },
    })
    await expect(check(auditOf(), { against: join(elsewhere, 'none') })).rejects.toMatchObject({
      code: 'audit-copy-unreadable',
    })
  })

  it('says that it cannot be kept, once, and goes on when it can', async () => {
    await copier.close()
    copier = open({ kind: 'file', path: join(elsewhere, 'missing', 'audit.jsonl') })
    await lines(1)
    await expect.poll(async () => (await copier.state()).problem, { timeout: 8_000 }).toBe('ENOENT')
    expect(await check(auditOf(copier))).toMatchObject({
      copy: { upTo: null, problem: 'ENOENT', compared: null },
    })
  })
})

describe('a copy at a web address', () => {
  let server: Server
  const bodies: string[] = []
  let status = 200

  beforeEach(async () => {
    bodies.length = 0
    status = 200
    server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8')
      request.on('data', (text: string) => {
        body += text
      })
      request.on('end', () => {
        if (status === 200) bodies.push(body)
        response.writeHead(status).end()
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  it('gets each line once, in their order, and no word of the address stands in the log', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`
    const start = () => copierOf(stores, store, { kind: 'webhook', url })
    status = 500
    await lines(150)
    const first = start()
    await expect.poll(async () => (await first.state()).problem, { timeout: 8_000 }).toBe('status 500')
    await first.close()
    status = 200
    const second = start()
    await expect.poll(async () => (await second.state()).upTo, { timeout: 8_000 }).toBe(150)
    await second.close()
    const seqs = bodies
      .join('')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text).seq)
    expect(seqs).toEqual(Array.from({ length: 150 }, (_, at) => at + 1))
    expect(JSON.stringify(stores.log.lines)).not.toContain('s3cret')
  })
})

describe('entries from before the chain', () => {
  it('get their places once, in the order of their time', async () => {
    await store.transaction((tx) => {
      for (let index = 100; index < 220; index++)
        tx.put(formerEntries, `2026-01-01 op-${index}`, auditEntry(`op-${index}`))
    })
    await chainFormerEntries(store, stores.log)
    await chainFormerEntries(store, stores.log)
    expect(await check()).toMatchObject({ lines: 120, faults: [] })
    const found = await auditOf().after(0, 500)
    expect(found.map(({ operationId }) => operationId)).toEqual(
      Array.from({ length: 120 }, (_, index) => `op-${index + 100}`),
    )
    expect(await store.list(formerEntries)).toEqual([])
  })
})
