import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { auditText } from '../support/audit.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const FULL = 'agent:main:main'
const SECOND = 'agent:writer:main'
const PATIENCE_MS = 25_000

const log = keepLog()
let sandbox: Sandbox
let alpha: SandboxNode
let legacy: SandboxNode
let admin: Person
let operator: Person
let viewer: Person

/** The alert about a node, by what its title says. */
function alert(title: RegExp): MessageView | undefined {
  const fits = (message: MessageView) =>
    controlsOf(message).some((id) => id.startsWith('v1|alert-list|why|')) && title.test(textOf(message))
  return operator.messages().findLast(fits)
}

const until = <T>(read: () => T) => sandbox.discord.until(read, PATIENCE_MS)
const alerts = () =>
  operator
    .messages()
    .filter((message) => controlsOf(message).some((id) => id.startsWith('v1|alert-list|why|')))

beforeAll(async () => {
  sandbox = await startSandbox({
    log,
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        tags: ['prod'],
        disk: { totalBytes: 100e9, usedPercent: 30 },
        agents: [
          { id: 'main', sessions: [{ key: FULL, totalTokens: 60_000 }] },
          { id: 'writer', sessions: [{ key: SECOND, totalTokens: 20_000 }] },
        ],
      },
      {
        id: 'legacy',
        name: 'Legacy',
        version: '2026.2.17',
        tags: ['prod'],
        disk: { totalBytes: 100e9, usedPercent: 30 },
        agents: [{ id: 'main', sessions: [{ key: FULL, totalTokens: 60_000 }] }],
      },
    ],
    settings: { OCM_REFRESH_INTERVAL_MS: '2000' },
  })
  alpha = sandbox.nodes.node('alpha')
  legacy = sandbox.nodes.node('legacy')
  admin = person(sandbox.discord, PEOPLE.admin)
  operator = person(sandbox.discord, PEOPLE.operator)
  viewer = person(sandbox.discord, PEOPLE.viewer)
})

afterAll(async () => {
  await sandbox?.close()
})

