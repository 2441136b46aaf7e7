import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, drainMs: 200 }
const log = keepLog()
let archives: string
let sandbox: Sandbox
let operator: Person
let admin: Person
let viewer: Person

beforeAll(async () => {
  archives = mkdtempSync(join(tmpdir(), 'ocm-archives-'))
  await writeArchives(archives, '2026.9.6')
  sandbox = await startSandbox({
    log,
    nodes: ['a1', 'a2', 'a3', 'old'].map((id) => ({
      id,
      name: id.toUpperCase(),
      version: id === 'old' ? ('2026.8.1' as const) : ('2026.9.6' as const),
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }],
      tags: id === 'old' ? ['lab'] : ['web'],
      timings: TIMINGS,
    })),
    settings: {
      ...{ OCM_BACKUP_FREE_MB: '1', OCM_REFRESH_INTERVAL_MS: '600000', OCM_PROGRAM_SOURCE: archives },
      ...{ OCM_UPDATE_SOAK_MS: '200', OCM_STATUS_DEADLINE_MS: '60000' },
    },
  })
  operator = person(sandbox.discord, PEOPLE.operator)
  admin = person(sandbox.discord, PEOPLE.admin)
  viewer = person(sandbox.discord, PEOPLE.viewer)
})
afterAll(async () => {
  await sandbox?.close()
  rmSync(archives, { recursive: true, force: true })
})

const asked = (message: MessageView) => controlsOf(message).some((id) => id.includes('confirm|yes'))

describe('/fleet', () => {
  test('restarts every node with a tag after one question, on one card', async () => {
    const question = await admin.ask('fleet restart', { tag: 'web', reason: 'new certificates' }, asked)
    for (const part of ['Restart 3 gateways?', 'a1', 'a2', 'a3', '1 → 2', 'new certificates'])
      expect(textOf(question)).toContain(part)
    await admin.press(question, 'confirm|yes')
    const ended = await admin.until(question, /Restarted 3 of 3/)
    expect(textOf(ended)).toMatch(/a1.*done[\s\S]*a2.*done/)
    expect(['a1', 'a2', 'a3'].map((id) => sandbox.nodes.node(id).facts().starts)).toEqual([2, 2, 2])
  })

  test('is stopped by whoever began it: nothing more is begun', async () => {
    const node = sandbox.nodes.node('a1')
    node.gateway.startTurn()
    const question = await admin.ask('fleet restart', { tag: 'web' }, asked)
    await admin.press(question, 'confirm|yes')
    const running = await admin.until(question, /a1.*in progress/)
    const refused = await operator.pressFor(running, 'fleet-restart|stop')
    expect([refused.ephemeral, textOf(refused)]).toEqual([true, expect.stringContaining('only they can')])
    await admin.press(running, 'fleet-restart|stop')
    node.gateway.endTurn()
    const ended = await admin.until(question, /Stopped by aoi/)
    expect(textOf(ended)).toMatch(/Restarted 1 of 3[\s\S]*not begun/)
  })

  test('backs up and puts into maintenance, and shows the versions', async () => {
    const backup = await admin.ask('fleet backup', { tag: 'web' }, asked)
    await admin.press(backup, 'confirm|yes')
    await admin.until(backup, /Backed up 3 of 3/)
    const into = { set: 'on', tag: 'web', reason: 'disks', for: 60 }
    const maintenance = await admin.ask('fleet maintenance', into, asked)
    expect(textOf(maintenance)).toMatch(/Put 3 nodes into maintenance\?[\s\S]*for 1 h/)
    await admin.press(maintenance, 'confirm|yes')
    await admin.until(maintenance, /Changed 3 of 3/)
    const versions = await viewer.ask('fleet versions', {}, /Versions of 4 nodes/)
    expect(textOf(versions)).toContain('2026.9.6')
  })

  test('updates OpenClaw on one card, that says which version each node comes from', async () => {
    const question = await admin.ask('fleet update', { to: '2026.9.6', tag: 'lab' }, asked)
    for (const part of ['Update 1 node to OpenClaw 2026.9.6?', '2026.8.1 → 2026.9.6', 'old'])
      expect(textOf(question)).toContain(part)
    await admin.press(question, 'confirm|yes')
    const ended = await admin.until(question, /Updated 1 of 1/)
    expect(textOf(ended)).toMatch(/old.*done/)
    const again = await admin.ask('fleet update', { to: '2026.9.6', tag: 'lab' }, /none is left/)
    expect(textOf(again)).toContain('old: already so')
  })

  test('tells in what nodes differ, and what is not as it seems', async () => {
    const drift = await viewer.ask('fleet drift', { tag: 'web' }, /Differences among 3 nodes/)
    expect(textOf(drift)).toContain('All alike')
    chmodSync(join(sandbox.nodes.node('a1').home, '.openclaw', 'openclaw.json'), 0o644)
    const lint = await operator.ask('fleet lint', { tag: 'web' }, /on 3 nodes/)
    expect(textOf(lint)).toMatch(/1 finding on 3 nodes[\s\S]*mode 644[\s\S]*a2/)
    const one = await operator.ask('node lint', { node: 'a1' }, /on 1 node/)
    expect(textOf(one)).toContain('chmod 600')
  })

  test('mends a finding by its button after one question, and finds it no more', async () => {
    const lint = await admin.ask('node lint', { node: 'a1' }, /1 finding on 1 node/)
    const question = await admin.pressFor(lint, 'fleet-fix|ask')
    expect(textOf(question)).toMatch(/Fix 1 finding on .*A1[\s\S]*chmod 600/)
    await admin.press(question, 'confirm|yes')
    const ended = await admin.until(question, /1 of 1 finding fixed/)
    expect(textOf(ended)).toContain('no longer found')
    await admin.ask('node lint', { node: 'a1' }, /0 findings on 1 node/)
    const none = await admin.ask('fleet fix', { node: 'a1' }, /nothing on/)
    expect(none.ephemeral).toBe(true)
  })

  test('is refused to those who may only look', async () => {
    const refused = await viewer.ask('fleet restart', { tag: 'web' }, /operator/i)
    expect(refused.ephemeral).toBe(true)
  })
})
