import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { checkAuditCopy } from '../../src/cli/doctor/audit-copy.ts'
import { createAudit } from '../../src/operations/audit.ts'
import type { CopyTarget } from '../../src/operations/audit-copy.ts'
import type { Context } from '../../src/operations/context.ts'
import type { Config } from '../../src/settings/config.ts'
import type { Store } from '../../src/store/store.ts'
import { auditEntry } from '../store/records.ts'
import { copierOf } from '../support/audit.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

let stores: StoreFolder
let store: Store

beforeEach(async () => {
  stores = await storeFolder()
  store = await stores.open()
})
afterEach(async () => {
  await store.close()
  await stores.remove()
})

/** What doctor says of a target, with one line in the audit that has to go there. */
async function examine(target: CopyTarget | null) {
  const copier = target && copierOf(stores, store, target)
  const audit = createAudit({ store, copier, redact: (text) => text })
  await audit.append(auditEntry('an-operation'))
  try {
    return await checkAuditCopy({ watch: { auditCopy: target } } as Config, {
      open: async () => ({ audit }) as unknown as Context,
      signal: new AbortController().signal,
    })
  } finally {
    await copier?.close()
  }
}

/** An address that answers so, or never. */
async function address(status: number | null): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    if (status !== null) response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret`
}

describe('what doctor says of the copy of the audit', () => {
  it('is nothing where none is wanted', async () => {
    expect(await examine(null)).toEqual([])
  })

  it('is that it is kept, once everything has been sent there', async () => {
    const path = join(stores.folder, 'copy.jsonl')
    expect(await examine({ kind: 'file', path })).toMatchObject([
      { level: 'ok', text: 'doctor.audit-copied' },
    ])
    expect(await readFile(path, 'utf8')).toContain('an-operation')
  })

  it('is why a file cannot be written', async () => {
    const folder = join(stores.folder, 'unmounted')
    const [found] = await examine({ kind: 'file', path: join(folder, 'copy.jsonl') })
    expect(found).toMatchObject({
      level: 'problem',
      text: 'doctor.audit-copy-failed',
      mend: 'doctor.audit-copy-failed.mend',
      params: { code: 'ENOENT' },
    })
  })

  it.each([
    [500, 'status 500'],
    [null, 'timeout'],
  ])('is what an address answers: %s', async (status, code) => {
    const found = await examine({ kind: 'webhook', url: await address(status) })
    expect(found).toMatchObject([{ level: 'problem', params: { code } }])
    expect(JSON.stringify(found)).not.toContain('s3cret')
  })
})
