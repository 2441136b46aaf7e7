import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { auditText } from '../support/audit.ts'
import { hostileTexts, LONG } from '../support/hostile-texts.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const log = keepLog()
let canaries: string
let texts: [string, string][]
let sandbox: Sandbox
let node: SandboxNode
let admin: Person

beforeAll(async () => {
  canaries = await mkdtemp(join(tmpdir(), 'ocm-canary-'))
  texts = Object.entries(hostileTexts(canaries))
  const values = texts.map(([, text]) => text)
  sandbox = await startSandbox({
    log,
    settings: { OCM_REFRESH_INTERVAL_MS: '600000' },
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        agents: [
          {
            id: 'main',
            name: values.join(' ').slice(0, LONG),
            model: `fake/${values.join(' ').slice(0, 2_000)}`,
            sessions: values.map((text, index) => ({
              key: `agent:main:${index}:${text.slice(0, 20_000)}`,
              totalTokens: 1_000 * index,
            })),
          },
          ...values.map((text, index) => ({ id: `agent-${index}`, name: text })),
        ],
        channels: values.map((text, index) => ({
          id: `channel-${index}-${text.slice(0, 500)}`,
          label: text,
          account: text.slice(0, 500),
          running: true,
          connected: false,
          lastError: text,
        })),
        timings: { readyMs: 150, stopMs: 50 },
      },
      {
        id: 'fresh',
        name: 'Fresh',
        version: '2026.9.6',
        agents: [{ id: 'main' }],
        registered: false,
      },
    ],
  })
  node = sandbox.nodes.node('alpha')
  admin = person(sandbox.discord, PEOPLE.admin)
}, 60_000)

afterAll(async () => {
  // Rejects when Discord refused something.
  await sandbox?.close()
  await rm(canaries, { recursive: true, force: true })
})

const LANGUAGES = ['en-US', 'ja', 'zh-CN'] as const
const inTheEnd = (message: MessageView) => controlsOf(message).length > 0 && !textOf(message).includes('⏳')

test('the canaries would sing', async () => {
  const cage = await mkdtemp(join(tmpdir(), 'ocm-canary-'))
  for (const name of ['command substitution', 'backticks', 'command list'])
    spawnSync('sh', ['-c', `echo ${hostileTexts(cage)[name]}`])
  expect(await readdir(cage)).not.toEqual([])
  await rm(cage, { recursive: true, force: true })
})

