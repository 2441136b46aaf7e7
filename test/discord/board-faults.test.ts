import { afterEach, describe, expect, it, vi } from 'vitest'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setBoard } from '../../src/operations/set-board.ts'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { runHere } from '../cli/in-process.ts'
import { actor } from '../support/fleet.ts'
import { person, textOf } from '../support/room.ts'
import { sampleOf } from '../support/sample.ts'

const PATIENCE_MS = 25_000
/** What waits for an edit takes seconds. */
const long = it.runIf(process.env.OCM_ALL_CASES === '1')
let sandbox: Sandbox

async function start(): Promise<Sandbox> {
  sandbox = await startSandbox({
    nodes: [{ id: 'alpha', name: 'Alpha', version: '2026.9.6', agents: [{ id: 'main' }] }],
    settings: { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '1000' },
  })
  return sandbox
}
afterEach(async () => {
  vi.unstubAllEnvs()
  sandbox.discord.faults.clear()
  await sandbox.close()
})

const boards = (): MessageView[] =>
  person(sandbox.discord, PEOPLE.admin)
    .messages()
    .filter((one) => /ocm is not running/.test(textOf(one)))
const isPinned = (one: MessageView | undefined) =>
  (one?.raw as { pinned?: boolean } | undefined)?.pinned === true
const record = () => sandbox.app.owned.context.board.get()
const ask = (on: boolean, channel?: string) =>
  runOperation(sandbox.app.owned.context, actor('admin'), setBoard, {
    on,
    ...(channel === undefined ? {} : { channel }),
  })
/** Something that a board shows. */
const mute = (minutes: number) =>
  runOperation(sandbox.app.owned.context, actor('admin'), muteAlerts, { node: 'alpha', minutes })
const refuse = (method: string, path: RegExp, status: number, code: number) => {
  sandbox.discord.expectRefusal({ code })
  sandbox.discord.faults.rest({
    method,
    path,
    times: 1_000,
    act: { kind: 'status', status, body: { code, message: 'no' } },
  })
}
const calls = (method: string, path: RegExp) =>
  sandbox.discord.requests().filter((call) => call.method === method && path.test(call.path)).length

/** A shell beside the bot. */
async function shell(...argv: string[]) {
  const env = { OCM_DATA_DIR: sandbox.folder, OCM_SSH_AGENT: 'none', OCM_DEFAULT_LOCALE: 'en' }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  return runHere(argv)
}

describe('a board that cannot be', () => {
  long('is told to be so when its channel is gone, and is asked for no more', async () => {
    await start()
    await ask(true)
    refuse('PATCH', /\/messages\/\d+$/, 404, 10_003)
    await mute(30)
    await sandbox.discord.until(() => record()?.problem === 'channel-gone', PATIENCE_MS)
    expect(record()).toMatchObject({ on: false, messageId: null })
    sandbox.discord.faults.clear()
    // Somebody asks anew, and has it again.
    expect((await ask(true)).data.state).toBe('shown')
  })

  it('is refused at once in a channel that there is not', async () => {
    await start()
    sandbox.discord.expectRefusal({ code: 10_003 })
    const { outcome, data } = await ask(true, '999999999999999999')
    expect([outcome, data.state]).toEqual(['failed', 'channel-gone'])
    expect(boards()).toEqual([])
  })

  it('is told to be so where ocm may not write, and comes once it may', async () => {
    await start()
    refuse('POST', /\/channels\/\d+\/messages$/, 403, 50_013)
    const refused = await ask(true)
    expect([refused.outcome, refused.data.state]).toEqual(['failed', 'not-allowed'])
    sandbox.discord.faults.clear()
    const { outcome } = await ask(true)
    expect(outcome).toBe('done')
    expect(boards().map(isPinned)).toEqual([true])
  })

  it.each(
    sampleOf([
      ['the channel has as many pins as Discord takes', 400, 30_003, 'pins-full'],
      ['ocm may not pin', 403, 50_013, 'not-pinned'],
    ]),
  )('stays without a pin where %s, and says so', async (_why, status, code, state) => {
    await start()
    refuse('PUT', /\/pins\/\d+$/, status, code)
    const { outcome, data } = await ask(true)
    expect([outcome, data.state]).toEqual(['partial', state])
    expect(boards().map(isPinned)).toEqual([false])
    sandbox.discord.faults.clear()
    expect((await ask(true)).data.state).toBe('shown')
    expect(boards().map(isPinned)).toEqual([true])
  })
})

