import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { ApprovalRequest, ApprovalsPort } from '../../src/operations/approvals.ts'
import { createAudit } from '../../src/operations/audit.ts'
import { openJournal } from '../../src/operations/journal.ts'
import { settleUnfinished } from '../../src/operations/settle-unfinished.ts'
import { openJobsIn } from '../support/audit.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

let stores: StoreFolder
beforeEach(async () => {
  stores = await storeFolder()
})
afterEach(() => stores.remove())

/** Begins a job in a process that then ends without finishing it. */
function leaveJob(): void {
  const source = (name: string) => JSON.stringify(new URL(`../../src/${name}`, import.meta.url).href)
  const program = `const { openSqliteStore } = await import(${source('store/sqlite-store.ts')})
    const { openJournal } = await import(${source('operations/journal.ts')})
    const log = { debug() {}, info() {}, warn() {}, error() {} }
    const store = await openSqliteStore({ path: ${JSON.stringify(join(stores.folder, 'ocm.db'))}, log })
    const journal = await openJournal(store)
    await journal.begin({ operationId: 'op1', operation: 'restart-node', nodeId: 'alpha', actorId: '42',
      startedAt: '2026-11-22T12:00:00.000Z' })
    process.kill(process.pid, 'SIGKILL')`
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  expect({ signal: run.signal, stderr: run.stderr }).toEqual({ signal: 'SIGKILL', stderr: '' })
}

it('writes a change that a dead process left into the audit as unknown, once', async () => {
  leaveJob()
  const store = await stores.open()
  const audit = createAudit({ store, redact: (text) => text })
  const decided = { face: 'discord', id: '42', name: 'Ada', identity: 'discord:42', person: null, at: 0 }
  const emergency = 'nobody answers at all'
  const used = { id: 'r1', decided: { ...decided, emergency } } as unknown as ApprovalRequest
  const approvals = {
    usedBy: (operationId: string) => (operationId === 'op1' ? used : undefined),
  } as ApprovalsPort
  const context = { approvals, journal: await openJournal(store), audit, clock: systemClock, log: stores.log }
  expect(await settleUnfinished(context)).toBe(1)
  expect(await settleUnfinished(context)).toBe(0)
  const { lines: entries } = await audit.find({ limit: 10 })
  // What it went on without is not lost with it.
  const approval = { request: 'r1', by: 'discord:42', name: 'Ada', emergency }
  expect(entries).toMatchObject([
    { operationId: 'op1', nodeId: 'alpha', actorId: '42', result: 'unknown', approval },
  ])
  expect(openJobsIn(stores.folder)).toEqual([])
})
