import {
  ActionRowBuilder,
  AttachmentBuilder,
  ButtonBuilder,
  ContainerBuilder,
  FileBuilder,
  type Interaction,
  LabelBuilder,
  MediaGalleryBuilder,
  MessageFlags,
  ModalBuilder,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextDisplayBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asRecords } from '../../../src/sandbox/discord/json.ts'
import { walkComponents } from '../../../src/sandbox/discord/rules/walk.ts'
import { createFakeClock } from '../../support/fake-clock.ts'
import { type Stage, stage } from './bot.ts'

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAC0lEQVR42mNgQAcAABIAAe+JVKQAAAAASUVORK5CYII=',
  'base64',
)

const COMMANDS = [
  new SlashCommandBuilder()
    .setName('node')
    .setNameLocalizations({ ja: 'ノード', 'zh-CN': '节点' })
    .setDescription('Nodes')
    .addSubcommand((sub) =>
      sub
        .setName('status')
        .setDescription('Status of one node')
        .setDescriptionLocalizations({ ja: 'ノードの状態' })
        .addStringOption((option) =>
          option.setName('id').setDescription('Which').setRequired(true).setAutocomplete(true),
        )
        .addIntegerOption((option) => option.setName('lines').setDescription('How many').setMinValue(1)),
    )
    .addSubcommand((sub) => sub.setName('whisper').setDescription('Only for you')),
  new SlashCommandBuilder().setName('ask').setDescription('Opens a modal'),
  new SlashCommandBuilder().setName('secure').setDescription('Administrators').setDefaultMemberPermissions(0),
].map((command) => command.toJSON())

function card(title: string) {
  return new ContainerBuilder()
    .setAccentColor(0x2e7d32)
    .addTextDisplayComponents(new TextDisplayBuilder().setContent(`## ${title}`))
    .addMediaGalleryComponents(
      new MediaGalleryBuilder().addItems({ media: { url: 'attachment://load.png' } }),
    )
    .addFileComponents(new FileBuilder().setURL('attachment://tail.log'))
    .addActionRowComponents(
      new ActionRowBuilder<ButtonBuilder>().addComponents(
        new ButtonBuilder().setCustomId('refresh').setLabel('Refresh').setStyle(1),
        new ButtonBuilder().setCustomId('rename').setLabel('Rename').setStyle(2),
        new ButtonBuilder().setCustomId('remove').setLabel('Remove').setStyle(4).setDisabled(true),
      ),
    )
    .addActionRowComponents(
      new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(
        new StringSelectMenuBuilder()
          .setCustomId('pick')
          .addOptions({ label: 'One', value: '1' }, { label: 'Two', value: '2' }),
      ),
    )
}

function modal(customId: string) {
  const input = new TextInputBuilder().setCustomId('name').setStyle(TextInputStyle.Short).setMinLength(2)
  return new ModalBuilder()
    .setCustomId(customId)
    .setTitle('A name')
    .addLabelComponents(new LabelBuilder().setLabel('Name').setTextInputComponent(input))
}

async function handle(interaction: Interaction): Promise<void> {
  if (interaction.isAutocomplete()) {
    const typed = interaction.options.getFocused()
    await interaction.respond(
      ['n-1', 'n-2'].filter((id) => id.startsWith(typed)).map((id) => ({ name: id, value: id })),
    )
  } else if (interaction.isChatInputCommand()) {
    await onCommand(interaction)
  } else if (interaction.isButton()) {
    if (interaction.customId === 'rename') return void (await interaction.showModal(modal('rename-form')))
    await interaction.deferUpdate()
    await interaction.editReply({ flags: MessageFlags.IsComponentsV2, components: [card('refreshed')] })
  } else if (interaction.isStringSelectMenu()) {
    await interaction.reply({ content: `picked ${interaction.values.join()}`, flags: MessageFlags.Ephemeral })
  } else if (interaction.isModalSubmit()) {
    await interaction.reply(`named ${interaction.fields.getTextInputValue('name')}`)
  }
}

