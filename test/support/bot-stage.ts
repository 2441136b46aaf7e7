import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApplicationCommandOptionType } from 'discord.js'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { type Bot, createBot } from '../../src/discord/bot.ts'
import type { Call, Command } from '../../src/discord/command.ts'
import {
  type DiscordOptions,
  type DiscordSandbox,
  startDiscord,
} from '../../src/sandbox/discord/start-discord.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { type KeptLog, keepLog } from './log-keeper.ts'
import { openQuestions } from './questions.ts'
import { type Person, person } from './room.ts'

const TOKEN = 'a-token-of-the-emulator'

/** The real bot with commands of the test's own, on the embedded Discord. */
export interface BotStage {
  discord: DiscordSandbox
  bot: Bot
  log: KeptLog
  ada: Person
  vera: Person
  /** How often a request that fits was made. */
  requests(method: string, path: RegExp): number
  /** Ends the bot and builds another on the same data, not started. */
  rebuild(commands: readonly Command[]): Promise<Bot>
  close(): Promise<void>
}

/** A subcommand of `/node` that does this. */
export function testCommand(
  name: string,
  execute: (call: Call) => Promise<void>,
  more: Partial<Pick<Command, 'audience' | 'controls'>> & { description?: string } = {},
): Command {
  const { description = `does ${name}`, ...rest } = more
  return {
    group: 'node',
    operation: { name },
    audience: 'channel',
    data: { type: ApplicationCommandOptionType.Subcommand, name, description },
    execute,
    ...rest,
  }
}

/** Builds the stage; the bot is not started. */
export async function setStage(options: {
  commands: readonly Command[]
  clock?: Clock
  token?: string
  discord?: Partial<DiscordOptions>
  /** Puts something between the bot and the API. */
  front?(apiUrl: string): Promise<string>
}): Promise<BotStage> {
  const clock = options.clock ?? systemClock
  const folder = await mkdtemp(join(tmpdir(), 'ocm-stage-'))
  const discord = await startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada', roles: ['admin'] }, { name: 'Vera' }],
    roles: [{ name: 'admin' }],
    channels: [{ name: 'ops' }],
    page: false,
    clock,
    ...options.discord,
  })
  const log = keepLog()
  const { context } = createFakeContext([], clock)
  context.log = log
  const { guild, channels, roles } = discord.ids
  const apiUrl = (await options.front?.(discord.apiUrl)) ?? discord.apiUrl
  let questions = await openQuestions(folder, context)
  const build = (commands: readonly Command[]) =>
    createBot({
      config: { token: options.token ?? TOKEN, guildId: guild, channelId: channels.ops ?? '', apiUrl },
      context,
      grants: [{ subject: { kind: 'role', id: roles.admin ?? '' }, grant: { level: 'admin', tags: null } }],
      confirmations: questions.confirmations,
      questionCards: questions.questionCards,
      defaultLocale: 'en',
      commands,
    })
  const stage: BotStage = {
    discord,
    bot: build(options.commands),
    log,
    ada: person(discord, 'Ada'),
    vera: person(discord, 'Vera'),
    requests: (method, path) =>
      discord.requests().filter((call) => call.method === method && path.test(call.path)).length,
    async rebuild(commands) {
      await stage.bot.stop()
      await questions.close()
      questions = await openQuestions(folder, context)
      stage.bot = build(commands)
      return stage.bot
    },
    async close() {
      discord.faults.clear()
      await stage.bot.stop()
      await questions.close()
      await rm(folder, { recursive: true, force: true })
      await discord.close()
    },
  }
  return stage
}
