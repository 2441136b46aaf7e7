import { createHash } from 'node:crypto'
import { ChannelType, type GuildTextBasedChannel, ThreadAutoArchiveDuration } from 'discord.js'
import type { Incident, TimelineEntry } from '../../incidents/incident.ts'
import { isActive } from '../../incidents/placing.ts'
import { whoText } from '../../presenters/incident.ts'
import { subjectOf } from '../../presenters/incident-facts.ts'
import { dotted } from '../../presenters/readings.ts'
import {
  discordCode,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  repeatable,
  THREAD_ARCHIVED,
  THREAD_EXISTS,
  THREAD_LOCKED,
  TOO_MANY_THREADS,
  UNKNOWN_CHANNEL,
} from '../discord-errors.ts'
import { toLine, toPlainText } from '../markdown.ts'
import { textChannel } from '../message.ts'
import { THREAD_PERMISSIONS } from '../permissions.ts'
import { roleMention } from '../views/incident.ts'
import { entryText } from '../views/incident-lines.ts'
import type { AlertDesk } from './delivery.ts'

const NAME_MAX = 100
/** Below Discord's 2000, with room for a mention. */
const TEXT_MAX = 1900
const LOOKED_THROUGH = 100
/** What is said with a call in the channel: the card above it has the rest. */
const LINES_OF_CALL = 3
/** The thread is closed to us for good: a wish, not a fault. */
const NO_THREAD: ReadonlySet<number> = new Set([
  UNKNOWN_CHANNEL,
  THREAD_ARCHIVED,
  THREAD_LOCKED,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
])

/**
 * Starts the thread of an incident right after its message was posted: on an older message Discord would tell the channel
 * of it, and one incident would be two messages there.
 * @throws what discord.js throws
 */
export async function openThread(desk: AlertDesk, incident: Incident): Promise<void> {
  const threadId = await startThread(desk, incident)
  if (threadId !== null) await desk.deliveries.note(incident.id, { threadId })
}

/**
 * Writes what happened since the last time into the thread of an incident, as one message; a thread that is not there yet
 * is started. Where threads are not possible the card alone tells the story, and who has to be called is called in the channel.
 * @param lookFirst an earlier message may have arrived without our knowing: read the thread before writing
 * @returns false when there can be no thread
 * @throws what discord.js throws
 */
export async function tellTimeline(
  desk: AlertDesk,
  incident: Incident,
  lookFirst: boolean,
): Promise<boolean> {
  const { context, reader, deliveries } = desk
  const { id, timeline, timelineStart } = incident
  const delivery = deliveries.of(id)
  const start = Math.max(delivery.told, timelineStart)
  const untold = timeline.slice(start - timelineStart)
  const lines = untold.map((entry) => `${reader.ink.time(entry.at, 't')} ${entryText(entry, reader.ink)}`)
  const report = (told: number, threadId: string | null) =>
    deliveries.note(id, { threadId, told: start + told })
  const threadId = delivery.threadId ?? (await startThread(desk, incident))
  if (threadId === null) {
    await callInChannel(desk, incident, untold)
    await report(untold.length, null)
    return false
  }
  const lost = start - delivery.told
  try {
    const thread = await textChannel(desk.client, context.clock, threadId)
    const known = lookFirst ? await linesIn(desk, threadId) : new Set<string>()
    const already = lines.findIndex((line) => !known.has(comparable(line)))
    const from = already === -1 ? lines.length : already
    const count = fitting(lines.slice(from))
    if (count > 0) {
      const earlier = lost > 0 && from === 0 ? [reader.ink.t('why.earlier', { count: lost })] : []
      const content = [...earlier, ...lines.slice(from, from + count)].join('\n')
      const roles = rolesToCall(desk, incident, untold.slice(from, from + count))
      const body = {
        content: [content, ...roles.map(roleMention)].join('\n'),
        allowedMentions: { parse: [], roles },
        nonce: createHash('sha256').update(`${incident.id}\n${content}`).digest('hex').slice(0, 25),
        enforceNonce: true,
      }
      await repeatable<unknown>(context.clock, () => thread.send(body))
    }
    await report(from + count, threadId)
    return true
  } catch (error) {
    if (!NO_THREAD.has(discordCode(error) ?? 0)) throw error
    context.log.warn({ err: error, incident: incident.id }, 'the thread of an incident takes no messages')
    await callInChannel(desk, incident, untold)
    await report(untold.length, threadId)
    return true
  }
}

