import { spawnSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formerJournal, jobs, openJournal } from '../../src/operations/journal.ts'
import { thisProcess } from '../../src/state/file-lock.ts'
import type { Store } from '../../src/store/store.ts'
import { openJobsIn } from '../support/audit.ts'
import { type StoreFolder, storeFolder } from '../support/stores.ts'

const job = {
  operationId: 'op-1',
  operation: 'restart-node',
  nodeId: 'alpha',
  actorId: '1',
  startedAt: '2026',
}
let stores: StoreFolder
let store: Store

beforeEach(async () => {
  stores = await storeFolder()
  store = await stores.open()
})
afterEach(() => stores.remove())

/** Makes every open job one of a process that has ended. */
async function orphan(): Promise<void> {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  const owner = { ...(await thisProcess()), pid }
  await store.transaction((tx) => {
    for (const { key, value } of tx.list(jobs)) tx.put(jobs, key, { ...value, owner })
  })
}

describe('the journal', () => {
  it('remembers what a process that died had begun, until that is ended', async () => {
    const running = await openJournal(store)
    await running.begin(job)
    await running.begin({ ...job, operationId: '../odd id' })
    expect((await openJournal(store)).unfinished()).toEqual([])
    await orphan()
    const later = await openJournal(store)
    const found = later.unfinished().map(({ operationId }) => operationId)
    expect(found.sort()).toEqual(['../odd id', 'op-1'])
    await later.end('op-1')
    await later.end('../odd id')
    await later.end('never begun')
    expect(later.unfinished()).toEqual([])
    expect(openJobsIn(stores.folder)).toEqual([])
  })

  it('forgets what was ended', async () => {
    const journal = await openJournal(store)
    await journal.begin(job)
    expect(openJobsIn(stores.folder)).toEqual(['op-1'])
    await journal.end('op-1')
    expect(openJobsIn(stores.folder)).toEqual([])
  })

  it('of an older ocm is taken over', async () => {
    const owner = await thisProcess()
    const writes = formerJournal(store).writes(JSON.stringify({ job, owner }))
    await store.transaction((tx) => writes.forEach((write) => void write(tx)))
    expect(openJobsIn(stores.folder)).toEqual(['op-1'])
  })
})
