import { ApiError, invalidForm, missingPermissions } from '../api-error.ts'
import { asNumber, asRecord, asText, type Json } from '../json.ts'
import {
  countLateEdit,
  createMessage,
  editMessage,
  fileNamesAfter,
  PLAIN_ORIGIN,
  removeMessage,
} from '../messages.ts'
import { may, Permission } from '../permissions.ts'
import { wakeThread } from '../threads.ts'
import { checkMessage } from '../validate.ts'
import type { Channel, StoredMessage, World } from '../world.ts'
import {
  channelFor,
  inputOf,
  MESSAGE_RATE,
  messageFor,
  noContent,
  ok,
  type Reply,
  type RestRequest,
  type Route,
  refuseArchived,
} from './route.ts'

/** How long a nonce keeps a second message from being made. */
const NONCE_LIFE_MS = 5 * 60_000

export const messageRoutes: Route[] = [
  { method: 'POST', path: '/channels/:channel/messages', rateLimit: MESSAGE_RATE, handle: create },
  { method: 'GET', path: '/channels/:channel/messages', handle: list },
  { method: 'GET', path: '/channels/:channel/messages/:message', handle: read },
  { method: 'PATCH', path: '/channels/:channel/messages/:message', rateLimit: MESSAGE_RATE, handle: edit },
  { method: 'DELETE', path: '/channels/:channel/messages/:message', rateLimit: MESSAGE_RATE, handle: remove },
  { method: 'POST', path: '/channels/:channel/typing', handle: typing },
]

function create(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  const needed = channel.thread ? Permission.sendMessagesInThreads : Permission.sendMessages
  channelFor(world, request, request.uploads.length > 0 ? needed | Permission.attachFiles : needed)
  const input = inputOf(request)
  const known = sameNonce(world, channel, input.body)
  if (known !== undefined) return ok(known.raw)
  checkMessage('create', input.body, { fileNames: fileNamesAfter(input, null), before: null })
  const extra = referenceFields(world, channel, input.body)
  wakeThread(world, channel)
  const type = extra.message_reference ? 19 : 0
  return ok(
    createMessage(world, channel, input, { ...PLAIN_ORIGIN, authorId: world.bot.id, type, extra }).raw,
  )
}

/** With `enforce_nonce`, a message made with the same nonce a moment ago is returned instead of a second one. */
function sameNonce(world: World, channel: Channel, body: Json): StoredMessage | undefined {
  if (body.enforce_nonce !== true || body.nonce === undefined) return undefined
  const since = world.clock.now() - NONCE_LIFE_MS
  return world
    .messagesIn(channel.id)
    .find((one) => one.authorId === world.bot.id && one.createdAt >= since && one.raw.nonce === body.nonce)
}

function referenceFields(world: World, channel: Channel, body: Json): Json {
  const asked = asRecord(body.message_reference)
  if (asked === undefined) return {}
  const target = world.message(channel.id, asText(asked.message_id) ?? '')
  if (target !== undefined) {
    const place = { type: 0, message_id: target.id, channel_id: channel.id, guild_id: world.guild.id }
    return { message_reference: place, referenced_message: target.raw }
  }
  if (asked.fail_if_not_exists === false) return {}
  const error = { path: ['message_reference'], code: 'REPLIES_UNKNOWN_MESSAGE', message: 'Unknown message' }
  throw invalidForm([error])
}

function list(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  if (!may(world, world.bot.id, channel, Permission.readMessageHistory)) return ok([])
  const { query } = request
  const limit = Math.min(100, Math.max(1, asNumber(Number(query.get('limit') ?? 50)) ?? 50))
  const before = query.get('before')
  const after = query.get('after')
  const all = world.messagesIn(channel.id).filter((one) => {
    if (one.ephemeralTo !== null) return false
    return (
      (before === null || BigInt(one.id) < BigInt(before)) &&
      (after === null || BigInt(one.id) > BigInt(after))
    )
  })
  const page = after === null ? all.slice(-limit) : all.slice(0, limit)
  return ok(page.toReversed().map((one) => one.raw))
}

function read(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request, Permission.readMessageHistory)
  return ok(messageFor(world, request, channel).raw)
}

function edit(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  const message = messageFor(world, request, channel)
  if (message.authorId !== world.bot.id)
    throw new ApiError(403, 50005, 'Cannot edit a message authored by another user')
  refuseArchived(channel)
  const input = inputOf(request)
  const context = { fileNames: fileNamesAfter(input, message.raw), before: message.raw }
  checkMessage('edit', input.body, context)
  countLateEdit(world, message)
  editMessage(world, channel, message, input, false)
  return ok(message.raw)
}

function remove(world: World, request: RestRequest): Reply {
  const channel = channelFor(world, request)
  const message = messageFor(world, request, channel)
  const isOwn = message.authorId === world.bot.id
  if (!isOwn && !may(world, world.bot.id, channel, Permission.manageMessages)) throw missingPermissions()
  refuseArchived(channel)
  removeMessage(world, message)
  return noContent
}

function typing(world: World, request: RestRequest): Reply {
  channelFor(world, request, Permission.sendMessages)
  return noContent
}
