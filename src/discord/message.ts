import { type Client, MessageFlags } from 'discord.js'
import type { Clock } from '../base/clock.ts'
import type { Card } from './card.ts'
import { repeatable } from './discord-errors.ts'

const NO_MENTIONS = { parse: [] }

/** A card as the body of a new message. */
export function newMessage(card: Card) {
  const { attachment } = card
  return {
    flags: MessageFlags.IsComponentsV2,
    components: card.components,
    files: [
      ...card.files.map(({ name, text }) => ({ name, attachment: Buffer.from(text, 'utf8') })),
      ...(card.images ?? []).map(({ name, png, alt }) => ({ name, attachment: png, description: alt })),
      ...(attachment ? [{ name: attachment.name, attachment: Buffer.from(attachment.bytes) }] : []),
    ],
    allowedMentions: NO_MENTIONS,
  } as const
}

/** A card as the body of a new message that only one person sees. */
export function privateMessage(card: Card) {
  return { ...newMessage(card), flags: [MessageFlags.IsComponentsV2, MessageFlags.Ephemeral] } as const
}

/** A card in place of what a message showed. Files of the old state are dropped: a card brings all that it needs. */
export function changedMessage(card: Card) {
  return { ...newMessage(card), attachments: [] }
}

/**
 * Edits a message by the bot's own right.
 * @param roles roles that the card names: left out, Discord would show their mention as plain text. An edit notifies nobody.
 */
export async function editMessage(
  client: Client,
  clock: Clock,
  place: { channelId: string; messageId: string },
  card: Card,
  roles: readonly string[] = [],
): Promise<void> {
  const channel = await textChannel(client, clock, place.channelId)
  const body = { ...changedMessage(card), allowedMentions: { parse: [], roles: [...roles] } }
  await repeatable<unknown>(clock, () => channel.messages.edit(place.messageId, body))
}

/**
 * Posts to a channel once, however often the connection breaks under it. Returns the id of the message.
 * @param roles roles that the message calls; nobody else is ever notified
 * @param silently whether no device makes a sound for it
 */
export async function postMessage(
  client: Client,
  clock: Clock,
  channelId: string,
  card: Card,
  nonce: string,
  roles: readonly string[] = [],
  silently = false,
): Promise<string> {
  const channel = await textChannel(client, clock, channelId)
  const allowedMentions = { parse: [], roles: [...roles] }
  const flags: (MessageFlags.IsComponentsV2 | MessageFlags.SuppressNotifications)[] = [
    MessageFlags.IsComponentsV2,
  ]
  if (silently) flags.push(MessageFlags.SuppressNotifications)
  const body = { ...newMessage(card), flags, allowedMentions, nonce: nonce.slice(0, 25), enforceNonce: true }
  const { id } = await repeatable<{ id: string }>(clock, () => channel.send(body))
  return id
}

/** Takes a message of the bot's own away. @throws what discord.js throws */
export async function deleteMessage(
  client: Client,
  clock: Clock,
  channelId: string,
  messageId: string,
): Promise<void> {
  const channel = await textChannel(client, clock, channelId)
  await repeatable<unknown>(clock, () => channel.messages.delete(messageId))
}

/** A channel or a thread that takes messages. @throws Error when it does not */
export async function textChannel(client: Client, clock: Clock, channelId: string) {
  const channel = await repeatable(clock, () => client.channels.fetch(channelId))
  if (!channel?.isSendable()) throw new Error(`channel ${channelId} takes no messages`)
  return channel
}
