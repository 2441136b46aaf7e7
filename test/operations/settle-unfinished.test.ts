import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { settleUnfinished } from '../../src/operations/settle-unfinished.ts'
import { openAuditFile, readAuditFile } from '../../src/state/audit-file.ts'
import { openJournal } from '../../src/state/journal-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-unfinished-'))
})
afterEach(() => rm(folder, { recursive: true }))

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** Begins a job in a process that then ends without finishing it. */
function leaveJob(): void {
  const journal = new URL('../../src/state/journal-file.ts', import.meta.url).href
  const program = `const { openJournal } = await import(${JSON.stringify(journal)})
    const journal = await openJournal({ folder: ${JSON.stringify(join(folder, 'jobs'))} })
    await journal.begin({ operationId: 'op1', operation: 'restart-node', nodeId: 'alpha', actorId: '42',
      startedAt: '2026-11-22T12:00:00.000Z' })`
  const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  })
  expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 })
}

it('writes a change that a dead process left into the audit as unknown, once', async () => {
  leaveJob()
  const audit = await openAuditFile({ path: join(folder, 'audit.jsonl'), redact: (text) => text })
  const journal = await openJournal({ folder: join(folder, 'jobs') })
  const context = { journal, audit, clock: systemClock, log: quiet }
  expect(await settleUnfinished(context)).toBe(1)
  expect(await settleUnfinished(context)).toBe(0)
  await audit.close()
  const { entries } = await readAuditFile(join(folder, 'audit.jsonl'))
  expect(entries).toMatchObject([{ operationId: 'op1', nodeId: 'alpha', actorId: '42', result: 'unknown' }])
  expect(await readdir(join(folder, 'jobs'))).toEqual([])
})
