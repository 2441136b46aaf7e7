import { ApiError, emptyMessage } from './api-error.ts'
import { planFiles, resolveReferences, storeFiles, type Upload } from './attachments.ts'
import { numberComponents } from './components.ts'
import { asList, asNumber, asRecords, asText, type Json } from './json.ts'
import { computeMentions, type Mentions } from './mentions.ts'
import { memberPayload, userPayload } from './payloads.ts'
import { FLAG_COMPONENTS_V2, FLAG_EPHEMERAL, FLAG_LOADING } from './rules/content.ts'
import type { Channel, StoredMessage, World } from './world.ts'

/** The first message in a thread that was started on a message; it only points to that one. */
export const THREAD_STARTER_MESSAGE = 21
const HOUR_MS = 3_600_000
/** Edits in an hour of a message that is older than one. */
const LATE_EDITS = 20
const FLAG_SUPPRESS_EMBEDS = 4
const FLAG_SUPPRESS_NOTIFICATIONS = 4096
/** Flags that a bot may set when it makes a message, and those it may change in an edit. */
const FLAGS_ON_CREATE =
  FLAG_SUPPRESS_EMBEDS | FLAG_EPHEMERAL | FLAG_SUPPRESS_NOTIFICATIONS | FLAG_COMPONENTS_V2
const FLAGS_ON_EDIT = FLAG_SUPPRESS_EMBEDS | FLAG_COMPONENTS_V2

/** A message body with its files. */
export interface MessageInput {
  body: Json
  uploads: Upload[]
}

/** What a message is besides its body. */
export interface MessageOrigin {
  authorId: string
  /** Discord's message type: 0 default, 19 reply, 20 answer to a command. */
  type: number
  byInteraction: boolean
  ephemeralTo: string | null
  invokedBy: StoredMessage['invokedBy']
  /** More fields of the message object, for example interaction_metadata. */
  extra: Json
  /** A deferred answer: empty for now. */
  loading: boolean
}

export const PLAIN_ORIGIN: Omit<MessageOrigin, 'authorId'> = {
  type: 0,
  byInteraction: false,
  ephemeralTo: null,
  invokedBy: null,
  extra: {},
  loading: false,
}

/** Names of the files that a message will have after this body; for checking references before anything is stored. */
export function fileNamesAfter(input: MessageInput, before: Json | null): Set<string> {
  return new Set(planFiles(input.body, input.uploads, before).map((file) => file.name))
}

/**
 * Makes a message and tells the gateway. The body must have passed validation.
 * @throws ApiError 50006 when there is nothing in it.
 */
export function createMessage(
  world: World,
  channel: Channel,
  input: MessageInput,
  origin: MessageOrigin,
): StoredMessage {
  const { body } = input
  const author = world.users.get(origin.authorId) ?? world.bot
  const files = planFiles(body, input.uploads, null)
  const maySayNothing = origin.loading || origin.type === THREAD_STARTER_MESSAGE
  if (!maySayNothing && files.length === 0 && isEmpty(body)) throw emptyMessage()
  const attachments = storeFiles(world, channel.id, files)
  const mentions = computeMentions(world, channel, body, origin.byInteraction)
  const id = world.nextId()
  const message: StoredMessage = {
    id,
    channelId: channel.id,
    authorId: author.id,
    raw: {
      id,
      channel_id: channel.id,
      author: userPayload(author),
      content: '',
      timestamp: world.isoNow(),
      edited_timestamp: null,
      tts: body.tts === true,
      pinned: false,
      type: origin.type,
      flags: createFlags(body, origin),
      embeds: [],
      components: [],
      ...origin.extra,
      ...(body.nonce === undefined ? {} : { nonce: body.nonce }),
      ...(body.poll ? { poll: body.poll } : {}),
      ...contentOf(body, attachments),
      ...mentionFields(world, mentions),
      attachments,
    },
    ephemeralTo: origin.ephemeralTo,
    pinged: origin.loading ? [] : mentions.pinged,
    createdAt: world.clock.now(),
    editedAt: null,
    lateEdits: [],
    pinnedAt: null,
    invokedBy: origin.invokedBy,
    threadId: null,
  }
  world.messagesIn(channel.id).push(message)
  if (message.ephemeralTo === null) world.publish('MESSAGE_CREATE', gatewayMessage(world, message))
  world.changed()
  return message
}

/**
 * Discord limits edits of messages older than an hour, and does not publish how many it takes: this is fewer than bots
 * have got through.
 * @throws ApiError 30046, with the status of a rate limit as Discord sends it
 */
export function countLateEdit({ clock }: World, message: StoredMessage): void {
  const now = clock.now()
  if (now - message.createdAt < HOUR_MS) return
  message.lateEdits = message.lateEdits.filter((at) => now - at < HOUR_MS)
  if (message.lateEdits.length >= LATE_EDITS)
    throw new ApiError(
      429,
      30046,
      'Maximum number of edits to messages older than 1 hour reached. Try again later',
    )
  message.lateEdits.push(now)
}

