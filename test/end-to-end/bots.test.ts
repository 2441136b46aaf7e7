import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Locale } from '../../src/base/locale.ts'
import type { SandboxLocale } from '../../src/sandbox/discord/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { translate } from '../../src/text/translate.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

const LANGUAGES: [SandboxLocale, Locale, string][] = [
  ['en-US', 'en', 'news'],
  ['ja', 'ja', 'sales'],
  ['zh-CN', 'zh-CN', 'help'],
]
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({
    log: keepLog(),
    nodes: [
      {
        ...{ id: 'alpha', name: 'Alpha', version: '2026.9.6', tags: ['prod'] },
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 42_000 }] }],
        bindings: [{ agent: 'main', channel: 'telegram' }],
        timings: { agentsSettleMs: 100 },
      },
      { id: 'gone', name: 'Gone', version: '2026.9.6', agents: [{ id: 'main' }], state: 'down' },
    ],
  })
})
afterAll(() => sandbox?.close())

/** Opens the form of a command and sends it filled in; waits for the question. */
async function fillIn(who: Person, node: string, values: Record<string, string>, command = 'bot add') {
  const { control } = sandbox.discord
  const opened = await who.type(command, { node })
  await sandbox.discord.until(() => control.interaction(opened.id).modal)
  const form = control.interaction(opened.id).modal as { title: string }
  const before = new Set(who.messages().map(({ id }) => id))
  await control.submit(who.as, opened.id, values)
  const answer = await sandbox.discord.until(() =>
    who.messages().findLast((one) => !before.has(one.id) && !one.thinking),
  )
  return { form, answer }
}

describe('/bot', () => {
  test.each(LANGUAGES)('makes a bot through a form in %s, and lists it', async (client, locale, id) => {
    const admin = person(sandbox.discord, PEOPLE.admin, client)
    const { form, answer } = await fillIn(admin, 'alpha', {
      ...{ id, name: `Bot ${id}`, channels: `discord:${id}, slack:${id}` },
    })
    expect(form.title).toContain('alpha')
    const question = textOf(answer)
    expect(question).toContain(`workspace-${id}`)
    expect(question).toContain(`discord:${id}`)
    expect(question).toContain(translate(locale, 'add-bot.workspace.absent'))
    await admin.press(answer, 'confirm|yes')
    const done = await admin.until(answer, (message) =>
      controlsOf(message).some((one) => one.includes('bot-list|open')),
    )
    expect(textOf(done)).toContain('✅')
    expect(textOf(done)).toContain(translate(locale, 'bot-part-state.done'))
    const list = await admin.pressFor(done, 'bot-list|open')
    expect(textOf(list)).toContain(`**${id}** Bot ${id}`)
    expect(textOf(list)).toContain(`discord:${id}`)
  })

  test.each(LANGUAGES)(
    'removes a bot whose id was typed in %s, after a backup',
    async (client, locale, id) => {
      const admin = person(sandbox.discord, PEOPLE.admin, client)
      const { answer } = await fillIn(admin, 'alpha', { id, reason: 'no longer needed' }, 'bot remove')
      expect(textOf(answer)).toContain(translate(locale, 'remove-bot.ask.sessions'))
      expect(textOf(answer)).toContain('no longer needed')
      await admin.press(answer, 'confirm|yes')
      const done = await admin.until(answer, (message) =>
        controlsOf(message).some((one) => one.includes('node-backups|open')),
      )
      expect(textOf(done)).toContain(translate(locale, 'remove-bot-state.done'))
      const list = await admin.pressFor(done, 'bot-list|open')
      expect(textOf(list)).not.toContain(`**${id}**`)
    },
  )

  test('does not remove the only bot that others rely on, and says why', async () => {
    const admin = person(sandbox.discord, PEOPLE.admin)
    const { answer } = await fillIn(admin, 'alpha', { id: 'main' }, 'bot remove')
    expect(textOf(answer)).toContain(translate('en', 'bot-kept.last'))
  })

  test('says what is wrong with what was typed, to the person alone', async () => {
    const admin = person(sandbox.discord, PEOPLE.admin)
    const { answer } = await fillIn(admin, 'alpha', { id: 'Not An Id' })
    expect(answer.ephemeral).toBe(true)
    expect(textOf(answer)).toContain('a bot id')
    const climbing = await fillIn(admin, 'alpha', { id: 'x', workspace: '~/../../etc' })
    expect(textOf(climbing.answer)).toContain('a path without')
    const viewer = person(sandbox.discord, PEOPLE.viewer)
    const refused = await fillIn(viewer, 'alpha', { id: 'x' })
    expect(textOf(refused.answer)).toContain('You may not do this')
  })

  test('takes everything from options as well, without a form', async () => {
    const admin = person(sandbox.discord, PEOPLE.admin)
    const question = await admin.ask('bot add', { node: 'alpha', id: 'typed', workspace: '~/bots/typed' })
    expect(textOf(question)).toContain('/bots/typed')
    await admin.press(question, 'confirm|no')
  })

  test('lists the fleet from memory, and asks the nodes when a person wants it', async () => {
    const viewer = person(sandbox.discord, PEOPLE.viewer)
    const list = await viewer.ask('bot list', {}, /Alpha/)
    await viewer.press(list, 'bot-list|refresh')
    const live = await viewer.until(
      list,
      (message) => /asked just now/.test(textOf(message)) && !textOf(message).includes('⏳'),
    )
    expect(textOf(live)).toContain('telegram')
    expect(textOf(live)).toContain('1 node without an answer')
  })
})
