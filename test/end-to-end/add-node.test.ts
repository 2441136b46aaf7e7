import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Locale } from '../../src/base/locale.ts'
import type { SandboxLocale } from '../../src/sandbox/discord/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { translate } from '../../src/text/translate.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const VERSION = '2026.9.6'
const KEY = 'sk-ant-api03-the-key-of-the-provider'
const LANGUAGES: [SandboxLocale, Locale][] = [
  ['en-US', 'en'],
  ['ja', 'ja'],
  ['zh-CN', 'zh-CN'],
]

let sandbox: Sandbox

beforeAll(async () => {
  const timings = { readyMs: 60, stopMs: 20, restartSecMs: 40, crashAfterMs: 40 }
  sandbox = await startSandbox({
    log: keepLog(),
    nodes: [
      { id: 'bare', name: 'Bare', version: VERSION, agents: [], bare: true, registered: false, timings },
    ],
    settings: { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '20000' },
  })
  mkdirSync(join(sandbox.folder, 'secrets'))
  writeFileSync(join(sandbox.folder, 'secrets', 'ANTHROPIC_API_KEY'), `${KEY}\n`, { mode: 0o600 })
})
afterAll(() => sandbox?.close())

const machine = () => sandbox.nodes.node('bare')
const address = () => {
  const { user, host, sshPort } = machine()
  return `${user}@${host}:${sshPort}`
}
const has = (part: string) => (message: Parameters<typeof controlsOf>[0]) =>
  controlsOf(message).some((one) => one.includes(part))

/** Opens the form of the command and sends it filled in; waits for the question. */
async function fillIn(who: Person, options: Record<string, string | number>, values: Record<string, string>) {
  const { control } = sandbox.discord
  const opened = await who.type('node add', options)
  const form = await sandbox.discord.until(() => control.interaction(opened.id).modal)
  const before = new Set(who.messages().map(({ id }) => id))
  await control.submit(who.as, opened.id, values)
  const answer = await sandbox.discord.until(() =>
    who.messages().findLast((one) => !before.has(one.id) && !one.thinking),
  )
  return { form, answer }
}

test.each(LANGUAGES)(
  '/node add asks through a form in %s, and shows the host key and every command',
  async (client, locale) => {
    const admin = person(sandbox.discord, PEOPLE.admin, client)
    const values = { host: address(), secret: 'ANTHROPIC_API_KEY' }
    const { form, answer } = await fillIn(admin, { id: 'asked' }, values)
    expect(form).toMatchObject({ title: translate(locale, 'add.form', { node: 'asked' }) })
    const question = textOf(answer)
    expect(question).toContain(translate(locale, 'add.ask.effect'))
    expect(question).toContain(machine().fingerprint)
    expect(question).toContain('uname -m')
    expect(question).toContain('openclaw config validate')
    await admin.press(answer, 'confirm|no')
  },
)

test('a bare machine becomes a serving node from one card, after the step that failed was mended', async () => {
  const admin = person(sandbox.discord, PEOPLE.admin)
  const { gatewayPort } = machine()
  machine().gateway.failStarts(1)
  const { answer } = await fillIn(
    admin,
    { id: 'bare', 'gateway-port': gatewayPort },
    { host: address(), tags: 'prod', secret: 'ANTHROPIC_API_KEY' },
  )
  await admin.press(answer, 'confirm|yes')
  const stopped = await admin.until(answer, has('node-add|resume'))
  expect(textOf(stopped)).toContain(translate('en', 'add-fault.gateway-failed'))
  expect(has('node-add-undo|ask')(stopped)).toBe(true)
  expect(sandbox.app.owned.context.registry.list()).toEqual([])

  machine().gateway.failStarts(null)
  const again = await admin.pressFor(stopped, 'node-add|resume')
  await admin.press(again, 'confirm|yes')
  const done = await admin.until(again, has('node-status|'))
  expect(textOf(done)).toContain('✅')
  for (const step of ['nodejs', 'readiness', 'pairing', 'first-backup'] as const)
    expect(textOf(done)).toContain(translate('en', `add-step.${step}`))
  expect(sandbox.app.owned.context.registry.get('bare')).toMatchObject({ gatewayPort, tags: ['prod'] })
  expect(JSON.stringify(admin.messages())).not.toContain(KEY)
}, 60_000)

test('what the form has no room for is not lost in silence', async () => {
  const admin = person(sandbox.discord, PEOPLE.admin)
  const answer = await admin.ask('node add', { id: 'other', model: 'anthropic/claude' })
  expect(textOf(answer)).toContain('There is no unfinished addition')
  expect(textOf(answer)).toContain('give the host as well')
})

test('a person who may not add nodes reads so, whatever the form says', async () => {
  const operator = person(sandbox.discord, PEOPLE.operator)
  const { answer } = await fillIn(operator, { id: 'mine' }, { host: address() })
  expect(textOf(answer)).toContain('You may not do this')
})
