import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { openJournal } from '../../src/operations/journal.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { settleUnfinished } from '../../src/operations/settle-unfinished.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { en } from '../../src/text/en/index.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { environmentBeside, killedAt } from '../support/killed-ocm.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'

const TIMINGS = { readyMs: 40, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const TO = '2026.9.6'
const admin = actor('admin')
const input = { tags: ['prod'], to: TO }

let archives: string
let settings: Record<string, string>
let fleet: Fleet
let program: BuiltProgram

beforeAll(async () => {
  program = await buildProgram()
  archives = mkdtempSync(join(tmpdir(), 'ocm-archives-'))
  await writeArchives(archives, '2026.8.1', TO)
  settings = {
    ...{ OCM_BACKUP_FREE_MB: '1', OCM_UPDATE_SOAK_MS: '200', OCM_PROGRAM_SOURCE: archives },
    ...{ OCM_RESTART_DEADLINE_MS: '20000', OCM_STATUS_DEADLINE_MS: '60000' },
  }
  const node = (id: string) => ({
    ...{ id, name: id, tags: ['prod'], version: '2026.8.1' as const },
    ...{ agents: [{ id: 'main' }], timings: TIMINGS },
  })
  fleet = await startFleet(['n1', 'n2'].map(node), settings)
}, 60_000)
afterAll(async () => {
  await fleet?.close()
  await program?.remove()
  rmSync(archives, { recursive: true, force: true })
})

/** Updates the fleet in a process of its own, which is killed as soon as it tells the line. */
async function killedIn(line: string): Promise<void> {
  const words = ['fleet', 'update', '--to', TO, '--tag', 'prod', '--yes']
  const env = environmentBeside(fleet, { ...settings, OCM_LOG_LEVEL: 'silent' })
  await killedAt([program.main, ...words], env, line, (said) => said.includes(line))
}

async function versionOf(node: string) {
  const { data } = await runOperation(fleet.context, admin, nodeStatus, { node })
  return `${data.snapshot.install.version.value} ${data.snapshot.state}`
}

/** What the next start of ocm says of what it found open. */
async function settled(): Promise<string[]> {
  const store = await openSqliteStore({ path: join(fleet.folder, 'ocm.db'), log: fleet.log })
  await settleUnfinished({ ...fleet.context, journal: await openJournal(store) })
  await store.close()
  const entries = (await fleet.audit()).filter(({ face }) => face === 'recovery')
  return entries.map(({ operation, nodeId, result }) => `${operation} ${nodeId} ${result}`).sort()
}

describe('an update of many nodes whose ocm is killed', () => {
  it('is told as unknown, and gone on with where it was cut', { timeout: 120_000 }, async () => {
    await killedIn(`n1 ${en['fleet.state.running']} · ${en['update.step.switching']}`)
    expect(await settled()).toEqual(['fleet-update null unknown', 'update-node n1 unknown'])
    const isSettled = () => fleet.node('n1').facts().pid === null || fleet.node('n1').facts().ready
    await expect.poll(isSettled, { timeout: 30_000 }).toBe(true)
    const confirmed = await planOperation(fleet.context, admin, fleetUpdate, input)
    const resumes = confirmed.plan.nodes.map(({ id, update }) => [id, update?.resumes])
    expect(resumes).toEqual([
      ['n1', true],
      ['n2', false],
    ])
    const { outcome } = await runOperation(fleet.context, admin, fleetUpdate, input, { confirmed })
    expect(outcome).toBe('done')
    expect(await Promise.all(['n1', 'n2'].map(versionOf))).toEqual([`${TO} serving`, `${TO} serving`])
  })
})
