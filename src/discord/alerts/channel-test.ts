import { ChannelType, type Client, type Message, PermissionFlagsBits, type ThreadChannel } from 'discord.js'
import type { Clock } from '../../base/clock.ts'
import {
  type AlertChannel,
  type ChannelTest,
  type RoleCall,
  TEST_STEPS,
  type TestStep,
} from '../../operations/test-alerts.ts'
import type { Card } from '../card.ts'
import { discordCode, UNKNOWN_CHANNEL } from '../discord-errors.ts'
import type { CommandIds } from '../ink.ts'
import { newMessage, textChannel } from '../message.ts'
import { missingPermissions } from '../permissions.ts'
import { createReader, type Reader } from '../reader.ts'
import { roleCall } from '../role-call.ts'
import { testAlertView } from '../views/alert-test.ts'

/** The alert channel as the bot reaches it. */
export function alertChannelOfBot(bot: {
  /** Null while it is not signed in. */
  client(): Client | null
  commandIds(): CommandIds
  channelId: string
  /** The role that critical alerts call; null where none is set. */
  roleId: string | null
  clock: Clock
}): AlertChannel {
  return {
    test({ locale }) {
      const reader = createReader(locale, bot.clock.now(), bot.commandIds())
      return testChannel(bot.client(), bot, reader)
    },
  }
}

/** What is done to the channel; every step rejects with Discord's refusal. */
export interface ChannelHands {
  post(card: Card): Promise<unknown>
  edit(card: Card): Promise<unknown>
  thread(name: string): Promise<unknown>
  line(text: string): Promise<unknown>
  /** Resolves with what became of the thread, once that was seen. */
  clean(): Promise<ChannelTest['thread']>
}

/** Posts a card that says that it is a test, does to it what is done to alerts, and takes it away again. */
export async function tryChannel(
  hands: ChannelHands,
  about: Pick<ChannelTest, 'channelId' | 'missing' | 'call'>,
  reader: Reader,
): Promise<ChannelTest> {
  const result: ChannelTest = { ...about, passed: [], failed: [], thread: null, problem: null }
  const attempt = async (step: TestStep, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await work()
      result.passed.push(step)
      return true
    } catch (error) {
      result.failed.push(step)
      result.problem ??= problemOf(error)
      return false
    }
  }
  if (!(await attempt('post', () => hands.post(testAlertView(false, reader)))))
    return { ...result, failed: [...TEST_STEPS] }
  await attempt('edit', () => hands.edit(testAlertView(true, reader)))
  const name = reader.plain.t('alert-test.title').slice(0, 100)
  if (await attempt('thread', () => hands.thread(name))) await attempt('line', () => hands.line(name))
  else result.failed.push('line')
  await attempt('clean', async () => {
    result.thread = await hands.clean()
  })
  return result
}

async function testChannel(
  client: Client | null,
  { channelId, roleId, clock }: { channelId: string; roleId: string | null; clock: Clock },
  reader: Reader,
): Promise<ChannelTest> {
  const unknownCall: RoleCall | null = roleId === null ? null : { state: 'unknown', role: roleId }
  const nowhere = {
    channelId,
    passed: [],
    failed: [...TEST_STEPS],
    thread: null,
    missing: null,
    call: unknownCall,
  }
  if (client === null) return { ...nowhere, problem: null }
  let channel: Awaited<ReturnType<typeof textChannel>>
  try {
    channel = await textChannel(client, clock, channelId)
  } catch (error) {
    return { ...nowhere, problem: problemOf(error) }
  }
  if (channel.type !== ChannelType.GuildText && channel.type !== ChannelType.GuildAnnouncement)
    return { ...nowhere, problem: null }
  const permissions = client.user ? channel.permissionsFor(client.user) : null
  const missing = permissions ? missingPermissions(permissions) : null
  const roles = [...channel.guild.roles.cache.values()]
  const call = roleId === null || permissions === null ? unknownCall : roleCall(roles, roleId, permissions)
  const place = channel
  let message: Message | null = null
  let thread: ThreadChannel | null = null
  const hands: ChannelHands = {
    async post(card) {
      message = await place.send(newMessage(card))
    },
    edit: async (card) => message?.edit(newMessage(card)),
    async thread(name) {
      thread = await place.threads.create({ name, ...(message ? { startMessage: message.id } : {}) })
    },
    line: async (content) => thread?.send({ content, allowedMentions: { parse: [] } }),
    async clean() {
      const left = thread && (await putAway(thread, client))
      await message?.delete()
      return left
    },
  }
  return tryChannel(hands, { channelId, missing, call }, reader)
}

/** Out of sight for good where that is allowed, archived otherwise. Looks for itself whether it is gone. */
async function putAway(thread: ThreadChannel, client: Client): Promise<ChannelTest['thread']> {
  const mayDelete =
    client.user !== null && thread.permissionsFor(client.user)?.has(PermissionFlagsBits.ManageThreads)
  if (!mayDelete) {
    await thread.setArchived(true)
    return 'archived'
  }
  await thread.delete()
  const isGone = await goneAfter(() => client.channels.fetch(thread.id, { force: true }))
  if (!isGone) throw new Error('the thread is still there after it was deleted')
  return 'deleted'
}

/** Whether Discord no longer knows what is asked for. @throws any other refusal */
export async function goneAfter(look: () => Promise<unknown>): Promise<boolean> {
  try {
    await look()
    return false
  } catch (error) {
    if (discordCode(error) === UNKNOWN_CHANNEL) return true
    throw error
  }
}

function problemOf(error: unknown): string {
  const code = discordCode(error)
  const text = error instanceof Error ? error.message : String(error)
  return code === null ? text : `${text} (${code})`
}