/**
 * Changes what the body names and leaves the rest. The first edit of a deferred answer is its arrival: it may notify,
 * and is not marked as edited.
 * @throws ApiError 50006 when nothing would be left, 520003 for a poll.
 */
export function editMessage(
  world: World,
  channel: Channel,
  message: StoredMessage,
  input: MessageInput,
  byInteraction: boolean,
): void {
  const { body } = input
  const before = message.raw
  if (before.poll) throw new ApiError(400, 520003, 'Cannot edit a poll message')
  const arrives = isLoading(message)
  const files = planFiles(body, input.uploads, before)
  const merged: Json = { ...before, ...body }
  if (files.length === 0 && isEmpty(merged)) throw emptyMessage()
  const attachments = storeFiles(world, channel.id, files)
  const mentions = computeMentions(
    world,
    channel,
    { ...merged, allowed_mentions: body.allowed_mentions },
    byInteraction,
  )
  message.raw = {
    ...before,
    ...contentOf(body, attachments),
    ...mentionFields(world, mentions),
    attachments,
    flags: editFlags(body, before),
    edited_timestamp: arrives ? null : world.isoNow(),
  }
  dropFiles(world, before, attachments)
  message.editedAt = arrives ? null : world.clock.now()
  if (arrives) message.pinged = mentions.pinged
  publishUpdate(world, message)
  world.changed()
}

export function publishUpdate(world: World, message: StoredMessage): void {
  if (message.ephemeralTo === null) world.publish('MESSAGE_UPDATE', gatewayMessage(world, message))
}

export function removeMessage(world: World, message: StoredMessage): void {
  const list = world.messagesIn(message.channelId)
  const index = list.indexOf(message)
  if (index !== -1) list.splice(index, 1)
  dropFiles(world, message.raw, [])
  if (message.ephemeralTo === null) {
    const isDirect = world.channels.get(message.channelId)?.type === 1
    const place = isDirect ? {} : { guild_id: world.guild.id }
    world.publish('MESSAGE_DELETE', { id: message.id, channel_id: message.channelId, ...place })
  }
  world.changed()
}

/** Forgets the files that a message had and no longer has. */
function dropFiles(world: World, before: Json, kept: Json[]): void {
  for (const { id } of asRecords(before.attachments)) {
    if (!kept.some((one) => one.id === id)) world.files.delete(String(id))
  }
}

export function isLoading(message: StoredMessage): boolean {
  return ((asNumber(message.raw.flags) ?? 0) & FLAG_LOADING) !== 0
}

function contentOf(body: Json, attachments: Json[]): Json {
  const resolved = resolveReferences(body, attachments)
  const fields: Json = {}
  if ('content' in body) fields.content = asText(body.content) ?? ''
  if ('embeds' in body)
    fields.embeds = asRecords(resolved.embeds).map((embed) => ({ type: 'rich', ...embed }))
  if ('components' in body) fields.components = numberComponents(asList(resolved.components))
  return fields
}

function mentionFields(world: World, mentions: Mentions): Json {
  return {
    mentions: mentions.users.flatMap((id) => {
      const user = world.users.get(id)
      return user ? [userPayload(user)] : []
    }),
    mention_roles: mentions.roles,
    mention_everyone: mentions.everyone,
  }
}

function createFlags(body: Json, origin: MessageOrigin): number {
  const asked = (asNumber(body.flags) ?? 0) & FLAGS_ON_CREATE & ~FLAG_EPHEMERAL
  const given = (origin.loading ? FLAG_LOADING : asked) | (origin.ephemeralTo === null ? 0 : FLAG_EPHEMERAL)
  return given
}

/** V2 can be put on and never taken off; the rest of what an edit may change is as the body says. */
function editFlags(body: Json, before: Json): number {
  const old = (asNumber(before.flags) ?? 0) & ~FLAG_LOADING
  const asked = asNumber(body.flags)
  if (asked === undefined) return old
  return (old & ~FLAG_SUPPRESS_EMBEDS) | (asked & FLAGS_ON_EDIT)
}

function isEmpty(body: Json): boolean {
  return [body.content, body.embeds, body.components, body.sticker_ids, body.poll].every(isNothing)
}

function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === ''
  return Array.isArray(value) ? value.length === 0 : !value
}

function gatewayMessage(world: World, message: StoredMessage): Json {
  const isDirect = world.channels.get(message.channelId)?.type === 1
  const author = world.users.get(message.authorId)
  if (isDirect || author === undefined) return message.raw
  return { ...message.raw, guild_id: world.guild.id, member: memberPayload(author) }
}
