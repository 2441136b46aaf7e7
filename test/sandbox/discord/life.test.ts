import {
  type ButtonInteraction,
  type ChatInputCommandInteraction,
  DiscordAPIError,
  MessageFlags,
} from 'discord.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts'
import { type Stage, stage } from './bot.ts'

type Answerable = ChatInputCommandInteraction | ButtonInteraction

/** The interactions that reached the bot, for the test to answer when it likes. */
let received: Answerable[]
let clock: FakeClock
let on: Stage

const commands = [
  { name: 'slow', description: 'Answered by hand' },
  {
    name: 'pick',
    description: 'Suggests',
    options: [{ type: 3, name: 'x', description: 'x', autocomplete: true }],
  },
]

beforeEach(async () => {
  received = []
  clock = createFakeClock()
  on = await stage(
    async (interaction) => {
      if (interaction.isChatInputCommand() || interaction.isButton()) received.push(interaction)
    },
    { clock, rateLimits: false },
  )
  await on.client.application?.commands.set(commands, on.discord.ids.guild)
})

afterEach(() => on.close())

async function slow(): Promise<{ id: string; interaction: Answerable }> {
  const count = received.length
  const made = await on.discord.control.slash(on.as('Vera'), ['slow'])
  const interaction = await on.discord.until(() => received[count])
  return { id: made.id, interaction }
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  on.discord.expectRefusal({})
  try {
    await promise
    return 'taken'
  } catch (error) {
    if (error instanceof DiscordAPIError) return [error.status, error.code]
    throw error
  }
}

const state = (id: string) => on.discord.control.interaction(id).state