async function onCommand(interaction: Interaction): Promise<void> {
  if (!interaction.isChatInputCommand()) return
  if (interaction.commandName === 'ask') return void (await interaction.showModal(modal('ask-form')))
  if (interaction.options.getSubcommand(false) === 'whisper') {
    await interaction.reply({ content: 'psst', flags: MessageFlags.Ephemeral })
    return
  }
  await interaction.deferReply()
  await interaction.editReply({
    flags: MessageFlags.IsComponentsV2,
    components: [card(interaction.options.getString('id', true))],
    files: [
      new AttachmentBuilder(PNG, { name: 'load.png', description: 'Load' }),
      new AttachmentBuilder(Buffer.from('last line\n'), { name: 'tail.log' }),
    ],
  })
  await interaction.followUp({ content: `for ${interaction.user.username} in ${interaction.locale}` })
}

describe('a real discord.js bot', () => {
  let on: Stage

  beforeAll(async () => {
    on = await stage(handle, { clock: createFakeClock() })
    await on.client.application?.commands.set(COMMANDS, on.discord.ids.guild)
  })

  afterAll(() => on.close())

  it('registers commands, which keep their ids when they are sent again', async () => {
    const commands = on.client.application?.commands
    const before = await commands?.fetch({ guildId: on.discord.ids.guild })
    const after = await commands?.set(COMMANDS, on.discord.ids.guild)
    expect(before?.map((one) => one.name).toSorted()).toEqual(['ask', 'node', 'secure'])
    expect(after?.map((one) => one.id)).toEqual(before?.map((one) => one.id))
  })

  it('is seen in the picker in the user’s language, with hidden commands marked', () => {
    const entries = on.discord.control.state(on.as('Vera', 'ja')).commands
    expect(entries.map((one) => [one.path.join(' '), one.displayPath.join(' '), one.visible])).toEqual([
      ['node status', 'ノード status', true],
      ['node whisper', 'ノード whisper', true],
      ['ask', 'ask', true],
      ['secure', 'secure', false],
    ])
    expect(entries[0]?.description).toBe('ノードの状態')
    const admin = on.discord.control.state(on.as('Ada')).commands
    expect(admin.every((one) => one.visible)).toBe(true)
  })

  it('suggests while a person types', async () => {
    const choices = await on.discord.control.autocomplete(
      on.as('Vera'),
      ['node', 'status'],
      { id: 'n-2' },
      'id',
    )
    expect(choices).toEqual([{ name: 'n-2', value: 'n-2' }])
  })

  it('thinks, then answers with a V2 card whose files can be fetched', async () => {
    const as = on.as('Vera', 'ja')
    const made = await on.discord.control.slash(as, ['node', 'status'], { id: 'n-1', lines: 5 })
    const follow = await on.newest(as, (one) => String(one.raw.content).startsWith('for '))
    expect(follow.raw.content).toBe('for vera in ja')
    const state = on.discord.control.interaction(made.id)
    expect(state).toMatchObject({ state: 'answered', label: '/node status' })
    const message = on.discord.control.messages(as).find((one) => one.id === state.messageId)
    expect(message).toMatchObject({ thinking: false, ephemeral: false, editedAt: null })
    expect(message?.invokedBy).toEqual({ userId: as.userId, userName: 'Vera', label: '/node status' })

    const all = [...walkComponents(message?.raw.components)].map((one) => one.component)
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
    const gallery = all.find((one) => one.type === 12)
    const media = asRecords(gallery?.items)[0]?.media as { url: string; width: number; height: number }
    expect([media.width, media.height]).toEqual([2, 3])
    const image = await fetch(media.url)
    expect(image.headers.get('content-type')).toBe('image/png')
    expect(Buffer.from(await image.arrayBuffer()).equals(PNG)).toBe(true)
    expect(all.find((one) => one.type === 13)).toMatchObject({ name: 'tail.log', size: 10 })
  })

  it('updates the card on a button and keeps its files', async () => {
    const as = on.as('Oki')
    const message = await on.newest(as, (one) => one.raw.flags === MessageFlags.IsComponentsV2)
    await on.discord.control.click(as, message.id, 'refresh')
    const after = await on.newest(as, (one) => JSON.stringify(one.raw).includes('refreshed'))
    expect(after.id).toBe(message.id)
    expect(after.editedAt).not.toBeNull()
    expect(asRecords(after.raw.attachments).map((one) => one.filename)).toEqual(['load.png', 'tail.log'])
  })

  it('answers a select only to the one who chose', async () => {
    const as = on.as('Oki')
    const message = await on.newest(as, (one) => one.raw.flags === MessageFlags.IsComponentsV2)
    await on.discord.control.select(as, message.id, 'pick', ['2'])
    const answer = await on.newest(as, (one) => one.ephemeral)
    expect(answer.raw.content).toBe('picked 2')
    expect(on.discord.control.messages(on.as('Vera')).map((one) => one.id)).not.toContain(answer.id)
    const history = await on.client.channels.fetch(as.channelId)
    const fetched = history?.isTextBased() ? await history.messages.fetch() : null
    expect(fetched?.has(answer.id)).toBe(false)
    expect(fetched?.has(message.id)).toBe(true)
  })

  it('opens a modal from a button and takes what was typed', async () => {
    const as = on.as('Ada')
    const message = await on.newest(as, (one) => one.raw.flags === MessageFlags.IsComponentsV2)
    const press = await on.discord.control.click(as, message.id, 'rename')
    await on.discord.until(() => on.discord.control.interaction(press.id).modal)
    await expect(on.discord.control.submit(as, press.id, { name: 'x' })).rejects.toThrow('2 to 4000')
    await on.discord.control.submit(as, press.id, { name: 'spruce' })
    const answer = await on.newest(as, (one) => one.raw.content === 'named spruce')
    expect(answer.invokedBy).toBeNull()
    expect(on.discord.control.interaction(press.id).modal).toBeNull()
  })

  it('opens a modal from a command, which a person may also close', async () => {
    const as = on.as('Vera')
    const made = await on.discord.control.slash(as, ['ask'])
    await on.discord.until(() => on.discord.control.interaction(made.id).modal)
    expect(on.discord.control.state(as).interactions.map((one) => one.id)).toContain(made.id)
    on.discord.control.dismissModal(as, made.id)
    await expect(on.discord.control.submit(as, made.id, { name: 'late' })).rejects.toThrow('no open modal')
    expect(on.discord.control.state(as).interactions.map((one) => one.id)).not.toContain(made.id)
  })

  it('whispers', async () => {
    const as = on.as('Vera')
    await on.discord.control.slash(as, ['node', 'whisper'])
    const answer = await on.newest(as, (one) => one.raw.content === 'psst')
    expect(answer.ephemeral).toBe(true)
    expect(answer.raw.flags).toBe(MessageFlags.Ephemeral)
  })

  it.each<[string, (stage: Stage) => Promise<unknown>, string]>([
    [
      'a command that is not there',
      (s) => s.discord.control.slash(s.as('Vera'), ['nope']),
      'no command /nope',
    ],
    ['a hidden command', (s) => s.discord.control.slash(s.as('Vera'), ['secure']), 'hidden'],
    [
      'a missing required option',
      (s) => s.discord.control.slash(s.as('Vera'), ['node', 'status']),
      'id is required',
    ],
    [
      'a number below its least',
      (s) => s.discord.control.slash(s.as('Vera'), ['node', 'status'], { id: 'a', lines: 0 }),
      'lines is between',
    ],
    [
      'an option that is not there',
      (s) => s.discord.control.slash(s.as('Vera'), ['ask'], { x: 'y' }),
      'no option x',
    ],
    [
      'a disabled button',
      async (s) =>
        s.discord.control.click(
          s.as('Vera'),
          (await s.newest(s.as('Vera'), (one) => one.raw.flags === MessageFlags.IsComponentsV2)).id,
          'remove',
        ),
      'disabled',
    ],
  ])('never hears of %s: the client stops it', async (_name, act, words) => {
    await expect(act(on)).rejects.toThrow(words)
  })

  it('was refused nothing and threw nothing in all of this', () => {
    expect(on.discord.refusals()).toEqual([])
    expect(on.errors).toEqual([])
  })
})
