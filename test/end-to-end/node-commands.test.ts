import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Locale } from '../../src/base/locale.ts'
import type { MessageView, SandboxLocale } from '../../src/sandbox/discord/control.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { translate } from '../../src/text/translate.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'

const LANGUAGES: [SandboxLocale, Locale][] = [
  ['en-US', 'en'],
  ['ja', 'ja'],
  ['zh-CN', 'zh-CN'],
]
const CONFIRMATION_MS = 120_000

const clock = new ShiftedClock()
const log = keepLog()
const warnings: string[] = []
const onWarning = (warning: Error) => warnings.push(warning.message)
let sandbox: Sandbox
let alpha: SandboxNode
let legacy: SandboxNode
let newcomer: SandboxNode
let admin: Person
let operator: Person
let viewer: Person

beforeAll(async () => {
  process.on('warning', onWarning)
  sandbox = await startSandbox({
    clock,
    log,
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        tags: ['prod'],
        agents: [
          { id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 42_000 }] },
          { id: 'writer', sessions: [{ key: 'agent:writer:main', totalTokens: 20_000 }] },
        ],
      },
      {
        id: 'legacy',
        name: 'Legacy',
        version: '2026.2.17',
        tags: ['prod', 'old'],
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 30_000 }] }],
      },
      {
        id: 'gone',
        name: 'Gone',
        version: '2026.9.6',
        tags: ['lab'],
        agents: [{ id: 'main' }],
        state: 'down',
      },
      { id: 'newcomer', name: 'Newcomer', version: '2026.9.6', agents: [{ id: 'main' }], registered: false },
    ],
    settings: {
      OCM_CONFIRMATION_MS: String(CONFIRMATION_MS),
      OCM_DRAIN_DEADLINE_MS: '8000',
      OCM_REFRESH_INTERVAL_MS: '600000',
    },
  })
  alpha = sandbox.nodes.node('alpha')
  legacy = sandbox.nodes.node('legacy')
  newcomer = sandbox.nodes.node('newcomer')
  admin = person(sandbox.discord, PEOPLE.admin)
  operator = person(sandbox.discord, PEOPLE.operator)
  viewer = person(sandbox.discord, PEOPLE.viewer)
})

afterAll(async () => {
  process.off('warning', onWarning)
  await sandbox?.close()
})

const inLanguage = (name: string, locale: SandboxLocale) => person(sandbox.discord, name, locale)
const record = (id: string) => sandbox.app.owned.context.registry.get(id)
/** A list that no longer waits for a node. */
const settled = (message: MessageView) =>
  controlsOf(message).some((id) => id.includes('node-list')) && !textOf(message).includes('⏳')

describe('/node list', () => {
  test.each(LANGUAGES)('shows every node worst first to a viewer in %s', async (client, locale) => {
    const reader = inLanguage(PEOPLE.viewer, client)
    const list = await reader.ask('node list', {}, settled)
    const text = textOf(list)
    expect(text).toContain(translate(locale, 'list.title'))
    expect(text.indexOf('Gone')).toBeGreaterThan(-1)
    expect(text.indexOf('Gone')).toBeLessThan(text.indexOf('Alpha'))
    expect(text).toContain(translate(locale, 'state.unreachable'))
    expect(text).toContain(translate(locale, 'reason.connect-refused'))
    expect(text).toContain('OpenClaw 2026.9.6')
    expect(text).toContain('OpenClaw 2026.2.17')
    expect(text).not.toContain('Newcomer')
    expect(list.ephemeral).toBe(false)
    expect(admin.sees(list.id)).toBeDefined()
  })

  test('keeps to a tag and to a state', async () => {
    const old = textOf(await viewer.ask('node list', { tag: 'old' }, settled))
    expect(old).toContain('Legacy')
    expect(old).not.toContain('Alpha')
    const lost = textOf(await viewer.ask('node list', { state: 'unreachable' }, settled))
    expect(lost).toContain('Gone')
    expect(lost).not.toContain('Alpha')
  })

  test('delivers the other rows while a node hangs', async () => {
    await legacy.ssh.goDark('silent')
    const waitsFor = (text: string, name: string) =>
      text.split('\n').some((line, at, all) => line.includes(`**${name}**`) && all[at + 1]?.includes('⏳'))
    const list = await viewer.ask('node list', {}, (message) => {
      const text = textOf(message)
      return text.includes('Alpha') && waitsFor(text, 'Legacy') && !waitsFor(text, 'Alpha')
    })
    const ended = textOf(await viewer.until(list, settled))
    expect(ended).toMatch(/🔌 \*\*Legacy\*\*/)
    expect(ended).toMatch(/🟢 \*\*Alpha\*\*/)
    await legacy.ssh.comeBack()
    expect(textOf(await viewer.ask('node status', { node: 'legacy' }, /OpenClaw/))).toContain('2026.2.17')
  })

  test('opens a node from its menu', async () => {
    const list = await viewer.ask('node list', {}, settled)
    const status = await viewer.choose(list, 'node-list|open', 'alpha', /Alpha/)
    expect(textOf(status)).toContain(translate('en', 'label.gateway'))
  })
})