describe('one board', () => {
  it('stays one when the program ended between its post and the note of it', async () => {
    await start()
    await ask(true)
    const [first] = boards()
    const { context } = sandbox.app.owned
    await sandbox.app.stop()
    // As that program would have left it.
    await sandbox.restartApp()
    await sandbox.app.owned.context.board.note({
      messageId: null,
      pinned: false,
      postingSince: context.clock.now() - 5_000,
    })
    await sandbox.discord.until(() => record()?.messageId === first?.id && record()?.pinned, PATIENCE_MS)
    expect(boards().map(({ id }) => id)).toEqual([first?.id])
  })

  long('stays one when a shell and a person ask for it at the same time', async () => {
    await start()
    const aoi = person(sandbox.discord, PEOPLE.admin)
    const [fromShell] = await Promise.all([
      shell('board', 'on', '--json'),
      aoi.ask('board on', {}, /Pinned|It is pinned/),
      ask(true),
    ])
    expect(JSON.parse(fromShell.out)).toMatchObject({ outcome: 'done', data: { on: true, state: 'shown' } })
    await sandbox.discord.until(() => boards().length === 1 && isPinned(boards()[0]), PATIENCE_MS)
    expect(record()).toMatchObject({ on: true, messageId: boards()[0]?.id, pinned: true, leftover: null })
  })

  long(
    'is told once what changed while Discord makes it wait, in no more edits than that takes',
    async () => {
      await start()
      await ask(true)
      const [first] = boards()
      const path = new RegExp(`/messages/${first?.id}$`)
      sandbox.discord.faults.rest({
        method: 'PATCH',
        path,
        times: 2,
        act: { kind: 'rate-limit', retryAfterMs: 1_500 },
      })
      const before = calls('PATCH', path)
      for (let minutes = 10; minutes < 30; minutes += 1) await mute(minutes)
      await sandbox.discord.until(() => /until <t:/.test(textOf(boards()[0] as MessageView)), PATIENCE_MS)
      expect(calls('PATCH', path) - before).toBeLessThanOrEqual(5)
      expect(boards().map(({ id }) => id)).toEqual([first?.id])
    },
  )
})

describe('the shell', () => {
  it('has the board kept, tells what became of it, and takes it away', async () => {
    await start()
    const on = await shell('board', 'on')
    expect([on.code, on.err]).toEqual([0, ''])
    expect(on.out).toMatch(/pinned/i)
    expect(boards().map(isPinned)).toEqual([true])
    const again = await shell('board', 'on', '--json')
    expect(JSON.parse(again.out)).toMatchObject({
      operation: 'set-board',
      outcome: 'done',
      data: { on: true, state: 'shown' },
    })
    const off = await shell('board', 'off', '--json')
    expect(JSON.parse(off.out)).toMatchObject({ outcome: 'done', data: { on: false, state: 'removed' } })
    expect(boards()).toEqual([])
  })

  it('says what is wrong with a channel that is none', async () => {
    await start()
    const { code, err } = await shell('board', 'on', '--channel', 'general')
    expect([code, err]).toEqual([expect.any(Number), expect.stringContaining('channel')])
    expect(code).not.toBe(0)
    expect((await shell('board', 'sideways')).code).not.toBe(0)
  })

  it('hands the shift over, with the same as the board', async () => {
    await start()
    const { code, out } = await shell('shift')
    expect([code, out]).toEqual([0, expect.stringMatching(/Registered[\s\S]*1/)])
    const { data, outcome } = JSON.parse((await shell('shift', '--json')).out)
    expect([outcome, data]).toEqual([
      'done',
      expect.objectContaining({ registered: 1, watched: 1, open: expect.any(Array) }),
    ])
  })
})
