import { afterEach, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { muteAlerts } from '../../src/operations/handle-incident.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setBoard } from '../../src/operations/set-board.ts'
import { setMaintenance } from '../../src/operations/set-maintenance.ts'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../support/fleet.ts'
import { person, textOf } from '../support/room.ts'

const PATIENCE_MS = 25_000
let sandbox: Sandbox

async function start() {
  sandbox = await startSandbox({
    nodes: [
      { id: 'alpha', name: 'Alpha', version: '2026.9.6', agents: [{ id: 'main' }] },
      { id: 'gone', name: 'Gone', version: '2026.9.6', state: 'down', agents: [{ id: 'main' }] },
    ],
    settings: { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '1000', OCM_BACKUP_FREE_MB: '1' },
  })
  return person(sandbox.discord, 'Aoi')
}
afterEach(() => sandbox.close())

const isBoard = (one: MessageView) => /ocm is not running/.test(textOf(one))

/** What a message tells of the fleet: without its own age, its run, and the time of the last pass, which moves. */
const factsOf = (one: MessageView) =>
  textOf(one)
    .split('\n')
    .filter((line) => !/ocm is not running|^-# run /.test(line))
    .map((line) => line.replace(/(looked at since) <t:\d+:R>/, '$1'))

/** The one board in the channel, when it is pinned and fits. */
function board(fits: RegExp, before: readonly string[] = []): Promise<MessageView> {
  const { discord } = sandbox
  const aoi = person(discord, 'Aoi')
  return discord.until(() => {
    const boards = aoi.messages().filter(isBoard)
    const [one] = boards
    if (boards.length !== 1 || one === undefined || before.includes(one.id)) return undefined
    return (one.raw as { pinned?: boolean }).pinned && fits.test(textOf(one)) ? one : undefined
  }, PATIENCE_MS)
}

const ask = (on: boolean) => runOperation(sandbox.app.owned.context, actor('admin'), setBoard, { on })

/** Something that a board shows. */
const mute = (node: string) =>
  runOperation(sandbox.app.owned.context, actor('admin'), muteAlerts, { node, minutes: 60 })

describe('the board', () => {
  it('is pinned, follows the fleet, stays one through a restart, and goes when it is told to', async () => {
    const aoi = await start()
    const told = await aoi.ask('board on', {}, /Pinned|It is pinned/)
    expect(textOf(told)).toMatch(/edited whenever something changes/)
    const shown = await board(/Registered\*\* 2.*Watched\*\* 2/)
    expect(textOf(shown)).toMatch(/<t:\d+:R>\. If this is older than 15 minutes, ocm is not running/)
    await board(/1 open incident\n- Critical Gone/i)
    await sandbox.restartApp()
    const after = await board(/Registered/)
    expect(after.id).toBe(shown.id)
    const off = await aoi.ask('board off', {}, /gone/)
    expect(textOf(off)).toMatch(/Its message is gone/)
    expect(aoi.messages().filter(isBoard)).toEqual([])
  })

  it('shows besides incidents what runs, what is muted, what is in maintenance, and the oldest backup', async () => {
    const aoi = await start()
    await ask(true)
    const { context } = sandbox.app.owned
    await runOperation(context, actor('admin'), backupNode, { node: 'alpha' })
    const maintenance = { node: 'gone', on: true, minutes: 60, reason: 'a new disk' }
    await runOperation(context, actor('admin'), setMaintenance, maintenance)
    await mute('alpha')
    await context.journal.begin({
      ...{ operationId: 'of-a-shell', operation: 'restart-node', nodeId: 'alpha', actorId: 'aoi' },
      startedAt: new Date(context.clock.now()).toISOString(),
    })
    const parts = [
      /1 job running\n- Restart.* · `alpha` · <t:/,
      /1 put aside\n- .*alpha.* · until <t:/i,
      /1 in maintenance\n- Gone · until <t:/,
      /Oldest backup: Alpha, <t:/,
      /1 node without a verified backup/,
      /Every node was looked at since <t:/,
    ]
    await board(new RegExp(parts.map(({ source }) => source).join('[\\s\\S]*'), 'i'))
    // Whoever takes the shift over is told the same, to the letter.
    const shift = factsOf(await aoi.ask('board shift', {}, /Registered/))
    expect(shift.length).toBeGreaterThan(10)
    const shown = () => aoi.messages().filter(isBoard).map(factsOf)
    await expect.poll(shown, { timeout: PATIENCE_MS }).toEqual([shift])
    await context.journal.end('of-a-shell')
  })

  it('is posted anew and pinned when it takes no more edits, and the old one goes', async () => {
    await start()
    await ask(true)
    const first = await board(/Registered/)
    sandbox.discord.faults.rest({
      method: 'PATCH',
      path: new RegExp(`/messages/${first.id}$`),
      times: 100,
      act: {
        kind: 'status',
        status: 400,
        body: { code: 30_046, message: 'Maximum number of edits to messages older than 1 hour reached' },
      },
    })
    await mute('alpha')
    const second = await board(/Registered/, [first.id])
    expect(second.id).not.toBe(first.id)
    sandbox.discord.faults.clear()
  })

  it('comes back once when somebody deletes it, and not twice', async () => {
    await start()
    sandbox.discord.expectRefusal({ code: 10_008 })
    await ask(true)
    const first = await board(/Registered/)
    sandbox.discord.control.deleteMessage(sandbox.discord.ids.channels.fleet ?? '', first.id)
    await mute('alpha')
    const second = await board(/Registered/, [first.id])
    sandbox.discord.control.deleteMessage(sandbox.discord.ids.channels.fleet ?? '', second.id)
    await mute('gone')
    const { context } = sandbox.app.owned
    await sandbox.discord.until(() => context.board.get()?.problem === 'deleted', PATIENCE_MS)
    expect(context.board.get()).toMatchObject({ on: false, messageId: null })
  })

  it('tells in `shift` the same to whoever asks', async () => {
    const aoi = await start()
    const report = await aoi.ask('board shift', {}, /Registered/)
    expect(textOf(report)).toMatch(/Fleet[\s\S]*Watched/)
  })
})