describe('/node status', () => {
  test.each(LANGUAGES)('reads a node live for a viewer in %s', async (client, locale) => {
    const text = textOf(
      await inLanguage(PEOPLE.viewer, client).ask('node status', { node: 'alpha' }, /Alpha/),
    )
    for (const key of ['label.machine', 'label.service', 'label.gateway', 'label.agents'] as const)
      expect(text).toContain(translate(locale, key))
    expect(text).toContain('agent:main:main')
    expect(text).toContain('2026.9.6')
    expect(text).not.toMatch(/\\[0-9A-Za-z]/)
    expect(text).not.toContain('token-')
  })

  test('says why a node that is down cannot be read and what to do', async () => {
    const text = textOf(await viewer.ask('node status', { node: 'gone' }, /Gone/))
    expect(text).toContain(translate('en', 'condition.node-unreachable'))
    expect(text).toContain(translate('en', 'condition.node-unreachable.next'))
  })

  test('still reads a node whose gateway token was rotated', async () => {
    alpha.gateway.rotateToken()
    await alpha.gateway.restartService()
    await sandbox.discord.until(() => alpha.facts().ready)
    const text = textOf(await viewer.ask('node status', { node: 'alpha' }, /Alpha/))
    expect(text).toContain('agent:main:main')
    expect(text).toContain(translate('en', 'state.serving'))
  })

  test('answers privately when the node does not exist', async () => {
    const refusal = await viewer.ask('node status', { node: 'nowhere' }, /nowhere/)
    expect(refusal.ephemeral).toBe(true)
    expect(operator.sees(refusal.id)).toBeUndefined()
    expect(textOf(refusal)).toContain('error id')
  })
})

describe('what a level does not allow', () => {
  const MAY_NOT: [keyof typeof PEOPLE, string, Record<string, string>][] = [
    ['viewer', 'node restart', { node: 'alpha' }],
    ['viewer', 'node retire', { node: 'alpha' }],
    ['viewer', 'node unretire', { node: 'alpha' }],
    ['viewer', 'node logs', { node: 'alpha' }],
    ['viewer', 'node register', { id: 'x', host: '127.0.0.1', 'ssh-user': 'oc' }],
    ['operator', 'node retire', { node: 'alpha' }],
    ['operator', 'node unretire', { node: 'alpha' }],
    ['operator', 'node register', { id: 'x', host: '127.0.0.1', 'ssh-user': 'oc' }],
    ['operator', 'node trust', { node: 'alpha' }],
  ]
  test.each(MAY_NOT)(
    'a %s who uses /%s is refused in private, in their language',
    async (role, command, options) => {
      const starts = alpha.facts().starts
      const started = log.lines.length
      const refusal = await inLanguage(PEOPLE[role], 'ja').ask(command, options, /⛔/)
      expect(refusal.ephemeral).toBe(true)
      expect(textOf(refusal)).toContain('権限がありません')
      expect(controlsOf(refusal)).toEqual([])
      expect(admin.sees(refusal.id)).toBeUndefined()
      expect(alpha.facts().starts).toBe(starts)
      expect(record('alpha').state).toBe('active')
      expect(log.lines.slice(started).filter(({ level }) => level === 'error')).toEqual([])
    },
  )
})

