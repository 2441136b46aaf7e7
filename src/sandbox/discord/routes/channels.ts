import { ApiError, missingPermissions, unknownUser } from '../api-error.ts'
import { asNumber, asText } from '../json.ts'
import { publishUpdate } from '../messages.ts'
import { channelPayload } from '../payloads.ts'
import { may, Permission } from '../permissions.ts'
import { announceThread, removeThread, startThread, threadTypeIn } from '../threads.ts'
import { checkThread } from '../validate.ts'
import type { Channel, StoredMessage, World } from '../world.ts'
import {
  bodyOf,
  channelFor,
  messageFor,
  noContent,
  ok,
  type Reply,
  type RestRequest,
  type Route,
  refuseArchived,
} from './route.ts'

const MAX_PINS = 250
const ONE_DAY_MINUTES = 1440

export const channelRoutes: Route[] = [
  { method: 'GET', path: '/channels/:channel', handle: read },
  { method: 'PATCH', path: '/channels/:channel', handle: update },
  { method: 'DELETE', path: '/channels/:channel', handle: remove },
  { method: 'POST', path: '/channels/:channel/messages/:message/threads', handle: threadOnMessage },
  { method: 'POST', path: '/channels/:channel/threads', handle: threadAlone },
  { method: 'PUT', path: '/channels/:channel/thread-members/:user', handle: joinThread },
  { method: 'DELETE', path: '/channels/:channel/thread-members/:user', handle: leaveThread },
  { method: 'GET', path: '/channels/:channel/messages/pins', handle: listPins },
  { method: 'PUT', path: '/channels/:channel/messages/pins/:message', handle: pin },
  { method: 'DELETE', path: '/channels/:channel/messages/pins/:message', handle: unpin },
  { method: 'POST', path: '/users/@me/channels', handle: openDirectMessages },
]

function read(world: World, request: RestRequest): Reply {
  return ok(channelPayload(world, channelFor(world, request)))
}

/** Threads only: an emulated bot has no business with the channels themselves. */
function update(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  const { thread } = channel
  if (thread === null) throw missingPermissions()
  const isManager = may(world, world.bot.id, channel, Permission.manageThreads)
  if (thread.ownerId !== world.bot.id && !isManager) throw missingPermissions()
  const body = bodyOf(request)
  if (thread.archived && body.archived !== false) refuseArchived(channel)
  if (body.locked !== undefined && !isManager) throw missingPermissions()
  channel.name = asText(body.name) ?? channel.name
  thread.archived = typeof body.archived === 'boolean' ? body.archived : thread.archived
  thread.locked = typeof body.locked === 'boolean' ? body.locked : thread.locked
  thread.autoArchiveMinutes = asNumber(body.auto_archive_duration) ?? thread.autoArchiveMinutes
  thread.changedAt = world.clock.now()
  world.publish('THREAD_UPDATE', channelPayload(world, channel))
  world.changed()
  return ok(channelPayload(world, channel))
}

/** Threads only, and for who may manage them: to have started one is not enough. */
function remove(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  if (channel.thread === null || !may(world, world.bot.id, channel, Permission.manageThreads))
    throw missingPermissions()
  return ok(removeThread(world, channel))
}

function threadOnMessage(world: World, request: RestRequest): Reply {
  const parent = channelFor(world, request, Permission.createPublicThreads)
  const message = messageFor(world, request, parent)
  checkThread(bodyOf(request), true)
  return { status: 201, body: channelPayload(world, openThread(world, parent, request, message)) }
}

function threadAlone(world: World, request: RestRequest): Reply {
  const parent = channelFor(world, request, Permission.createPublicThreads)
  const body = bodyOf(request)
  checkThread(body, false)
  if (body.type !== threadTypeIn(parent))
    throw new ApiError(400, 50024, 'Cannot execute action on this channel type')
  const thread = openThread(world, parent, request, null)
  announceThread(world, parent, thread)
  return { status: 201, body: channelPayload(world, thread) }
}

function openThread(
  world: World,
  parent: Channel,
  request: RestRequest,
  message: StoredMessage | null,
): Channel {
  if (parent.type !== 0 && parent.type !== 5)
    throw new ApiError(400, 50024, 'Cannot execute action on this channel type')
  const body = bodyOf(request)
  const minutes = asNumber(body.auto_archive_duration) ?? ONE_DAY_MINUTES
  return startThread(world, parent, asText(body.name) ?? '', minutes, message)
}

function joinThread(world: World, request: RestRequest): Reply {
  const { channel, userId } = membership(world, request)
  if (!channel.thread?.memberIds.includes(userId)) channel.thread?.memberIds.push(userId)
  world.changed()
  return noContent
}

function leaveThread(world: World, request: RestRequest): Reply {
  const { channel, userId } = membership(world, request)
  if (channel.thread) channel.thread.memberIds = channel.thread.memberIds.filter((id) => id !== userId)
  world.changed()
  return noContent
}

function membership(world: World, request: RestRequest): { channel: Channel; userId: string } {
  const channel = channelFor(world, request)
  if (channel.thread === null) throw new ApiError(400, 50024, 'Cannot execute action on this channel type')
  refuseArchived(channel)
  const name = request.params.user ?? ''
  const userId = name === '@me' ? world.bot.id : name
  if (!world.users.has(userId)) throw unknownUser()
  return { channel, userId }
}

function listPins(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request, Permission.readMessageHistory)
  const items = pinned(world, channel)
    .toSorted((one, other) => (other.pinnedAt ?? 0) - (one.pinnedAt ?? 0))
    .map((one) => ({ pinned_at: new Date(one.pinnedAt ?? 0).toISOString(), message: one.raw }))
  return ok({ items, has_more: false })
}

function pin(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request, Permission.pinMessages)
  const message = messageFor(world, request, channel)
  refuseArchived(channel)
  if (message.pinnedAt === null && pinned(world, channel).length >= MAX_PINS)
    throw new ApiError(400, 30003, `Maximum number of pins reached for the channel (${MAX_PINS})`)
  return setPinned(world, message, true)
}

function unpin(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request, Permission.pinMessages)
  return setPinned(world, messageFor(world, request, channel), false)
}

function setPinned(world: World, message: StoredMessage, on: boolean): Reply {
  message.pinnedAt = on ? world.clock.now() : null
  message.raw = { ...message.raw, pinned: on }
  publishUpdate(world, message)
  world.changed()
  return noContent
}

function pinned(world: World, channel: Channel): StoredMessage[] {
  return world.messagesIn(channel.id).filter((one) => one.pinnedAt !== null)
}

function openDirectMessages(world: World, request: RestRequest): Reply {
  const recipient = world.users.get(asText(bodyOf(request).recipient_id) ?? '')
  if (recipient === undefined) throw unknownUser()
  if (recipient.bot) throw new ApiError(400, 50007, 'Cannot send messages to this user')
  const known = [...world.channels.values()].find((one) => one.type === 1 && one.recipientId === recipient.id)
  if (known) return ok(channelPayload(world, known))
  const channel: Channel = {
    id: world.nextId(),
    name: recipient.name,
    type: 1,
    parentId: null,
    overwrites: [],
    thread: null,
    recipientId: recipient.id,
  }
  world.channels.set(channel.id, channel)
  world.publish('CHANNEL_CREATE', channelPayload(world, channel))
  world.changed()
  return ok(channelPayload(world, channel))
}