describe('an alert about a context', { timeout: 60_000 }, () => {
  test('comes once when a turn fills it, and Compact on it really compacts and ends it', async () => {
    await alpha.gateway.grow(FULL, 95_000)
    const card = await until(() => alert(/🔴 main on Alpha/))
    expect(textOf(card)).toMatch(/155,000 of 168,000 usable tokens/)

    const asked = await operator.pressFor(card, '|compact|', /Compact .*agent:main:main/)
    expect(asked.ephemeral).toBe(true)
    expect(textOf(asked)).toContain('The transcript is saved first.')
    await operator.press(asked, 'confirm|yes')
    const done = await operator.until(asked, /is compacted/)
    expect(textOf(done)).toMatch(/Before\D+155,000[\s\S]*After\D+[\d,]+/)
    const session = alpha.gateway.sessions().find(({ key }) => key === FULL)
    expect(session).toMatchObject({ compactions: 1 })
    expect(session?.totalTokens).toBeLessThan(60_000)

    // The end may be seen before the hand that made it is written down.
    const acted = /oskar: compact session – done \(155,000 → /i
    const over = await operator.until(
      card,
      (one) => /✅ main on Alpha[\s\S]*resolved/.test(textOf(one)) && acted.test(textOf(one)),
    )
    expect(controlsOf(over)).toEqual(['v1|alert-list|why|I-1'])
    expect(alerts()).toHaveLength(1)
    expect(auditText(sandbox.folder)).toContain('"compact-session"')
  })

  test('on the old OpenClaw: New session on it really starts anew and ends it', async () => {
    const before = legacy.gateway.sessions().find(({ key }) => key === FULL)?.sessionId
    await legacy.gateway.grow(FULL, 95_000)
    const card = await until(() => alert(/(🔴|🟡) main on Legacy/))
    const asked = await operator.pressFor(card, '|reset|', /Start .*agent:main:main.* anew\?/)
    await operator.press(asked, 'confirm|yes')
    await operator.until(asked, /begins anew/)
    expect(legacy.gateway.sessions().find(({ key }) => key === FULL)?.sessionId).not.toBe(before)
    await operator.until(card, /✅ main on Legacy[\s\S]*resolved/)
  })

  test('is nothing that a viewer may act on, but may understand', async () => {
    // Soon after its end, what returns is the same incident in the same message.
    await alpha.gateway.grow(FULL, 120_000)
    const card = await until(() => alert(/(🔴|🟡) main on Alpha/))
    for (const action of ['|compact|', '|ack|', '|snooze-hour|']) {
      const refused = await viewer.pressFor(card, action, /You may not do this/)
      expect(refused.ephemeral).toBe(true)
    }
    expect(alpha.gateway.sessions().find(({ key }) => key === FULL)?.compactions).toBe(1)
    const why = await viewer.pressFor(card, '|why|', /Why I-/)
    expect(why.ephemeral).toBe(true)
    expect(textOf(why)).toMatch(/warning at 80 %[\s\S]*the provider refuses above 168,000 tokens/)
    expect(why.raw.attachments).toEqual([expect.objectContaining({ filename: 'context.png' })])
  })

  test('is acknowledged and snoozed by its buttons, and keeps that through a restart of the bot', async () => {
    const card = await until(() => alert(/main on Alpha/))
    await operator.press(card, '|ack|')
    await operator.until(card, /acknowledged by oskar/i)
    await sandbox.restartApp()
    const same = await operator.until(card, /acknowledged by oskar/i)
    await operator.press(same, '|snooze-long|')
    await operator.until(card, /snoozed by oskar until/i)
    expect(alerts().filter((message) => /main on Alpha/.test(textOf(message)))).toHaveLength(1)
  })

  test('has its lasting remedy: Prevent changes the configuration, and the node shows it', async () => {
    const card = await until(() => alert(/main on Alpha/))
    const refused = await operator.pressFor(card, '|prevent|', /You may not do this/)
    expect(refused.ephemeral).toBe(true)
    const asked = await admin.pressFor(card, '|prevent|', /Change the configuration of/)
    expect(textOf(asked)).toMatch(/contextTokens\n- not set\n\+ 166000/)
    await admin.press(asked, 'confirm|yes')
    await admin.until(asked, /now compacts before it is too late[\s\S]*Read back from the node: 166,000/)
    const config = await readFile(join(alpha.home, '.openclaw', 'openclaw.json'), 'utf8')
    expect(config).toMatch(/"contextTokens":\s*166000/)
  })

  test('does not act from an old card once it is over', async () => {
    const card = await until(() => alert(/main on Alpha/))
    // The card stays as it is, as it would in front of somebody who has not looked for a while.
    sandbox.discord.faults.rest({
      method: 'PATCH',
      path: /^\/channels\/\d+\/messages\//,
      times: 1_000,
      act: { kind: 'status', status: 503 },
    })
    const compactions = () => alpha.facts().calls.filter((method) => method === 'sessions.compact').length
    const before = compactions()
    const asked = await operator.ask('session reset', { node: 'alpha', session: FULL }, /Start .* anew\?/)
    await operator.press(asked, 'confirm|yes')
    await until(
      () => !sandbox.app.owned.context.incidents.state().incidents.some(({ state }) => state !== 'resolved'),
    )
    const over = await operator.pressFor(card, '|compact|', /There is nothing left to do/)
    expect(over.ephemeral).toBe(true)
    expect(compactions()).toBe(before)
    sandbox.discord.faults.clear()
    await operator.until(card, /✅ main on Alpha/)
  })
})

describe('the commands', { timeout: 60_000 }, () => {
  test('/session list and show tell how full each session is, with a picture', async () => {
    const list = await operator.ask('session list', { node: 'alpha' }, /Sessions of/)
    expect(textOf(list)).toMatch(/agent:main:main[\s\S]*agent:writer:main/)
    const [first] = await operator.suggest('session show', { node: 'alpha', session: 'wri' }, 'session')
    expect(first).toMatchObject({ value: SECOND })
    await alpha.gateway.grow(FULL, 1_000)
    const shown = await operator.ask('session show', { node: 'alpha', session: FULL }, /agent:main:main/)
    expect(textOf(shown)).toMatch(/agent:main:main[\s\S]*usable tokens/)
    expect(shown.raw.attachments).toEqual([expect.objectContaining({ filename: 'context.png' })])
    expect(controlsOf(shown).map((id) => id.split('|')[1])).toEqual([
      'session-show',
      'session-compact',
      'session-reset',
      'session-prevent',
    ])
    const unknown = await operator.ask(
      'session show',
      { node: 'alpha', session: 'agent:no:where' },
      /no session/,
    )
    expect(unknown).toBeDefined()
  })

  test('/session compact asks first, and does nothing when it is cancelled', async () => {
    const calls = () => alpha.facts().calls.filter((method) => method === 'sessions.compact').length
    const before = calls()
    const asked = await operator.ask('session compact', { node: 'alpha', session: FULL }, /Compact .*\?/)
    await operator.press(asked, 'confirm|no')
    await operator.until(asked, /Cancelled/)
    expect(calls()).toBe(before)
  })

  test('/alert handles an incident from its opening to its end', async () => {
    await operator.ask('alert mute', { minutes: 0, node: 'alpha' }, /No longer muted/)
    await alpha.gateway.grow(FULL, 120_000)
    const card = await until(() => alert(/(🔴|🟡|🔵) main on Alpha/))
    const [suggested] = await operator.suggest('alert ack', { incident: '' }, 'incident')
    const id = suggested?.value ?? ''
    expect(suggested?.name).toContain('main on Alpha')
    expect(textOf(card)).toContain(String(id))
    await operator.ask('alert ack', { incident: id }, /is acknowledged/)
    await operator.ask('alert snooze', { incident: id, minutes: 30 }, /sleeps until/)
    await operator.ask('alert unsnooze', { incident: id }, /is awake/)
    const list = await operator.ask('alert list', { all: true }, /Alerts · /)
    expect(textOf(list)).toMatch(new RegExp(`main on Alpha[^\\n]*${id}`))
    const why = await operator.choose(list, 'alert-list|pick', String(id), /Why I-/)
    expect(why.ephemeral).toBe(true)
    await operator.ask('alert ack', { incident: 'I-999' }, /There is no incident/)
  })

  test('/alert rule shows and changes thresholds, and refuses contradictions and operators', async () => {
    await operator.ask('alert rule', {}, /You may not do this/)
    const shown = await admin.ask('alert rule', {}, /Rules for the whole fleet/)
    expect(textOf(shown)).toMatch(/65\D+context, notice/)
    const changed = await admin.ask(
      'alert rule',
      { rule: 'contextNotice', value: 50, node: 'alpha' },
      /Changed: context, notice .* is now 50/,
    )
    expect(textOf(changed)).toContain('set here')
    await admin.ask('alert rule', { rule: 'contextNotice', value: 95, node: 'alpha' }, /do not fit together/)
    await admin.ask(
      'alert rule',
      { rule: 'contextNotice', inherit: true, node: 'alpha' },
      /Back to what is inherited/,
    )
  })

  test('/alert test posts, edits and threads a card, takes it away, and says that all is well', async () => {
    const before = operator.messages().length
    const answer = await operator.ask('alert test', {}, /Alerts arrive in/)
    expect(textOf(answer)).not.toMatch(/❌|missing/)
    expect(operator.messages().length).toBe(before + 1)
    await viewer.ask('alert test', {}, /You may not do this/)
  })
})
