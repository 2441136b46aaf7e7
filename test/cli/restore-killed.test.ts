import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { environmentBeside, killedAt, RESTORE_STEPS } from '../support/killed-ocm.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 300, stopMs: 200, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const ID = 'one'

let fleet: Fleet
let program: BuiltProgram

beforeAll(async () => {
  program = await buildProgram()
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
  fleet = await startFleet([{ id: ID, name: 'One', version: '2026.9.6', agents, timings: TIMINGS }], {
    OCM_BACKUP_FREE_MB: '1',
  })
  mkdirSync(join(stateOf(), 'workspace'), { recursive: true })
  writeFileSync(soulOf(), 'I am the backup.')
  expect((await runOperation(fleet.context, admin, backupNode, { node: ID })).outcome).toBe('done')
}, 60_000)
afterEach(() => {
  for (const name of readdirSync(home()))
    if (/-restore-/.test(name)) rmSync(join(home(), name), { recursive: true, force: true })
})
afterAll(async () => {
  await fleet?.close()
  await program?.remove()
})

const admin = actor('admin')
const home = () => fleet.node(ID).home
const stateOf = () => join(home(), '.openclaw')
const soulOf = () => join(stateOf(), 'workspace', 'SOUL.md')
const left = () => readdirSync(home()).filter((name) => name.startsWith('.ocm-'))

const words = () => [program.main, 'node', 'restore', ID, '--yes']
const env = () => environmentBeside(fleet, { OCM_BACKUP_FREE_MB: '1', OCM_LOG_LEVEL: 'silent' })

/** A restore in a process of its own, with files of no more than so many KiB. */
function startWithin(kib: number) {
  const all = [process.execPath, ...words(), '--json']
  return spawn('bash', ['-c', `ulimit -f ${kib}; exec "$@"`, 'ocm', ...all], {
    env: env(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** What stands in the place, and beside it under names that a restore gives. */
function souls(): string[] {
  const folders = readdirSync(home()).filter((name) => /^\.openclaw(\.|$)/.test(name))
  return folders
    .map((name) => join(home(), name, 'workspace', 'SOUL.md'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
}

/** Waits until no gateway is on its way up any more: what was confirmed of one that is would not hold. */
async function gatewaySettled(): Promise<void> {
  await expect.poll(() => fleet.node(ID).facts().pid === null || fleet.node(ID).facts().ready).toBe(true)
}

async function run(operation: typeof restoreNode | typeof restartNode) {
  const input = { node: ID }
  const confirmed = await planOperation(fleet.context, admin, operation as typeof restoreNode, input)
  return runOperation(fleet.context, admin, operation as typeof restoreNode, input, { confirmed })
}

describe('a restore whose ocm is killed', () => {
  it.each(sampleOf(Object.entries(RESTORE_STEPS)))(
    'while %s leaves one whole state and all of the other, and the next one ends it',
    async (step, told) => {
      writeFileSync(soulOf(), `I am the present of ${step}.`)
      const starts = fleet.node(ID).facts().starts
      await killedAt(words(), env(), told)
      // Whatever the last command on the node was, it has come to its end when the next one has its turn.
      const { plan } = await planOperation(fleet.context, admin, restoreNode, { node: ID })
      await gatewaySettled()
      const settled = plan.leftovers.every(({ told }) => told !== 'between')
      if (settled) {
        expect(['I am the backup.', `I am the present of ${step}.`]).toContain(readFileSync(soulOf(), 'utf8'))
        // A gateway that was stopped is started by whoever looks after it, with what is in place.
        if (!fleet.node(ID).facts().ready) expect((await run(restartNode)).outcome).toBe('done')
        else if (['verifying', 'staging'].includes(step)) expect(fleet.node(ID).facts().starts).toBe(starts)
      }
      expect(souls()).toContain(`I am the present of ${step}.`)
      const again = await run(restoreNode).catch((error: { code: string }) => error)
      if (!settled) expect(again).toMatchObject({ code: 'restore-settled' })
      else expect(again).toMatchObject({ outcome: 'done', data: { state: 'restored', serving: true } })
      expect(fleet.node(ID).facts().ready).toBe(true)
      expect(left()).toEqual([])
      expect(souls()).toContain(`I am the present of ${step}.`)
    },
    120_000,
  )
})

describe('a restore without room on the machine of ocm', () => {
  it.each(sampleOf([0, 40, 80]))('tells which state the node has: %i KiB for each file', async (kib) => {
    writeFileSync(soulOf(), 'I am the present.')
    const starts = fleet.node(ID).facts().starts
    const child = startWithin(kib)
    const [out] = await Promise.all([text(child.stdout), once(child, 'close')])
    const { data, error } = JSON.parse(out)
    const restored = data?.state === 'restored'
    expect(readFileSync(soulOf(), 'utf8')).toBe(restored ? 'I am the backup.' : 'I am the present.')
    if (!restored) expect(error).toMatchObject({ code: expect.any(String) })
    if (!restored) expect(fleet.node(ID).facts().starts).toBe(starts)
    expect(fleet.node(ID).facts().ready).toBe(true)
    expect(left()).toEqual([])
  })
})
