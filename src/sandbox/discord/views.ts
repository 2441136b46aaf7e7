import { commandEntries } from './command-entries.ts'
import type { As, InteractionView, MessageView, PageState, SandboxChannel } from './control.ts'
import type { Interaction } from './interaction.ts'
import { isLoading } from './messages.ts'
import { may, Permission } from './permissions.ts'
import type { Channel, StoredMessage, World } from './world.ts'

const SHOWN_MESSAGES = 100
const SHOWN_FAILURES = 10
const SHOWN_REFUSALS = 50

export function pageState(world: World, as: As): PageState {
  return {
    version: world.version,
    guildName: world.guild.name,
    botOnline: world.botOnline,
    botName: world.bot.name,
    users: [...world.users.values()].filter((one) => !one.bot),
    roles: [...world.roles.values()].map((role) => ({
      id: role.id,
      name: role.name,
      permissions: role.permissions.toString(),
    })),
    channels: [...world.channels.values()].filter((one) => isListed(world, as.userId, one)).map(channelView),
    commands: commandEntries(world, as),
    messages: messageViews(world, as).slice(-SHOWN_MESSAGES),
    interactions: openInteractions(world, as.userId),
    refusals: world.refusals.slice(-SHOWN_REFUSALS),
    now: world.clock.now(),
  }
}

/** Messages of a channel as one user sees them, oldest first; none when the channel is hidden from that user. */
export function messageViews(world: World, as: As): MessageView[] {
  const channel = world.channels.get(as.channelId)
  if (channel === undefined || !may(world, as.userId, channel, 0n)) return []
  return world
    .messagesIn(channel.id)
    .filter((one) => one.ephemeralTo === null || one.ephemeralTo === as.userId)
    .map((one) => messageView(world, one))
}

export function messageView(world: World, message: StoredMessage): MessageView {
  const author = world.users.get(message.authorId) ?? world.bot
  const by = message.invokedBy
  return {
    id: message.id,
    channelId: message.channelId,
    authorId: author.id,
    authorName: author.name,
    authorIsBot: author.bot,
    ephemeral: message.ephemeralTo !== null,
    thinking: isLoading(message),
    createdAt: message.createdAt,
    editedAt: message.editedAt,
    invokedBy: by && { ...by, userName: world.users.get(by.userId)?.name ?? by.userId },
    raw: message.raw,
    pinged: message.pinged,
    threadId: message.threadId,
  }
}

export function interactionView(interaction: Interaction): InteractionView {
  const { id, userId, channelId, kind, state, label, modal } = interaction
  return { id, userId, channelId, kind, state, label, modal, messageId: interaction.originalId }
}

function openInteractions(world: World, userId: string): InteractionView[] {
  const mine = [...world.interactions.values()].filter(
    (one) =>
      one.userId === userId &&
      one.kind !== 'autocomplete' &&
      (one.state !== 'answered' || one.modal !== null),
  )
  const failures = mine.filter((one) => one.state === 'failed').slice(-SHOWN_FAILURES)
  return mine.filter((one) => one.state !== 'failed' || failures.includes(one)).map(interactionView)
}

function isListed(world: World, userId: string, channel: Channel): boolean {
  return channel.type !== 1 && may(world, userId, channel, Permission.viewChannel)
}

function channelView(channel: Channel): SandboxChannel {
  return {
    id: channel.id,
    name: channel.name,
    type: channel.thread === null ? 0 : 11,
    parentId: channel.parentId,
  }
}