describe('/node restart', () => {
  test('really restarts the gateway, once, by the press of the person who asked', async () => {
    const before = alpha.facts()
    const question = await operator.ask(
      'node restart',
      { node: 'alpha', reason: 'stuck' },
      /Restart \*\*Alpha/,
    )
    expect(textOf(question)).toContain(translate('en', 'restart.ask.idle'))
    expect(question.ephemeral).toBe(false)

    const foreign = await admin.pressFor(question, 'confirm|yes', /Only the person who asked/)
    expect(foreign.ephemeral).toBe(true)
    expect(alpha.facts().starts).toBe(before.starts)

    const [first, second] = await Promise.all([
      operator.press(question, 'confirm|yes'),
      operator.pressFor(question, 'confirm|yes', /already used/),
    ])
    expect(first.label).toBeDefined()
    expect(second.ephemeral).toBe(true)
    const done = await operator.until(question, /(?<!The gateway) serves again/)
    expect(alpha.facts().starts).toBe(before.starts + 1)
    expect(alpha.facts().pid).not.toBe(before.pid)
    expect(controlsOf(done).filter((id) => id.includes('confirm'))).toEqual([])
    expect(textOf(done)).toContain(`<@${operator.as.userId}>`)
    expect(textOf(done)).toMatch(/It took .* from the restart/)
  })

  test.each(LANGUAGES)('asks in %s, and nothing happens after a cancel', async (client, locale) => {
    const starts = alpha.facts().starts
    const reader = inLanguage(PEOPLE.operator, client)
    const question = await reader.ask('node restart', { node: 'alpha' }, (m) => controlsOf(m).length === 2)
    expect(textOf(question)).toContain(translate(locale, 'button.confirm-restart'))
    expect(textOf(question)).toContain(translate(locale, 'label.running'))
    await reader.press(question, 'confirm|no')
    const closed = await reader.until(question, (message) => controlsOf(message).length === 0)
    expect(textOf(closed)).toContain('🚫')
    expect(alpha.facts().starts).toBe(starts)
  })

  test('shows a running turn, waits for it, and interrupts nothing', async () => {
    const starts = alpha.facts().starts
    alpha.gateway.startTurn('agent:writer:main')
    const question = await operator.ask('node restart', { node: 'alpha' }, /confirm|Restart/)
    expect(textOf(question)).toContain('agent:writer:main')
    expect(textOf(question)).toContain('1 turn is running')
    await operator.press(question, 'confirm|yes')
    await operator.until(question, /Waiting for 1 running turn/)
    expect(alpha.facts().starts).toBe(starts)
    alpha.gateway.endTurn()
    const done = textOf(await operator.until(question, /(?<!The gateway) serves again/))
    expect(done).toContain(translate('en', 'restart.drained'))
    expect(alpha.facts().starts).toBe(starts + 1)
  })

  test('gives up without touching anything when the turn does not end', async () => {
    const before = alpha.facts()
    alpha.gateway.startTurn('agent:main:main')
    const question = await operator.ask('node restart', { node: 'alpha' }, /1 turn is running/)
    await operator.press(question, 'confirm|yes')
    const ended = textOf(await operator.until(question, /was not restarted/))
    expect(ended).toContain('1 turn is still running')
    expect(alpha.facts()).toMatchObject({ starts: before.starts, pid: before.pid })
    const session = alpha.gateway.sessions().find(({ key }) => key === 'agent:main:main')
    expect(session?.status).toBe('running')
    alpha.gateway.endTurn()
  })

  test('says that the old OpenClaw can neither tell what runs nor wait for it', async () => {
    const starts = legacy.facts().starts
    legacy.gateway.startTurn('agent:main:main')
    const question = await operator.ask('node restart', { node: 'legacy' }, /Legacy/)
    expect(textOf(question)).not.toContain(translate('en', 'restart.ask.idle'))
    expect(textOf(question)).toContain(translate('en', 'reason.not-supported'))
    expect(textOf(question)).toContain(translate('en', 'restart.ask.no-drain'))
    await operator.press(question, 'confirm|yes')
    expect(textOf(await operator.until(question, /(?<!The gateway) serves again/))).not.toContain(
      'allowed to finish',
    )
    expect(legacy.facts().starts).toBe(starts + 1)
    legacy.gateway.endTurn()
  })

  test('is refused in private for a node that cannot be reached', async () => {
    const refusal = await operator.ask('node restart', { node: 'gone' }, /cannot be reached/)
    expect(refusal.ephemeral).toBe(true)
    expect(textOf(refusal)).toContain(translate('en', 'reason.connect-refused'))
  })

  test('keeps its confirmation across a restart of the bot', async () => {
    const starts = alpha.facts().starts
    const question = await operator.ask('node restart', { node: 'alpha' }, /Restart/)
    await sandbox.restartApp()
    await operator.press(question, 'confirm|yes')
    await operator.until(question, /(?<!The gateway) serves again/)
    expect(alpha.facts().starts).toBe(starts + 1)
  })

  test('does nothing with a confirmation that ran out, pressed or not', async () => {
    const starts = alpha.facts().starts
    const pressed = await operator.ask('node restart', { node: 'alpha' }, /Restart/)
    const left = await operator.ask('node restart', { node: 'alpha' }, /Restart/)
    clock.setForward(CONFIRMATION_MS + 1)
    await operator.press(pressed, 'confirm|yes')
    expect(controlsOf(await operator.until(pressed, /expired/))).toEqual([])
    expect(controlsOf(await operator.until(left, /expired/))).toEqual([])
    expect(alpha.facts().starts).toBe(starts)
  })
})

