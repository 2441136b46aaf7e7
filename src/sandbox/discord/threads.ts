import { ApiError } from './api-error.ts'
import { asNumber } from './json.ts'
import { publishUpdate } from './messages.ts'
import { channelPayload } from './payloads.ts'
import type { Channel, StoredMessage, World } from './world.ts'

const FLAG_HAS_THREAD = 32

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
    type: 11,
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
  }
  world.changed()
  return thread
}

/** A new message opens an archived thread again, unless it is locked. */
export function wakeThread(world: World, channel: Channel): void {
  const thread = channel.thread
  if (!thread?.archived) return
  if (thread.locked) throw new ApiError(400, 50083, 'Thread is archived')
  thread.archived = false
  thread.changedAt = world.clock.now()
  world.publish('THREAD_UPDATE', channelPayload(world, channel))
}
