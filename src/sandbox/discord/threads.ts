import { ApiError } from './api-error.ts'
import { asNumber, type Json } from './json.ts'
import {
  createMessage,
  PLAIN_ORIGIN,
  publishUpdate,
  removeMessage,
  THREAD_STARTER_MESSAGE,
} from './messages.ts'
import { channelPayload } from './payloads.ts'
import { may, Permission } from './permissions.ts'
import type { Channel, StoredMessage, World } from './world.ts'

const FLAG_HAS_THREAD = 32
const THREAD_CREATED = 18
/** Discord's documentation of threads: "older is still TBD, but is currently set to a very small value". */
const OLDER_AFTER_MS = 5_000

/**
 * Tells the channel of a new thread, as Discord does when the thread has no message there, or an older one.
 * https://docs.discord.com/developers/topics/threads#message-types
 */
export function announceThread(world: World, parent: Channel, thread: Channel): void {
  const extra = { message_reference: { type: 0, channel_id: thread.id, guild_id: world.guild.id } }
  const origin = { ...PLAIN_ORIGIN, authorId: world.bot.id, type: THREAD_CREATED, extra }
  createMessage(world, parent, { body: { content: thread.name }, uploads: [] }, origin)
}

/** The first message of a thread on a message only points to it. */
function pointToStart(world: World, thread: Channel, message: StoredMessage): void {
  const reference = {
    type: 0,
    channel_id: message.channelId,
    message_id: message.id,
    guild_id: world.guild.id,
  }
  const origin = {
    ...PLAIN_ORIGIN,
    authorId: world.bot.id,
    type: THREAD_STARTER_MESSAGE,
    extra: { message_reference: reference },
  }
  createMessage(world, thread, { body: {}, uploads: [] }, origin)
}

/** In a channel of announcements a thread is of a type of its own. */
export function threadTypeIn({ type }: Channel): 10 | 11 {
  return type === 5 ? 10 : 11
}

/** Opens a public thread; on a message it has the message's id, as in Discord. */
export function startThread(
  world: World,
  parent: Channel,
  name: string,
  autoArchiveMinutes: number,
  message: StoredMessage | null,
): Channel {
  if (message !== null && message.threadId !== null)
    throw new ApiError(400, 160004, 'A thread has already been created for this message')
  const thread: Channel = {
    id: message?.id ?? world.nextId(),
    name,
    type: threadTypeIn(parent),
    parentId: parent.id,
    overwrites: [],
    recipientId: null,
    thread: {
      ownerId: world.bot.id,
      archived: false,
      locked: false,
      autoArchiveMinutes,
      changedAt: world.clock.now(),
      memberIds: [world.bot.id],
    },
  }
  world.channels.set(thread.id, thread)
  world.publish('THREAD_CREATE', { ...channelPayload(world, thread), newly_created: true })
  if (message !== null) {
    message.threadId = thread.id
    message.raw = {
      ...message.raw,
      thread: channelPayload(world, thread),
      flags: (asNumber(message.raw.flags) ?? 0) | FLAG_HAS_THREAD,
    }
    publishUpdate(world, message)
    pointToStart(world, thread, message)
    if (world.clock.now() - message.createdAt > OLDER_AFTER_MS) announceThread(world, parent, thread)
  }
  world.changed()
  return thread
}

/**
 * A new message opens an archived thread again, unless it is locked. A locked thread takes messages of those alone who may
 * manage threads, also while it is open: 160005 in Discord's list of JSON error codes.
 */
export function wakeThread(world: World, channel: Channel): void {
  const thread = channel.thread
  if (thread === null) return
  const isShut = thread.locked && !may(world, world.bot.id, channel, Permission.manageThreads)
  if (isShut && thread.archived) throw new ApiError(400, 50083, 'Thread is archived')
  if (isShut) throw new ApiError(400, 160005, 'Thread is locked')
  if (!thread.archived) return
  thread.archived = false
  thread.changedAt = world.clock.now()
  world.publish('THREAD_UPDATE', channelPayload(world, channel))
}

/** Deletes a thread with what is in it; the message that it was started on stays. Returns it as it was. */
export function removeThread(world: World, thread: Channel): Json {
  const payload = channelPayload(world, thread)
  for (const message of [...world.messagesIn(thread.id)]) removeMessage(world, message)
  world.channels.delete(thread.id)
  const { id, type, parentId } = thread
  world.publish('THREAD_DELETE', { id, type, parent_id: parentId, guild_id: world.guild.id })
  const start = parentId === null ? undefined : world.messagesIn(parentId).find((one) => one.threadId === id)
  if (start !== undefined) {
    const { thread: _gone, ...raw } = start.raw
    start.threadId = null
    start.raw = raw
    publishUpdate(world, start)
  }
  world.changed()
  return payload
}
