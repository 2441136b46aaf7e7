import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { fleetUpdate } from '../../src/operations/fleet-update.ts'
import { openJournal } from '../../src/operations/journal.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { settleUnfinished } from '../../src/operations/settle-unfinished.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import type { SandboxNodeSpec } from '../../src/sandbox/stage/start-sandbox.ts'
import { openSqliteStore } from '../../src/store/sqlite-store.ts'
import { en } from '../../src/text/en/index.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { beginning, environmentBeside, killedAt } from '../support/killed-ocm.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 40, stopMs: 20, restartSecMs: 60, crashAfterMs: 60, drainMs: 100 }
const FROM = '2026.2.17'
const TO = '2026.9.6'
const admin = actor('admin')
const input = { tags: ['prod'], to: TO, turn: true }
const IDS = ['n1', 'n2']
const SESSION = 'agent:main:main'

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
}, 60_000)
/** Two nodes alike. */
async function start(version: '2026.2.17' | '2026.8.1' = FROM): Promise<void> {
  const agents = [{ id: 'main', sessions: [{ key: SESSION, totalTokens: 1_000 }] }]
  const node = (id: string): SandboxNodeSpec => ({
    ...{ id, name: id, tags: ['prod'], version },
    ...{ agents, timings: TIMINGS },
  })
  fleet = await startFleet(IDS.map(node), settings)
}
afterEach(() => fleet?.close())
afterAll(async () => {
  await program?.remove()
  rmSync(archives, { recursive: true, force: true })
})

/** Updates the fleet in a process of its own, which is killed as soon as it tells the line. */
async function killedIn(line: string): Promise<void> {
  const words = ['fleet', 'update', '--to', TO, '--turn', '--tag', 'prod', '--yes']
  const env = environmentBeside(fleet, { ...settings, OCM_LOG_LEVEL: 'silent' })
  await killedAt([program.main, ...words], env, line, (said) => said.includes(line))
}

async function versionOf(node: string) {
  const { data } = await runOperation(fleet.context, admin, nodeStatus, { node })
  return `${data.snapshot.install.version.value} ${data.snapshot.state}`
}
const versions = () => Promise.all(IDS.map(versionOf))

/** What the next start of ocm says of what it found open, and what the audit already told as ended. */
async function settled(): Promise<{ open: string[]; ended: string[] }> {
  const store = await openSqliteStore({ path: join(fleet.folder, 'ocm.db'), log: fleet.log })
  await settleUnfinished({ ...fleet.context, journal: await openJournal(store) })
  await store.close()
  const entries = await fleet.audit()
  const told = (mine: typeof entries) =>
    mine.map(({ operation, nodeId, result }) => `${operation} ${nodeId} ${result}`).sort()
  return {
    open: told(entries.filter(({ face }) => face === 'recovery')),
    ended: told(entries.filter(({ face, operation }) => face === 'cli' && operation.includes('update'))),
  }
}

/** Whatever the last command on a node was comes to its end; then its gateway is down, or serves. */
async function quiet(): Promise<void> {
  const isSettled = (id: string) => fleet.node(id).facts().pid === null || fleet.node(id).facts().ready
  await expect.poll(() => IDS.every(isSettled), { timeout: 30_000 }).toBe(true)
}

/** The same update once more. */
async function again() {
  const confirmed = await planOperation(fleet.context, admin, fleetUpdate, input)
  const { outcome, data } = await runOperation(fleet.context, admin, fleetUpdate, input, { confirmed })
  return { outcome, plan: confirmed.plan, rows: Object.fromEntries(data.rows.map((row) => [row.id, row])) }
}

const of = (id: string, step: string) => `${id} ${en['fleet.state.running']} · ${beginning(step)}`
const OPEN = ['fleet-update null unknown', 'update-node n1 unknown']

/** Where it is killed, and whether the node has written down by then that it is being updated. */
const PHASES: readonly [phase: string, line: string, begun: boolean][] = [
  ['backing up', of('n1', en['update.step.backing-up']), false],
  ['bringing Node.js', of('n1', en['update.step.bringing-node']), false],
  ['bringing OpenClaw', of('n1', en['update.step.bringing-openclaw']), false],
  ['stopping', of('n1', en['restore.step.stopping']), true],
  ['switching', of('n1', en['update.step.switching']), true],
  ['migrating', of('n1', en['update.step.migrating']), true],
  ['starting', of('n1', en['restore.step.starting']), true],
  ['watching at the gate', of('n1', en['update.step.checking']), true],
  ['trying a turn', of('n1', en['update.step.trying-turn']), true],
]

