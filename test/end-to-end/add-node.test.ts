import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TextInputStyle } from 'discord.js'
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

interface Field {
  custom_id: string
  style: TextInputStyle
  value?: string
}

/** An input of a form, raw as it was sent. */
function fieldOf(form: Record<string, unknown> | null | undefined, id: string): Field {
  const labels = (form?.components ?? []) as { component: Field }[]
  const found = labels.find(({ component }) => component.custom_id === id)
  if (!found) throw new Error(`no input ${id}`)
  return found.component
}

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
    const port = `${translate(locale, 'option.gateway-port')}\uFF1A 18901`
    const values = { host: address(), secret: 'ANTHROPIC_API_KEY', more: port }
    const { form, answer } = await fillIn(admin, { id: 'asked' }, values)
    expect(form).toMatchObject({ title: translate(locale, 'add.form', { node: 'asked' }) })
    const question = textOf(answer)
    expect(question).toContain(translate(locale, 'add.ask.effect'))
    expect(question).toContain(machine().fingerprint)
    expect(question).toContain('uname -m')
    expect(question).toContain('openclaw config validate')
    expect(question).toContain('--port 18901')
    await admin.press(answer, 'confirm|no')
  },
)

test('options that were typed without a host stand in the form, and nothing of it is lost', async () => {
  const admin = person(sandbox.discord, PEOPLE.admin)
  const { user, host, sshPort } = machine()
  const { form, answer } = await fillIn(
    admin,
    {
      id: 'other',
      name: 'Other',
      'ssh-user': user,
      'ssh-port': sshPort,
      'gateway-port': 18_901,
      model: 'a/b',
    },
    { host },
  )
  expect(fieldOf(form, 'name').value).toBe('Other')
  expect(fieldOf(form, 'more')).toMatchObject({
    style: TextInputStyle.Paragraph,
    value: `ssh-user: ${user}\nssh-port: ${sshPort}\ngateway-port: 18901\nversion: \nmodel: a/b`,
  })
  const question = textOf(answer)
  for (const part of [`${user}@${host}:${sshPort}`, 'Other', 'a/b', '--port 18901'])
    expect(question).toContain(part)
  await admin.press(answer, 'confirm|no')
})

test('a bare machine becomes a serving node from one card, after the step that failed was mended', async () => {
  const admin = person(sandbox.discord, PEOPLE.admin)
  const { gatewayPort } = machine()
  machine().gateway.failStarts(1)
  const { answer } = await fillIn(
    admin,
    { id: 'bare' },
    { host: address(), tags: 'prod', secret: 'ANTHROPIC_API_KEY', more: `gateway-port: ${gatewayPort}` },
  )
  await admin.press(answer, 'confirm|yes')
  const stopped = await admin.until(answer, has('node-add|resume'))
  expect(textOf(stopped)).toContain(translate('en', 'add-fault.gateway-failed'))
  expect(has('node-add-undo|ask')(stopped)).toBe(true)
  expect(sandbox.app.owned.context.registry.list()).toEqual([])

  await admin.press(stopped, 'node-add|keep')
  const kept = await admin.until(stopped, (message) => controlsOf(message).length === 0)
  for (const part of ['stays as it is', '~/.openclaw', '/node add', '/node add-undo', 'in no registry'])
    expect(textOf(kept)).toContain(part)
  expect(textOf(kept)).toContain(translate('en', 'add-fault.gateway-failed'))

  machine().gateway.failStarts(null)
  const { answer: again } = await fillIn(admin, { id: 'bare' }, {})
  await admin.press(again, 'confirm|yes')
  const done = await admin.until(again, has('node-status|'))
  expect(textOf(done)).toContain('✅')
  for (const step of ['nodejs', 'readiness', 'pairing', 'first-backup'] as const)
    expect(textOf(done)).toContain(translate('en', `add-step.${step}`))
  expect(sandbox.app.owned.context.registry.get('bare')).toMatchObject({ gatewayPort, tags: ['prod'] })
  expect(JSON.stringify(admin.messages())).not.toContain(KEY)
}, 60_000)

test('what the form cannot read, or takes only with a host, is refused by its name', async () => {
  const admin = person(sandbox.discord, PEOPLE.admin)
  const more = async (lines: string, host = address()) =>
    textOf((await fillIn(admin, { id: 'other' }, { host, more: lines })).answer)
  expect(await more('gateway port 18901')).toMatch(/model.*gateway port 18901.*a name, a colon and a value/s)
  expect(await more('gateway-port: many')).toMatch(/gateway-?port/i)
  expect(await more('gateway-port: 18901', '')).toContain('only together with a host')
  expect(await more('version: newest')).toContain('such as 2026.9.6')
  expect(await more('', '')).toContain('There is no unfinished addition')
})

test('a person who may not add nodes reads so, whatever the form says', async () => {
  const operator = person(sandbox.discord, PEOPLE.operator)
  const { answer } = await fillIn(operator, { id: 'mine' }, { host: address() })
  expect(textOf(answer)).toContain('You may not do this')
})
