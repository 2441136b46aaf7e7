import {
  ChannelType,
  type Client,
  PermissionFlagsBits,
  PermissionsBitField,
  type ThreadChannel,
} from 'discord.js'
import { z } from 'zod'
import { defineOperation, type Operation } from '../../operations/operation.ts'
import { discordCode } from '../discord-errors.ts'
import { newMessage, textChannel } from '../message.ts'
import type { Reader } from '../reader.ts'
import { testAlertView } from '../views/alert-test.ts'
import { type ChannelTest, TEST_STEPS, type TestStep, testOutcome } from './channel-test-result.ts'

const NEEDED = [
  PermissionFlagsBits.ViewChannel,
  PermissionFlagsBits.SendMessages,
  PermissionFlagsBits.AttachFiles,
  PermissionFlagsBits.ReadMessageHistory,
  PermissionFlagsBits.CreatePublicThreads,
  PermissionFlagsBits.SendMessagesInThreads,
]

/** The test as an operation: who may do it is decided, and that it was done is kept, as with everything else. */
export function testAlerts(
  client: Client,
  channelId: string,
  reader: Reader,
): Operation<Record<string, never>, ChannelTest> {
  return defineOperation({
    name: 'test-alerts',
    access: 'operator',
    effect: 'record',
    input: z.strictObject({}),
    nodeOf: () => null,
    async run(context) {
      const data = await testChannel(client, channelId, reader, context.clock)
      return { outcome: testOutcome(data), data }
    },
  })
}

type Clock = Parameters<typeof textChannel>[1]

/** Posts a card that says that it is a test, does to it what is done to alerts, and takes it away again. */
async function testChannel(
  client: Client,
  channelId: string,
  reader: Reader,
  clock: Clock,
): Promise<ChannelTest> {
  const result: ChannelTest = { channelId, passed: [], failed: [], missing: null, problem: null }
  const attempt = async <T>(step: TestStep, work: () => Promise<T>): Promise<T | null> => {
    try {
      const value = await work()
      result.passed.push(step)
      return value
    } catch (error) {
      result.failed.push(step)
      result.problem ??= problemOf(error)
      return null
    }
  }
  const channel = await textChannel(client, clock, channelId).catch((error: unknown) => {
    result.problem = problemOf(error)
    return null
  })
  if (channel?.type !== ChannelType.GuildText && channel?.type !== ChannelType.GuildAnnouncement)
    return { ...result, failed: [...TEST_STEPS] }
  const permissions = client.user ? channel.permissionsFor(client.user) : null
  result.missing = permissions ? new PermissionsBitField(NEEDED).remove(permissions.bitfield).toArray() : null

  const message = await attempt('post', () => channel.send(newMessage(testAlertView(false, reader))))
  if (!message) return { ...result, failed: [...TEST_STEPS] }
  await attempt('edit', () => message.edit(newMessage(testAlertView(true, reader))))
  const name = reader.plain.t('alert-test.title')
  const thread = await attempt('thread', () =>
    channel.threads.create({ name: name.slice(0, 100), startMessage: message.id }),
  )
  if (thread) await attempt('line', () => thread.send({ content: name, allowedMentions: { parse: [] } }))
  else result.failed.push('line')
  await attempt('clean', async () => {
    if (thread) await putAway(thread, client)
    await message.delete()
  })
  return result
}

/** Out of sight for good where that is allowed, archived otherwise. */
async function putAway(thread: ThreadChannel, client: Client): Promise<void> {
  const mayDelete =
    client.user !== null && thread.permissionsFor(client.user)?.has(PermissionFlagsBits.ManageThreads)
  if (mayDelete) await thread.delete()
  else await thread.setArchived(true)
}

function problemOf(error: unknown): string {
  const code = discordCode(error)
  const text = error instanceof Error ? error.message : String(error)
  return code === null ? text : `${text} (${code})`
}