describe('an update of many nodes whose ocm is killed', { timeout: 120_000 }, () => {
  it('while it asks has begun nothing', async () => {
    await start()
    // The end of the question, which comes as one piece.
    await killedIn(beginning(en['fleet.update.turn']))
    const { open, ended } = await settled()
    expect(ended).toEqual([])
    expect(OPEN).toEqual(expect.arrayContaining(open))
    expect(await versions()).toEqual([`${FROM} serving`, `${FROM} serving`])
    expect((await again()).outcome).toBe('done')
    expect(await versions()).toEqual([`${TO} serving`, `${TO} serving`])
  })

  it.each(sampleOf(PHASES))(
    'while %s is told as unknown, and gone on with where it was cut',
    async (_phase, line, begun) => {
      await start()
      await killedIn(line)
      expect(await settled()).toEqual({ open: OPEN, ended: [] })
      await quiet()
      expect(await versionOf('n2')).toBe(`${FROM} serving`)
      const { outcome, plan } = await again()
      expect(plan.nodes.map(({ id, update }) => [id, update?.resumes])).toEqual([
        ['n1', begun],
        ['n2', false],
      ])
      expect(outcome).toBe('done')
      expect(await versions()).toEqual([`${TO} serving`, `${TO} serving`])
    },
  )

  it('while it waits for a running turn leaves the gateway and the turn alone', async () => {
    await start('2026.8.1')
    const { gateway } = fleet.node('n1')
    gateway.startTurn(SESSION)
    const { starts } = fleet.node('n1').facts()
    await killedIn(of('n1', en['step.draining']))
    expect(await settled()).toEqual({ open: OPEN, ended: [] })
    expect(fleet.node('n1').facts()).toMatchObject({ starts, ready: true })
    expect(await versions()).toEqual(['2026.8.1 serving', '2026.8.1 serving'])
    gateway.endTurn()
    const { outcome, plan } = await again()
    expect(plan.nodes[0]).toMatchObject({ id: 'n1', update: { resumes: false } })
    expect(outcome).toBe('done')
    expect(await versions()).toEqual([`${TO} serving`, `${TO} serving`])
  })

  it.each(
    sampleOf([
      ['going back', 'update.step.rolling-back'],
      ['bringing the state back', 'update.step.restoring'],
    ] as const),
  )('while %s ends at the old version when it goes on, and the rest is not touched', async (_phase, step) => {
    await start()
    fleet.node('n1').gateway.spoilRelease(TO, 'exits')
    await killedIn(of('n1', en[step]))
    expect(await settled()).toEqual({ open: OPEN, ended: [] })
    await quiet()
    const { outcome, plan, rows } = await again()
    expect(plan.nodes[0]).toMatchObject({ id: 'n1', update: { resumes: true } })
    expect(outcome).not.toBe('done')
    expect(rows.n1).toMatchObject({ state: 'failed' })
    expect(rows.n2).toMatchObject({ state: 'not-begun' })
    expect(await versions()).toEqual([`${FROM} serving`, `${FROM} serving`])
    fleet.node('n1').gateway.spoilRelease(TO, null)
    expect((await again()).outcome).toBe('done')
    expect(await versions()).toEqual([`${TO} serving`, `${TO} serving`])
  })

  it('after the first node keeps what was done, and goes on with the second', async () => {
    await start()
    await killedIn(`n2 ${en['fleet.state.running']}`)
    const { open, ended } = await settled()
    expect(ended).toEqual(['update-node n1 done'])
    expect(['fleet-update null unknown', 'update-node n2 unknown']).toEqual(expect.arrayContaining(open))
    await quiet()
    expect(await versionOf('n1')).toBe(`${TO} serving`)
    const { outcome, plan } = await again()
    expect(plan.left).toMatchObject([{ id: 'n1', why: 'already' }])
    expect(outcome).toBe('done')
    expect(await versions()).toEqual([`${TO} serving`, `${TO} serving`])
  })
})
