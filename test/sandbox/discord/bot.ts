import { Client, type ClientOptions, Events, GatewayIntentBits, type Interaction } from 'discord.js'
import { makeRequest } from '../../../src/discord/rest-options.ts'
import type { As, MessageView, SandboxLocale } from '../../../src/sandbox/discord/control.ts'
import {
  type DiscordOptions,
  type DiscordSandbox,
  startDiscord,
} from '../../../src/sandbox/discord/start-discord.ts'

export const TOKEN = 'a-token-of-the-emulator'

export interface Stage {
  discord: DiscordSandbox
  client: Client
  /** Errors that the bot's handlers threw. */
  errors: unknown[]
  as(user: string, locale?: SandboxLocale): As
  /** The newest message that this user sees and that is not thinking. */
  newest(as: As, fits?: (message: MessageView) => boolean): Promise<MessageView>
  close(): Promise<void>
}

export async function emulator(more: Partial<DiscordOptions> = {}): Promise<DiscordSandbox> {
  return startDiscord({
    token: TOKEN,
    users: [{ name: 'Ada', roles: ['admin'] }, { name: 'Oki', roles: ['operator'] }, { name: 'Vera' }],
    roles: [
      { name: 'admin', permissions: 8n },
      { name: 'operator', mentionable: true },
    ],
    channels: [
      { name: 'ops' },
      { name: 'secret', overwrites: { '@everyone': { deny: 1n << 10n }, operator: { allow: 1n << 10n } } },
    ],
    ...more,
  })
}

export function newClient(discord: DiscordSandbox, more: Partial<ClientOptions> = {}): Client {
  return new Client({
    intents: [GatewayIntentBits.Guilds],
    ...more,
    rest: { makeRequest, api: discord.apiUrl, ...more.rest },
  })
}

export async function logIn(client: Client): Promise<void> {
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve))
  await client.login(TOKEN)
  await ready
}

/** An emulator and a real discord.js client that hands every interaction to `handler`. */
export async function stage(
  handler: (interaction: Interaction) => Promise<unknown>,
  more: Partial<DiscordOptions> = {},
  client: Partial<ClientOptions> = {},
): Promise<Stage> {
  const discord = await emulator(more)
  const bot = newClient(discord, client)
  const errors: unknown[] = []
  bot.on(Events.Error, (error) => errors.push(error))
  bot.on(Events.InteractionCreate, (interaction) => {
    handler(interaction).catch((error) => errors.push(error))
  })
  await logIn(bot)
  return {
    discord,
    client: bot,
    errors,
    as: (user, locale = 'en-US') => ({
      userId: discord.ids.users[user] ?? '',
      locale,
      channelId: discord.ids.channels.ops ?? '',
    }),
    newest: (as, fits = () => true) =>
      discord.until(() => discord.control.messages(as).findLast((one) => !one.thinking && fits(one))),
    async close() {
      await bot.destroy()
      await discord.close()
    },
  }
}