describe('/node retire and /node unretire', () => {
  test('take a node out and back without touching it', async () => {
    const before = alpha.facts()
    const question = await admin.ask('node retire', { node: 'alpha', reason: 'moved' }, /Retire/)
    expect(textOf(question)).toContain(translate('en', 'retire.ask.reachable'))
    await admin.press(question, 'confirm|yes')
    await admin.until(question, /is retired/)
    expect(record('alpha')).toMatchObject({ state: 'retired', stateReason: 'moved' })
    expect(textOf(await viewer.ask('node list', {}, settled))).not.toContain('Alpha')
    expect(textOf(await viewer.ask('node list', { state: 'retired' }, settled))).toContain('Alpha')
    const refused = await operator.ask('node restart', { node: 'alpha' }, /is retired/)
    expect(refused.ephemeral).toBe(true)

    const back = await admin.ask('node unretire', { node: 'alpha' }, /active again/)
    expect(back.ephemeral).toBe(false)
    expect(record('alpha')).toMatchObject({ state: 'active', stateReason: null, retiredAt: null })
    expect(alpha.facts()).toMatchObject({ starts: before.starts, pid: before.pid, ready: true })
    const again = await admin.ask('node unretire', { node: 'alpha' }, /is not retired/)
    expect(again.ephemeral).toBe(true)
  })

  test('say of a node that cannot be asked that its agents may still run', async () => {
    const question = await admin.ask('node retire', { node: 'gone' }, /Retire/)
    expect(textOf(question)).toContain(translate('en', 'retire.ask.unreachable'))
    await admin.press(question, 'confirm|yes')
    expect(textOf(await admin.until(question, /is retired/))).toContain(translate('en', 'retire.may-run'))
    await admin.ask('node unretire', { node: 'gone' }, /active again/)
  })
})

