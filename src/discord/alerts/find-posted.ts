import { type Client, ComponentType, type Message } from 'discord.js'
import type { Clock } from '../../base/clock.ts'
import { repeatable } from '../discord-errors.ts'
import { textChannel } from '../message.ts'

const LOOKED_THROUGH = 100
/** Discord's clock and ours need not agree. */
const CLOCK_TOLERANCE_MS = 5 * 60_000

/**
 * Looks through the newest messages of a channel for one of the bot's own that carries a control with this id. Without
 * the permission to read the history there is nothing to find, and the nonce of the post is what is left.
 */
export async function findPosted(
  client: Client<true>,
  clock: Clock,
  channelId: string,
  marker: string,
  since: number,
): Promise<string | null> {
  const channel = await textChannel(client, clock, channelId)
  const messages = await repeatable(clock, () =>
    channel.messages.fetch({ limit: LOOKED_THROUGH, cache: false }),
  )
  const found = messages.find(
    (message) =>
      message.author.id === client.user.id &&
      message.createdTimestamp >= since - CLOCK_TOLERANCE_MS &&
      controlIds(message).includes(marker),
  )
  return found?.id ?? null
}

function controlIds(message: Message): string[] {
  return message.components.flatMap((part) => {
    const rows = part.type === ComponentType.Container ? part.components : [part]
    return rows.flatMap((row) =>
      row.type === ComponentType.ActionRow
        ? row.components.flatMap((component) => component.customId ?? [])
        : [],
    )
  })
}
