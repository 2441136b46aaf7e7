import { unknownMessage } from './api-error.ts'
import { type Choice, type Interaction, KIND_NUMBER, settle } from './interaction.ts'
import { asNumber, asRecord, asRecords, type Json } from './json.ts'
import { createMessage, editMessage, isLoading, type MessageInput, PLAIN_ORIGIN } from './messages.ts'
import { userPayload } from './payloads.ts'
import { FLAG_EPHEMERAL } from './rules/content.ts'
import type { Channel, StoredMessage, World } from './world.ts'

const Callback = { message: 4, deferred: 5, deferredUpdate: 6, update: 7, choices: 8, modal: 9 } as const

/** Does what a valid first answer says. `input.body` is the `data` of the callback. */
export function answer(world: World, interaction: Interaction, type: number, input: MessageInput): void {
  switch (type) {
    case Callback.message:
    case Callback.deferred:
      adopt(interaction, postAnswer(world, interaction, input, type === Callback.deferred))
      break
    case Callback.deferredUpdate:
      interaction.originalId = interaction.sourceMessageId
      break
    case Callback.update:
      interaction.originalId = interaction.sourceMessageId
      editAnswer(world, interaction, sourceOf(world, interaction), input)
      break
    case Callback.choices:
      interaction.waiter?.resolve(asRecords(input.body.choices) as unknown as Choice[])
      interaction.waiter = null
      break
    case Callback.modal:
      interaction.modal = input.body
  }
  settle(world, interaction, type === Callback.deferred ? 'thinking' : 'answered')
}

/** The 200 body of a callback that asked for `with_response`. */
export function callbackResponse(world: World, interaction: Interaction, type: number): Json {
  const message = interaction.originalId === null ? undefined : world.findMessage(interaction.originalId)
  const view: Json = { id: interaction.id, type: KIND_NUMBER[interaction.kind] }
  if (message !== undefined) {
    view.response_message_id = message.id
    view.response_message_loading = isLoading(message)
    view.response_message_ephemeral = message.ephemeralTo !== null
  }
  return { interaction: view, resource: { type, ...(message ? { message: message.raw } : {}) } }
}

/** A follow-up; the first one after a deferred answer takes that answer's place. */
export function followUp(world: World, interaction: Interaction, input: MessageInput): StoredMessage {
  const original = interaction.originalId === null ? undefined : world.findMessage(interaction.originalId)
  if (original !== undefined && isLoading(original)) {
    editAnswer(world, interaction, original, input)
    return original
  }
  const message = createMessage(world, channelOf(world, interaction), input, {
    ...PLAIN_ORIGIN,
    authorId: world.bot.id,
    type: original === undefined ? 0 : 19,
    byInteraction: true,
    ephemeralTo: wantsEphemeral(input) ? interaction.userId : null,
    extra: {
      ...interactionFields(world, interaction),
      ...(original ? { message_reference: reference(world, original) } : {}),
    },
  })
  interaction.messageIds.add(message.id)
  return message
}

/** Changes a message through the interaction's token; a deferred answer arrives by it. */
export function editAnswer(
  world: World,
  interaction: Interaction,
  message: StoredMessage,
  input: MessageInput,
): void {
  const arrives = isLoading(message)
  editMessage(world, channelOf(world, interaction), message, input, true)
  if (arrives) settle(world, interaction, 'answered')
}

/**
 * The message that a webhook path names.
 * @throws ApiError 10008 for one that is gone or that this token has nothing to do with.
 */
export function messageOf(world: World, interaction: Interaction, name: string): StoredMessage {
  const id = name === '@original' ? interaction.originalId : name
  const message = id === null ? undefined : world.findMessage(id)
  if (message === undefined || !interaction.messageIds.has(message.id)) throw unknownMessage()
  return message
}

function channelOf(world: World, interaction: Interaction): Channel {
  const channel = world.channels.get(interaction.channelId)
  if (channel === undefined) throw unknownMessage()
  return channel
}

function sourceOf(world: World, interaction: Interaction): StoredMessage {
  const message =
    interaction.sourceMessageId === null ? undefined : world.findMessage(interaction.sourceMessageId)
  if (message === undefined) throw unknownMessage()
  return message
}

function postAnswer(
  world: World,
  interaction: Interaction,
  input: MessageInput,
  loading: boolean,
): StoredMessage {
  const source =
    interaction.sourceMessageId === null ? undefined : world.findMessage(interaction.sourceMessageId)
  const command = rootCommand(interaction)
  return createMessage(world, channelOf(world, interaction), loading ? { body: {}, uploads: [] } : input, {
    authorId: world.bot.id,
    type: source === undefined ? 20 : 19,
    byInteraction: true,
    ephemeralTo: wantsEphemeral(input) ? interaction.userId : null,
    invokedBy: command === null ? null : { userId: interaction.userId, label: command.label },
    extra: {
      ...interactionFields(world, interaction),
      ...(source ? { message_reference: reference(world, source) } : {}),
    },
    loading,
  })
}

function adopt(interaction: Interaction, message: StoredMessage): void {
  interaction.originalId = message.id
  interaction.messageIds.add(message.id)
}

/** The command that a chain of answers began with; null when it began with a component. */
function rootCommand(interaction: Interaction): Interaction | null {
  if (interaction.kind === 'command') return interaction
  const fromCommand = interaction.kind === 'modal' && interaction.sourceMessageId === null
  return fromCommand ? interaction.parent : null
}

function wantsEphemeral(input: MessageInput): boolean {
  return ((asNumber(input.body.flags) ?? 0) & FLAG_EPHEMERAL) !== 0
}

function interactionFields(world: World, interaction: Interaction): Json {
  return {
    webhook_id: world.bot.id,
    application_id: world.bot.id,
    interaction_metadata: interactionMetadata(world, interaction),
  }
}

function interactionMetadata(world: World, interaction: Interaction): Json {
  const user = world.users.get(interaction.userId)
  const metadata: Json = {
    id: interaction.id,
    type: KIND_NUMBER[interaction.kind],
    user: user ? userPayload(user) : asRecord({ id: interaction.userId }),
    authorizing_integration_owners: { '0': world.guild.id },
  }
  if (interaction.kind === 'command') metadata.name = interaction.label.slice(1).split(' ')[0]
  if (interaction.kind === 'component') metadata.interacted_message_id = interaction.sourceMessageId
  if (interaction.parent)
    metadata.triggering_interaction_metadata = interactionMetadata(world, interaction.parent)
  return metadata
}

function reference(world: World, message: StoredMessage): Json {
  return { type: 0, message_id: message.id, channel_id: message.channelId, guild_id: world.guild.id }
}