/** How many lines fit into one message; at least one. */
function fitting(lines: readonly string[]): number {
  let size = 0
  const tooMany = lines.findIndex((line) => {
    size += line.length + 1
    return size > TEXT_MAX
  })
  return tooMany === -1 ? lines.length : Math.max(tooMany, 1)
}

/** Calls the role under the card where no thread can do it. What the card itself called when it was posted is not repeated. */
async function callInChannel(
  desk: AlertDesk,
  incident: Incident,
  untold: readonly TimelineEntry[],
): Promise<void> {
  const entries = untold.filter(({ kind }) => kind !== 'opened')
  const roles = rolesToCall(desk, incident, entries)
  const { channelId, messageId } = desk.deliveries.of(incident.id)
  if (roles.length === 0 || messageId === null) return
  const { client, context, reader } = desk
  const channel = await textChannel(client, context.clock, channelId ?? desk.channelId)
  const last = entries.slice(-LINES_OF_CALL)
  const text = last
    .map((entry) => `${reader.ink.time(entry.at, 't')} ${entryText(entry, reader.ink)}`)
    .join('\n')
  const body = {
    content: [text.slice(0, TEXT_MAX), ...roles.map(roleMention)].join('\n'),
    reply: { messageReference: messageId, failIfNotExists: false },
    allowedMentions: { parse: [], roles },
    nonce: createHash('sha256').update(`${incident.id}\ncall\n${text}`).digest('hex').slice(0, 25),
    enforceNonce: true,
  }
  await repeatable<unknown>(context.clock, () => channel.send(body))
}

function rolesToCall({ roleId }: AlertDesk, incident: Incident, entries: readonly TimelineEntry[]): string[] {
  const urgent = entries.some(
    ({ ping, kind, level }) => ping && (kind === 'escalated' || level === 'critical'),
  )
  return roleId !== null && urgent && isActive(incident) ? [roleId] : []
}

/** Starts the thread on the card, with whose id it is known from then on; null where that is not allowed. */
async function startThread(desk: AlertDesk, incident: Incident): Promise<string | null> {
  const { client, context, reader } = desk
  const { channelId, messageId } = desk.deliveries.of(incident.id)
  if (messageId === null) return null
  const channel = await textChannel(client, context.clock, channelId ?? desk.channelId)
  const takesThreads =
    channel.type === ChannelType.GuildText || channel.type === ChannelType.GuildAnnouncement
  if (!takesThreads || !mayStartThreads(channel, client.user.id)) return null
  const subject = subjectOf(context, incident)
  const name = dotted([
    incident.id,
    whoText(subject, reader.plain),
    reader.plain.t(`topic.${incident.topic}`),
  ])
  try {
    const { id } = await repeatable(context.clock, () =>
      channel.threads.create({
        name: toLine(name, NAME_MAX),
        startMessage: messageId,
        autoArchiveDuration: ThreadAutoArchiveDuration.OneDay,
      }),
    )
    return id
  } catch (error) {
    const code = discordCode(error)
    if (code === THREAD_EXISTS) return messageId
    if (code === MISSING_PERMISSIONS || code === MISSING_ACCESS || code === TOO_MANY_THREADS) return null
    throw error
  }
}

function mayStartThreads(channel: GuildTextBasedChannel, botId: string): boolean {
  return channel.permissionsFor(botId)?.has([...THREAD_PERMISSIONS]) === true
}

/** Every line that the bot has written into a thread lately. */
async function linesIn({ client, context }: AlertDesk, threadId: string): Promise<Set<string>> {
  const thread = await textChannel(client, context.clock, threadId)
  const messages = await repeatable(context.clock, () =>
    thread.messages.fetch({ limit: LOOKED_THROUGH, cache: false }),
  )
  const own = [...messages.values()].filter(({ author }) => author.id === client.user.id)
  return new Set(own.flatMap(({ content }) => content.split('\n').map(comparable)))
}

/** Discord may drop what shows nothing. */
function comparable(line: string): string {
  return toPlainText(line).trim()
}
