import { startDiscord } from '../src/sandbox/discord/start-discord.ts'

const TOKEN = 'embedded.discord.token-0123456789'

/** An embedded Discord with one person who may do everything. */
export interface ChatStage {
  discord: Awaited<ReturnType<typeof startDiscord>>
  /** By which a bot finds it. */
  settings: Record<string, string>
  as: { userId: string; locale: 'en-US'; channelId: string }
}

/** Starts it, without a page. */
export async function chatStage(): Promise<ChatStage> {
  const discord = await startDiscord({
    token: TOKEN,
    guild: { name: 'Bench' },
    bot: { name: 'ocm' },
    roles: [{ name: 'admin' }],
    users: [{ name: 'Aoi', roles: ['admin'] }],
    channels: [{ name: 'fleet' }],
    page: false,
  })
  discord.expectRefusal({ code: 10_062 })
  const { ids } = discord
  const channelId = ids.channels.fleet ?? ''
  return {
    discord,
    settings: {
      DISCORD_TOKEN: TOKEN,
      DISCORD_GUILD_ID: ids.guild,
      DISCORD_CHANNEL_ID: channelId,
      DISCORD_API_URL: discord.apiUrl,
      OCM_ADMINS: `role:${ids.roles.admin}`,
    },
    as: { userId: ids.users.Aoi ?? '', locale: 'en-US', channelId },
  }
}
