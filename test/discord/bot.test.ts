import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../../commands/index.ts'
import { type Bot, createBot } from '../../src/discord/bot.ts'
import { decodeCustomId } from '../../src/discord/custom-id.ts'
import type { As, MessageView, SandboxLocale } from '../../src/sandbox/discord/control.ts'
import { type DiscordSandbox, startDiscord } from '../../src/sandbox/discord/start-discord.ts'
import type { GrantRule } from '../../src/settings/grants.ts'
import { translate } from '../../src/text/translate.ts'
import { openQuestions, type Questions } from '../support/questions.ts'
import { nodeRecord } from './extremes.ts'
import { createFakeContext, type FakeContext } from './fake-context.ts'

const TOKEN = 'a-token-of-the-emulator'

let discord: DiscordSandbox
let fake: FakeContext
let folder: string
let questions: Questions
let bot: Bot

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-bot-'))
  discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada', roles: ['admin'] }, { name: 'Oki', roles: ['operator'] }, { name: 'Vera' }],
    roles: [{ name: 'admin' }, { name: 'operator' }],
    channels: [{ name: 'ops' }, { name: 'chat' }],
  })
  fake = createFakeContext([
    nodeRecord({ id: 'alpha', name: 'Alpha' }),
    nodeRecord({ id: 'beta', name: 'Beta', tags: ['staging'] }),
  ])
  await startBot()
})

afterEach(async () => {
  await bot.stop()
  await questions.close()
  await discord.close()
  await rm(folder, { recursive: true, force: true })
})

async function startBot(answersIn: readonly string[] = []): Promise<void> {
  questions = await openQuestions(folder, fake.context)
  const role = (name: string) => ({ kind: 'role' as const, id: discord.ids.roles[name] ?? '' })
  const grants: GrantRule[] = [
    { subject: role('admin'), grant: { level: 'admin', tags: null } },
    { subject: role('operator'), grant: { level: 'operator', tags: ['prod'] } },
  ]
  const { guild, channels } = discord.ids
  const config = { token: TOKEN, guildId: guild, channelId: channels.ops ?? '', apiUrl: discord.apiUrl }
  const { confirmations, questionCards } = questions
  const { context } = fake
  const asked = { confirmations, questionCards, defaultLocale: 'en' as const, commands }
  bot = createBot({ config, context, grants, channels: answersIn, ...asked })
  await bot.start()
}

async function restartBot(channels?: readonly string[]): Promise<void> {
  await bot.stop()
  await questions.close()
  await startBot(channels)
}

function as(name: string, locale: SandboxLocale = 'en-US'): As {
  return { userId: discord.ids.users[name] ?? '', locale, channelId: discord.ids.channels.ops ?? '' }
}

/** The newest message that this person sees and that says this. */
function shown(who: As, text: string): Promise<MessageView> {
  return discord.until(() =>
    discord.control.messages(who).findLast((one) => !one.thinking && JSON.stringify(one.raw).includes(text)),
  )
}

function buttonOf(message: MessageView, command: string, action: string): string {
  const ids = [...JSON.stringify(message.raw).matchAll(/"custom_id":"([^"]+)"/g)].map(([, id]) => id ?? '')
  const found = ids.find((id) => {
    const decoded = decodeCustomId(id)
    return decoded?.command === command && decoded.action === action
  })
  if (found === undefined) throw new Error(`no ${command} ${action} among ${ids.join(' ')}`)
  return found
}

const hasButtons = (message: MessageView) => JSON.stringify(message.raw).includes('"custom_id"')

