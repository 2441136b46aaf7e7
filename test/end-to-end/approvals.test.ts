import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { overrideApproval } from '../../src/operations/decide-approval.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../support/fleet.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

let sandbox: Sandbox
let aoi: Person
let oskar: Person

beforeAll(async () => {
  sandbox = await startSandbox({
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        tags: ['prod'],
        timings: { readyMs: 60, stopMs: 20, restartSecMs: 50 },
        agents: [{ id: 'main' }],
      },
    ],
    settings: { OCM_LOG_LEVEL: 'silent', OCM_REFRESH_INTERVAL_MS: '600000' },
  })
  aoi = person(sandbox.discord, PEOPLE.admin)
  oskar = person(sandbox.discord, PEOPLE.operator)
})
afterAll(() => sandbox.close())

const restart = async (who: Person, fits: RegExp) => {
  const question = await who.ask('node restart', { node: 'alpha' }, /Alpha/)
  await who.press(question, 'confirm|yes')
  return who.until(question, fits)
}
const posted = (fits: RegExp, who = aoi) =>
  sandbox.discord.until(() => who.messages().findLast((one) => fits.test(textOf(one))), 25_000)

describe('two pairs of eyes in Discord', () => {
  it('posts a request with the plan, has another person approve it, and keeps the card true', async () => {
    await aoi.ask('approval rule', { operation: 'restart-node', tag: 'prod' }, /second person now approves/)
    const refused = await restart(aoi, /second person has to approve/)
    expect(textOf(refused)).toMatch(/request \w+/)
    const card = await posted(/Approval for: restart/)
    expect(textOf(card)).toMatch(/waits for the approval[\s\S]*Restart/)
    // Who asked presses in vain, and only they see why.
    await aoi.pressFor(card, 'approve', /You asked for this yourself/)
    await oskar.press(card, 'approval-approve')
    const approved = await oskar.until(card, /Approved by oskar/)
    expect(controlsOf(approved)).toHaveLength(1)
    await restart(aoi, /serves again/)
    await aoi.until(card, /and done/)
    expect(controlsOf(aoi.sees(card.id) ?? card)).toEqual([])
  })

  it('does nothing on the approval of somebody who has lost the role since, and asks anew', async () => {
    await restart(aoi, /second person has to approve/)
    const card = await posted(/waits for the approval/)
    await oskar.press(card, 'approval-approve')
    await oskar.until(card, /Approved by oskar/)
    const { control, ids } = sandbox.discord
    const had = ids.roles.operator ?? ''
    control.setRoles(oskar.as.userId, [])
    await restart(aoi, /second person has to approve/)
    await aoi.until(card, /Void/)
    control.setRoles(oskar.as.userId, [had])
    const next = await posted(/waits for the approval/)
    expect(next.id).not.toBe(card.id)
    await oskar.press(next, 'approval-approve')
    await oskar.until(next, /Approved by oskar/)
    await restart(aoi, /serves again/)
    await aoi.until(next, /and done/)
  })

  it('shows a request that came from a shell, and its end when it was taken back', async () => {
    const { context } = sandbox.app.owned
    const shell = actor('admin')
    const confirmed = await planOperation(context, shell, restartNode, { node: 'alpha' })
    await expect(
      runOperation(context, shell, restartNode, { node: 'alpha' }, { confirmed, reason: 'stuck' }),
    ).rejects.toMatchObject({ code: 'approval-needed' })
    const card = await posted(/waits for the approval[\s\S]*admin asked[\s\S]*stuck/)
    // Whose shell it is, nobody has said.
    await oskar.pressFor(
      card,
      'approval-approve',
      /cannot tell whether cli:admin and discord:\d+ are two people/,
    )
    await aoi.press(card, 'refuse')
    await aoi.until(card, /Refused by aoi/)
  })

  it('tells everybody of an emergency, once, also when the bot was away meanwhile', async () => {
    await restart(aoi, /second person has to approve/)
    const card = await posted(/waits for the approval/)
    const [request] = sandbox.app.owned.context.approvals.list()
    expect(textOf(card)).toContain(request?.id)
    await aoi.ask(
      'approval emergency',
      { request: request?.id ?? '', reason: 'the whole fleet is down' },
      /Nobody approved it/,
    )
    const alarm = await posted(
      /Emergency: restart[\s\S]*aoi goes on without[\s\S]*the whole fleet is down/,
      oskar,
    )
    await sandbox.restartApp()
    await restart(aoi, /serves again/)
    await aoi.until(card, /Done without an approval/)
    const alarms = oskar.messages().filter((one) => /Emergency: restart/.test(textOf(one)))
    expect(alarms.map(({ id }) => id)).toEqual([alarm.id])
    await expect(
      runOperation(
        sandbox.app.owned.context,
        { face: 'cli', id: 'x', name: 'x', grants: [] },
        overrideApproval,
        {
          request: request?.id,
          reason: 'because I say so',
        },
      ),
    ).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('says so where a rule is ended that was never there, and not that its operation is free now', async () => {
    const ended = { operation: 'restart-node', tag: 'lab', off: true }
    const answer = await aoi.ask('approval rule', ended, /rule/)
    expect(textOf(answer)).toMatch(/There was no such rule: restart on nodes with the tag .?lab/)
  })

  it('lists what waits and the rules', async () => {
    const list = await oskar.ask('approval list', {}, /Approvals/)
    expect(textOf(list)).toMatch(/A second person approves:[\s\S]*restart on nodes with the tag/)
  })
})
