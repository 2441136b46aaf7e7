import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { backupBot } from '../../src/operations/backup-bot.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { restoreBot } from '../../src/operations/restore-bot.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { environmentBeside, killedAt, RESTORE_STEPS } from '../support/killed-ocm.ts'
import { type BuiltProgram, buildProgram } from '../support/program.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 300, stopMs: 200, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const NODE = 'one'
const BOT = 'ops'
const input = { node: NODE, id: BOT }

let fleet: Fleet
let program: BuiltProgram

beforeAll(async () => {
  program = await buildProgram()
  const agents = ['main', BOT].map((id) => ({
    id,
    sessions: [{ key: `agent:${id}:main`, totalTokens: 50_000 }],
  }))
  fleet = await startFleet([{ id: NODE, name: 'One', version: '2026.9.6', agents, timings: TIMINGS }], {
    OCM_BACKUP_FREE_MB: '1',
  })
  writeFileSync(soulOf(), 'I am the backup.')
  expect((await runOperation(fleet.context, admin, backupBot, input)).outcome).toBe('done')
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
const home = () => fleet.node(NODE).home
const soulOf = () => join(home(), '.openclaw', `workspace-${BOT}`, 'SOUL.md')
const left = () => readdirSync(home()).filter((name) => name.startsWith('.ocm-'))

/** Restores the bot from a process of its own, which is killed as soon as it tells the step. */
async function killedIn(step: string): Promise<void> {
  const words = [program.main, 'bot', 'restore', NODE, BOT, '--yes']
  await killedAt(words, environmentBeside(fleet, { OCM_BACKUP_FREE_MB: '1', OCM_LOG_LEVEL: 'silent' }), step)
}

/** What stands in the place of its workspace, and beside the state under names that a restore gives. */
function souls(): string[] {
  const aside = readdirSync(home()).filter(
    (name) => name.startsWith('.openclaw.') && name.includes('-restore-'),
  )
  const files = [soulOf(), ...aside.map((name) => join(home(), name, 'SOUL.md'))]
  return files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
}

/** Waits until no gateway is on its way up any more: what was confirmed of one that is would not hold. */
async function gatewaySettled(): Promise<void> {
  await expect.poll(() => fleet.node(NODE).facts().pid === null || fleet.node(NODE).facts().ready).toBe(true)
}

async function restart() {
  const confirmed = await planOperation(fleet.context, admin, restartNode, { node: NODE })
  return runOperation(fleet.context, admin, restartNode, { node: NODE }, { confirmed })
}

async function restoreAgain() {
  const confirmed = await planOperation(fleet.context, admin, restoreBot, input)
  return runOperation(fleet.context, admin, restoreBot, input, { confirmed })
}

describe('a restore of a bot whose ocm is killed', () => {
  it.each(sampleOf(Object.entries(RESTORE_STEPS)))(
    'while %s loses nothing of either state, keeps the other bots, and the next one ends it',
    async (step, told) => {
      const present = `I am the present of ${step}.`
      writeFileSync(soulOf(), present)
      await killedIn(told)
      await gatewaySettled()
      expect(souls()).toContain(present)
      if (!fleet.node(NODE).facts().ready) expect((await restart()).outcome).toBe('done')
      expect(fleet.node(NODE).gateway.agents()).toContain('main')
      let again = await restoreAgain().catch((error: { code: string }) => error)
      // Where it was between two renames, that is taken back first and said.
      if ('code' in again) {
        expect(again).toMatchObject({ code: 'restore-settled' })
        await gatewaySettled()
        again = await restoreAgain()
      }
      expect(again).toMatchObject({ outcome: 'done', data: { state: 'restored', serving: true } })
      expect(readFileSync(soulOf(), 'utf8')).toBe('I am the backup.')
      expect(souls()).toContain(present)
      expect(fleet.node(NODE).gateway.agents().sort()).toEqual(['main', BOT])
      expect(left()).toEqual([])
    },
    120_000,
  )
})