describe('the bot', () => {
  it.each([
    ['en-US', 'en'],
    ['ja', 'ja'],
    ['zh-CN', 'zh-CN'],
  ] as const)('lists nodes in the language of the reader: %s', async (locale, key) => {
    await discord.control.slash(as('Ada', locale), ['node', 'list'])
    const message = await shown(as('Ada', locale), translate(key, 'list.title'))
    await shown(as('Vera'), 'Alpha')
    await discord.control.click(as('Ada', locale), message.id, buttonOf(message, 'node-list', 'refresh'))
    await discord.control.select(as('Ada', locale), message.id, buttonOf(message, 'node-list', 'open'), [
      'beta',
    ])
    await shown(as('Ada', locale), translate(key, 'label.machine'))
  })

  it('answers in every channel, or only in those that are named and in that of the alerts', async () => {
    const elsewhere = { ...as('Ada'), channelId: discord.ids.channels.chat ?? '' }
    await discord.control.slash(elsewhere, ['node', 'list'])
    await shown(elsewhere, translate('en', 'list.title'))
    await restartBot(['123456789012345678'])
    await discord.control.slash(elsewhere, ['node', 'list'])
    const refusal = await shown(elsewhere, 'does not answer in this channel')
    expect(refusal.ephemeral).toBe(true)
    expect(JSON.stringify(refusal.raw)).toContain(`<#${discord.ids.channels.ops}>`)
    expect(await discord.control.autocomplete(elsewhere, ['node', 'status'], { node: '' }, 'node')).toEqual(
      [],
    )
    await discord.control.slash(as('Ada'), ['node', 'list'])
    await shown(as('Ada'), translate('en', 'list.title'))
    await restartBot([elsewhere.channelId])
    const before = discord.control.messages(elsewhere).length
    await discord.control.slash(elsewhere, ['node', 'list'])
    await discord.until(() => discord.control.messages(elsewhere).length > before)
    expect(JSON.stringify(discord.control.messages(elsewhere).at(-1)?.raw)).not.toContain('does not answer')
  })

  it('tells in private, with an error id, what a person may not do', async () => {
    await discord.control.slash(as('Vera'), ['node', 'restart'], { node: 'alpha' })
    const refusal = await shown(as('Vera'), 'error id')
    expect(refusal.ephemeral).toBe(true)
    expect(discord.control.messages(as('Ada'))).toEqual([])
    await discord.control.slash(as('Oki'), ['node', 'status'], { node: 'beta' })
    await shown(as('Oki'), 'There is no node')
  })

  it('suggests only nodes that the person may see', async () => {
    const suggested = (name: string) =>
      discord.control.autocomplete(as(name), ['node', 'status'], { node: '' }, 'node')
    expect((await suggested('Ada')).map(({ value }) => value)).toEqual(['alpha', 'beta'])
    expect((await suggested('Oki')).map(({ value }) => value)).toEqual(['alpha'])
    expect(await suggested('Vera')).toEqual([])
  })

  it('restarts only what its requester confirmed, once, and names them', async () => {
    const { control } = discord
    await control.slash(as('Oki'), ['node', 'restart'], { node: 'alpha', drain: false, reason: 'stuck' })
    const question = await shown(as('Oki'), 'Restart **Alpha**')
    const yes = buttonOf(question, 'confirm', 'yes')
    await control.click(as('Ada'), question.id, yes)
    expect((await shown(as('Ada'), 'Only the person who asked')).ephemeral).toBe(true)
    expect(fake.restarts).toEqual([])
    await control.click(as('Oki'), question.id, yes)
    const result = await shown(as('Vera'), 'serves again')
    expect(result.id).toBe(question.id)
    expect(JSON.stringify(result.raw)).toContain(`<@${as('Oki').userId}>`)
    expect(JSON.stringify(result.raw)).not.toContain(yes)
    expect(fake.restarts).toEqual(['alpha'])
    const lines = fake.audit.filter(({ operation }) => operation === 'restart-node')
    expect(lines).toMatchObject([
      { errorCode: 'confirmation-foreign', result: 'refused', actorId: as('Ada').userId },
      { reason: 'stuck', result: 'done', actorId: as('Oki').userId },
    ])
  })

  it('still takes a confirmation after it was restarted', async () => {
    await discord.control.slash(as('Ada', 'ja'), ['node', 'retire'], { node: 'beta', reason: 'old' })
    const question = await shown(as('Ada'), '引退させますか')
    await restartBot()
    await discord.control.click(as('Ada', 'ja'), question.id, buttonOf(question, 'confirm', 'yes'))
    const result = await shown(as('Ada'), '引退させました')
    expect(result.id).toBe(question.id)
    expect(fake.nodes.find(({ id }) => id === 'beta')?.state).toBe('retired')
  })

  it('does nothing when cancelled, and takes the buttons away', async () => {
    await discord.control.slash(as('Ada'), ['node', 'retire'], { node: 'beta' })
    const question = await shown(as('Ada'), 'Retire **Beta**')
    await discord.control.click(as('Ada'), question.id, buttonOf(question, 'confirm', 'no'))
    expect(hasButtons(await shown(as('Vera'), 'Cancelled by'))).toBe(false)
    expect(fake.nodes.find(({ id }) => id === 'beta')?.state).toBe('active')
  })

  it('shows the first rows while a slow node is still being read', async () => {
    let answer: () => void = () => {}
    const slow = new Promise<void>((resolve) => {
      answer = resolve
    })
    fake.answers.set('beta', async () => {
      await slow
      throw new Error('a broken reader')
    })
    await discord.control.slash(as('Ada'), ['node', 'list'])
    await shown(as('Ada'), 'still being read')
    answer()
    expect((await shown(as('Ada'), 'Something broke inside ocm')).ephemeral).toBe(true)
  })

  it('carries on after an acknowledgement that failed once and a gateway that reconnects', async () => {
    await discord.control.slash(as('Ada'), ['node', 'list'])
    const message = await shown(as('Ada'), 'Alpha')
    discord.faults.rest({ path: /\/callback/, act: { kind: 'status', status: 502 } })
    const { id } = await discord.control.click(
      as('Ada'),
      message.id,
      buttonOf(message, 'node-list', 'refresh'),
    )
    await discord.until(() => discord.control.interaction(id).state === 'answered')
    discord.faults.gateway({ kind: 'reconnect' })
    await discord.until(() => bot.health().state === 'ready')
    await discord.botReady()
    await discord.control.slash(as('Ada'), ['node', 'status'], { node: 'alpha' })
    await shown(as('Ada'), 'Nothing needs attention')
  })

  it('ends with a reason when Discord refuses its token while it runs', async () => {
    discord.faults.gateway({ kind: 'close', code: 4004 })
    expect(await bot.stopped).toEqual({ kind: 'fatal', reason: 'token-refused' })
    expect(bot.health().state).toBe('stopped')
  })
})