describe('/node logs', () => {
  test('are private and hide secrets', async () => {
    const token = alpha.gateway.rotateToken()
    alpha.gateway.log('info', `connected with token=${token}`)
    alpha.gateway.log('warn', 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz123456')
    const logs = await operator.ask('node logs', { node: 'alpha', lines: 50 }, /Logs of/)
    expect(logs.ephemeral).toBe(true)
    expect(admin.sees(logs.id)).toBeUndefined()
    expect(JSON.stringify(logs.raw)).not.toContain(token)
    expect(textOf(logs)).not.toContain('abcdefghijklmnopqrstuvwxyz123456')
    expect(textOf(logs)).toContain('***')
  })

  test.each(LANGUAGES)(
    'show new lines while they are followed, until stopped, in %s',
    async (client, locale) => {
      const reader = inLanguage(PEOPLE.operator, client)
      const commands = alpha.facts().runningCommands
      const logs = await reader.ask('node logs', { node: 'alpha', lines: 5, follow: 60 }, (message) =>
        controlsOf(message).some((id) => id.includes('node-logs|stop')),
      )
      const line = `followed in ${client}`
      alpha.gateway.log('info', line)
      const grown = await reader.until(logs, new RegExp(line))
      await reader.press(grown, 'node-logs|stop')
      const ended = await reader.until(logs, (m) => controlsOf(m).some((id) => id.includes('again')))
      expect(textOf(ended)).toContain(translate(locale, 'logs.ended.stopped'))
      await sandbox.discord.until(() => alpha.facts().runningCommands <= commands)
    },
  )
})

describe('/node register', () => {
  test('takes in a running node after its host key was approved', async () => {
    const question = await admin.ask(
      'node register',
      {
        id: 'newcomer',
        name: 'New comer',
        host: newcomer.host,
        'ssh-port': newcomer.sshPort,
        'ssh-user': newcomer.user,
        tags: 'prod, fresh',
      },
      /Trust/,
    )
    expect(textOf(question)).toContain(newcomer.fingerprint)
    expect(newcomer.facts().commands).toEqual([])
    await admin.press(question, 'confirm|yes')
    await admin.until(question, /is registered/)
    expect(record('newcomer')).toMatchObject({ tags: ['prod', 'fresh'], gatewayPort: newcomer.gatewayPort })
    expect(record('newcomer').hostKeys[0]?.fingerprint).toBe(newcomer.fingerprint)
    expect(textOf(await viewer.ask('node list', {}, settled))).toContain('New comer')
  })

  test('refuses an id and an address that are taken', async () => {
    const given = { host: alpha.host, 'ssh-port': alpha.sshPort, 'ssh-user': alpha.user }
    const sameId = await admin.ask('node register', { ...given, id: 'ALPHA' }, /exists/)
    expect(sameId.ephemeral).toBe(true)
    const samePlace = await admin.ask('node register', { ...given, id: 'other' }, /already registered/)
    expect(samePlace.ephemeral).toBe(true)
  })

  test('names a host key that changed, and connects no more', async () => {
    await newcomer.ssh.changeHostKey()
    newcomer.ssh.dropConnections()
    const commands = newcomer.facts().commands.length
    const status = await viewer.ask('node status', { node: 'newcomer' }, /New comer/)
    expect(textOf(status)).toContain(translate('en', 'reason.host-key-changed'))
    const refusal = await operator.ask('node restart', { node: 'newcomer' }, /host key/)
    expect(refusal.ephemeral).toBe(true)
    expect(newcomer.facts().commands).toHaveLength(commands)
  })
})

describe('/node trust', () => {
  test('has an admin approve the key that changed, old beside new, and the node serves again', async () => {
    const before = record('newcomer').hostKeys[0]?.fingerprint ?? ''
    const options = { node: 'newcomer', reason: 'new board' }
    const question = await admin.ask('node trust', options, /Trust/)
    expect(textOf(question)).toContain('new board')
    expect(textOf(question)).toContain(translate('en', 'trust.ask.changed'))
    expect(textOf(question)).toContain(before)
    expect(textOf(question)).toContain(newcomer.fingerprint)
    expect(record('newcomer').hostKeys[0]?.fingerprint).toBe(before)
    await admin.press(question, 'confirm|yes')
    const approved = await admin.until(question, /is approved/)
    expect(textOf(approved)).toContain(translate('en', 'state.serving'))
    expect(record('newcomer').hostKeys.map(({ fingerprint }) => fingerprint)).toEqual([newcomer.fingerprint])
    const trusted = auditEntriesIn(sandbox.folder).filter(({ operation }) => operation === 'trust-node')
    expect(trusted.at(-1)).toMatchObject({ result: 'done', reason: 'new board' })
  })
})

describe('suggestions', () => {
  test('come from memory while no node answers', async () => {
    await Promise.all([alpha.ssh.goDark('silent'), legacy.ssh.goDark('silent')])
    const commands = alpha.facts().commands.length
    const names = async (who: Person, command: string, query: string) =>
      (await who.suggest(command, { node: query }, 'node')).map(({ value }) => value)
    expect(await names(viewer, 'node status', '')).toEqual(['alpha', 'gone', 'legacy', 'newcomer'])
    expect(await names(inLanguage(PEOPLE.viewer, 'ja'), 'node status', 'leg')).toEqual(['legacy'])
    expect(await names(admin, 'node unretire', '')).toEqual([])
    expect((await viewer.suggest('node list', { tag: 'pr' }, 'tag'))[0]).toMatchObject({ value: 'prod' })
    expect(alpha.facts().commands).toHaveLength(commands)
    await Promise.all([alpha.ssh.comeBack(), legacy.ssh.comeBack()])
  })
})

test('nothing pinged anybody, nothing broke inside, and nothing leaked', () => {
  expect(admin.messages().flatMap(({ pinged }) => pinged)).toEqual([])
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(warnings).toEqual([])
})