describe('the life of an interaction', () => {
  it('ends after three seconds without an answer', async () => {
    const { id, interaction } = await slow()
    await clock.advance(2_999)
    expect(state(id)).toBe('waiting')
    await clock.advance(1)
    expect(state(id)).toBe('failed')
    expect(on.discord.control.state(on.as('Vera')).interactions).toMatchObject([{ id, state: 'failed' }])
    expect(await codeOf(interaction.reply('late'))).toEqual([404, 10062])
  })

  it('takes one answer only', async () => {
    const { id, interaction } = await slow()
    await clock.advance(2_000)
    await interaction.reply('first')
    expect(state(id)).toBe('answered')
    const second = interaction.client.rest.post(`/interactions/${id}/${interaction.token}/callback`, {
      body: { type: 4, data: { content: 'second' } },
      auth: false,
    })
    expect(await codeOf(second)).toEqual([400, 40060])
  })

  it('survives an error of the server: the client sends the answer again', async () => {
    const { id, interaction } = await slow()
    on.discord.faults.rest({ path: /callback$/, act: { kind: 'status', status: 500 } })
    await interaction.reply('at the second attempt')
    expect(state(id)).toBe('answered')
  })

  it('ends while a slow answer is under way', async () => {
    const { id, interaction } = await slow()
    on.discord.faults.rest({ path: /callback$/, act: { kind: 'slow', ms: 3_000 } })
    const outcome = codeOf(interaction.reply('crawling'))
    await on.discord.until(() => on.discord.requests().some((one) => one.path.endsWith('/callback')))
    await clock.advance(3_000)
    expect(await outcome).toEqual([404, 10062])
    expect(state(id)).toBe('failed')
  })

  it('knows no wrong token', async () => {
    const { id, interaction } = await slow()
    const wrong = interaction.client.rest.post(`/interactions/${id}/wrong/callback`, {
      body: { type: 5 },
      auth: false,
    })
    expect(await codeOf(wrong)).toEqual([404, 10062])
    expect(await codeOf(interaction.webhook.send('early'))).toEqual([404, 10015])
    await interaction.reply('in time')
  })

  it('lets the token be used for 15 minutes', async () => {
    const { id, interaction } = await slow()
    await interaction.deferReply()
    expect(state(id)).toBe('thinking')
    expect(on.discord.control.messages(on.as('Ada')).at(-1)?.thinking).toBe(true)
    await clock.advance(15 * 60_000 - 1)
    await interaction.editReply('just in time')
    expect(state(id)).toBe('answered')
    await clock.advance(1)
    expect(await codeOf(interaction.editReply('too late'))).toEqual([401, 50027])
    expect(await codeOf(interaction.followUp('too late'))).toEqual([401, 50027])
  })

  it('is over for the person who waits when a deferral is taken away', async () => {
    const { id, interaction } = await slow()
    await interaction.deferReply()
    expect(state(id)).toBe('thinking')
    await interaction.deleteReply()
    expect(state(id)).toBe('answered')
  })

  it('fails a deferral that nothing ever fills', async () => {
    const { id, interaction } = await slow()
    await interaction.deferReply()
    await clock.advance(15 * 60_000)
    expect(state(id)).toBe('failed')
  })

  it('decides at the deferral who may see the answer', async () => {
    const { interaction } = await slow()
    await interaction.deferReply({ flags: MessageFlags.Ephemeral })
    await interaction.editReply('only for Vera')
    expect(on.discord.control.messages(on.as('Vera')).map((one) => one.ephemeral)).toEqual([true])
    expect(on.discord.control.messages(on.as('Ada'))).toEqual([])
    const open = await slow()
    await open.interaction.deferReply()
    await open.interaction.followUp({ content: 'for everyone', flags: MessageFlags.Ephemeral })
    expect(on.discord.control.messages(on.as('Ada')).map((one) => one.raw.content)).toEqual(['for everyone'])
  })

  it('puts the first follow-up into the deferred answer and the second below it', async () => {
    const { id, interaction } = await slow()
    await interaction.deferReply()
    const first = await interaction.followUp('one')
    const second = await interaction.followUp('two')
    expect(on.discord.control.interaction(id).messageId).toBe(first.id)
    expect(second.id).not.toBe(first.id)
    expect(on.discord.control.messages(on.as('Ada')).map((one) => one.raw.content)).toEqual(['one', 'two'])
  })

  it('knows a deleted answer no more', async () => {
    const { interaction } = await slow()
    await interaction.reply('short life')
    await interaction.deleteReply()
    expect(await codeOf(interaction.editReply('gone'))).toEqual([404, 10008])
  })

  it('may still be answered after an empty answer was refused', async () => {
    const { interaction } = await slow()
    expect(await codeOf(interaction.reply({ content: '', allowedMentions: { parse: [] } }))).toEqual([
      400, 50006,
    ])
    await interaction.reply('something')
  })

  it('reports the answer when asked to', async () => {
    const { id, interaction } = await slow()
    const response = await interaction.deferReply({ flags: MessageFlags.Ephemeral, withResponse: true })
    expect(response.interaction).toMatchObject({
      id,
      responseMessageLoading: true,
      responseMessageEphemeral: true,
    })
    expect(response.resource?.message?.flags.has(MessageFlags.Loading)).toBe(true)
    await interaction.editReply('done')
  })

  it('keeps buttons of an ordinary message alive for ever', async () => {
    const { interaction } = await slow()
    const row = { type: 1, components: [{ type: 2, style: 1, label: 'Go', custom_id: 'go' }] }
    const sent = await interaction.reply({ content: 'press', components: [row], withResponse: true })
    const messageId = sent.resource?.message?.id ?? ''
    await clock.advance(48 * 3_600_000)
    await on.discord.control.click(on.as('Ada'), messageId, 'go')
    const press = await on.discord.until(() => received[1])
    if (press.isButton()) await press.update({ content: 'pressed', components: [] })
    expect(on.discord.control.messages(on.as('Vera')).map((one) => one.raw.content)).toEqual(['pressed'])
  })

  it('gives up on suggestions after three seconds', async () => {
    const choices = on.discord.control.autocomplete(on.as('Vera'), ['pick'], {}, 'x')
    const outcome = expect(choices).rejects.toThrow('did not answer')
    await clock.advance(3_000)
    await outcome
  })
})

describe('new command names', () => {
  it('are limited to 200 a day, while known ones may be sent again and again', async () => {
    const names = (from: number) =>
      Array.from({ length: 98 }, (_, i) => ({ name: `c${from + i}`, description: 'x' }))
    const manager = on.client.application?.commands
    await manager?.set(names(0))
    await manager?.set(names(0))
    await manager?.set(names(100))
    expect(await codeOf(manager?.set(names(200)) ?? Promise.resolve())).toEqual([400, 30034])
    expect((await manager?.fetch())?.size).toBe(98)
    await clock.advance(24 * 3_600_000)
    await manager?.set(names(200))
  })
})