describe('what a person types', () => {
  test('into any option that takes a text gets an answer and nothing else', async () => {
    for (const [name, text] of texts) {
      const short = (max: number) => text.slice(0, max) || 'x'
      const inputs: [string, Record<string, string | number>][] = [
        ['node list', { tag: short(32) }],
        ['node status', { node: short(63) }],
        ['node restart', { node: short(63), reason: short(300) }],
        ['node retire', { node: short(63), reason: short(300) }],
        ['node unretire', { node: short(63) }],
        ['node logs', { node: short(63) }],
        ['node register', { id: short(63), host: short(253), 'ssh-user': short(32), tags: short(400) }],
        ['node register', { id: 'n1', host: '127.0.0.1', 'ssh-port': 1, 'ssh-user': short(32) }],
        ['node register', { id: 'n2', host: short(253), 'ssh-port': 1, 'ssh-user': 'oc' }],
      ]
      const answers = await Promise.all(inputs.map(([command, options]) => admin.ask(command, options)))
      for (const answer of answers) expect(textOf(answer), name).not.toBe('')
      const suggested = await admin.suggest('node status', { node: short(63) }, 'node')
      expect(suggested.every(({ name: shown }) => shown.length > 0)).toBe(true)
    }
  }, 90_000)

  test('as a reason is kept for the audit and shown as text', async () => {
    for (const [, text] of texts.slice(0, 9)) {
      const reason = text.slice(0, 300)
      const question = await admin.ask(
        'node restart',
        { node: 'alpha', reason },
        (one) => controlsOf(one).length === 2,
      )
      await admin.press(question, 'confirm|no')
      await admin.until(question, (one) => controlsOf(one).length === 0)
    }
    const reason = texts
      .map(([, text]) => text.slice(0, 30))
      .join(' ')
      .slice(0, 300)
    const question = await admin.ask(
      'node restart',
      { node: 'alpha', reason },
      (one) => controlsOf(one).length === 2,
    )
    await admin.press(question, 'confirm|yes')
    await admin.until(question, /(?<!The gateway) serves again/)
    const audit = auditText(sandbox.folder)
    const lines = audit.split('\n').map((line) => JSON.parse(line))
    expect(lines.findLast(({ operation }) => operation === 'restart-node')).toMatchObject({ result: 'done' })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the audit must hold no raw control character
    expect(audit).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  }, 60_000)

  test('as the name or the path of a new node runs nothing on it', async () => {
    const fresh = sandbox.nodes.node('fresh')
    const where = { host: fresh.host, 'ssh-port': fresh.sshPort, 'ssh-user': fresh.user }
    for (const [index, [, text]] of texts.entries()) {
      const named = await admin.ask('node register', {
        ...where,
        id: `new-${index}`,
        name: text.slice(0, 80) || 'x',
        'oc-path': `/tmp/${text}`.slice(0, 512),
      })
      if (!controlsOf(named).some((id) => id.includes('confirm|yes'))) continue
      await admin.press(named, 'confirm|yes')
      await admin.until(
        named,
        (one) => !controlsOf(one).some((id) => id.includes('confirm')) && !/⏳/.test(textOf(one)),
      )
      if (!sandbox.app.owned.context.registry.list().some(({ id }) => id === `new-${index}`)) continue
      const question = await admin.ask(
        'node retire',
        { node: `new-${index}` },
        (one) => controlsOf(one).length === 2,
      )
      await admin.press(question, 'confirm|yes')
      await admin.until(question, /is retired/)
    }
  }, 120_000)

  test('into a control that nobody made is answered in private', async () => {
    const list = await admin.ask('node list', {}, inTheEnd)
    for (const [, text] of texts) {
      const id = `v1|confirm|yes|${text}`.slice(0, 100)
      const used = sandbox.discord.control.click(admin.as, list.id, id)
      await used.catch(() => undefined)
    }
    await admin.ask('node list', {}, inTheEnd)
  })
})

describe('what a machine says', () => {
  test.each(LANGUAGES)('is shown as text on every page of its status in %s', async (locale) => {
    const reader = person(sandbox.discord, PEOPLE.viewer, locale)
    let card = await reader.ask('node status', { node: 'alpha' }, inTheEnd)
    for (let page = 2; page <= 4; page += 1) {
      const next = controlsOf(card).find((id) => id.endsWith(`|${page}`) && id.includes('node-status|page'))
      if (next === undefined) break
      const before = textOf(card)
      await reader.press(card, next)
      card = await reader.until(card, (one) => textOf(one) !== before)
    }
    expect(textOf(card)).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/)
    await reader.ask('node list', {}, inTheEnd)
  })

  test('in its log is shown as text, also while it is followed', async () => {
    for (const [, text] of texts) node.gateway.log('error', text)
    const logs = await admin.ask('node logs', { node: 'alpha', lines: 200 }, inTheEnd)
    expect(logs.ephemeral).toBe(true)
    const followed = await admin.ask('node logs', { node: 'alpha', lines: 5, follow: 30 }, (one) =>
      controlsOf(one).some((id) => id.includes('node-logs|stop')),
    )
    for (const [, text] of texts) node.gateway.log('info', text)
    node.gateway.log('info', 'the last line')
    await admin.until(followed, /the last line/)
    await admin.press(followed, 'node-logs|stop')
    await admin.until(followed, (one) => controlsOf(one).some((id) => id.includes('again')))
  }, 40_000)

  test('before its answers, from the start-up file of its shell, changes nothing', async () => {
    for (const [, text] of texts.filter(([name]) => !name.startsWith('long'))) {
      node.ssh.setShellNoise(text)
      node.ssh.dropConnections()
      const status = await admin.ask('node status', { node: 'alpha' }, inTheEnd)
      expect(textOf(status)).toContain('🟢')
    }
    node.ssh.setShellNoise(null)
    node.ssh.dropConnections()
  }, 120_000)
})

test('nothing was run, nobody was pinged, and nothing broke', async () => {
  expect(await readdir(canaries)).toEqual([])
  const seen = Object.values(PEOPLE).flatMap((name) => person(sandbox.discord, name).messages())
  expect(seen.flatMap(({ pinged }) => pinged)).toEqual([])
  expect(sandbox.discord.refusals()).toEqual([])
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
  expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('x')
})
