import { ApiError, missingAccess, missingPermissions, unknownChannel, unknownMessage } from '../api-error.ts'
import type { Upload } from '../attachments.ts'
import { asRecord, type Json } from '../json.ts'
import type { MessageInput } from '../messages.ts'
import { may } from '../permissions.ts'
import type { Channel, StoredMessage, World } from '../world.ts'

export interface RestRequest {
  params: Record<string, string>
  query: URLSearchParams
  body: unknown
  uploads: Upload[]
}

export interface Reply {
  status: number
  /** None for 204. */
  body?: unknown
}

/** Requests in a window, for each major parameter (channel, guild, webhook token). */
export interface RateLimit {
  limit: number
  windowMs: number
}

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Behind /api/v10, with `:name` for a variable part. */
  path: string
  /** True when no bot token is asked for: the path itself holds one. */
  open?: boolean
  rateLimit?: RateLimit
  handle: (world: World, request: RestRequest) => Reply
}

/** What people observe on messages of one channel; Discord publishes no number. */
export const MESSAGE_RATE: RateLimit = { limit: 5, windowMs: 5_000 }

export const noContent: Reply = { status: 204 }

export function ok(body: unknown): Reply {
  return { status: 200, body }
}

export function inputOf(request: RestRequest): MessageInput {
  return { body: bodyOf(request), uploads: request.uploads }
}

export function bodyOf(request: RestRequest): Json {
  return asRecord(request.body) ?? {}
}

/**
 * A channel that the bot can see and in which it has `needed`.
 * @throws ApiError 10003, 50001 or 50013.
 */
export function channelFor(world: World, request: RestRequest, needed = 0n): Channel {
  const channel = world.channels.get(request.params.channel ?? '')
  if (channel === undefined) throw unknownChannel()
  if (!may(world, world.bot.id, channel, 0n)) throw missingAccess()
  if (!may(world, world.bot.id, channel, needed)) throw missingPermissions()
  return channel
}

/** A message of the channel's history: ephemeral ones are not part of it. */
export function messageFor(world: World, request: RestRequest, channel: Channel): StoredMessage {
  const message = world.message(channel.id, request.params.message ?? '')
  if (message === undefined || message.ephemeralTo !== null) throw unknownMessage()
  return message
}

/** @throws ApiError 50083 when the thread rests. */
export function refuseArchived(channel: Channel): void {
  if (channel.thread?.archived) throw new ApiError(400, 50083, 'Thread is archived')
}
