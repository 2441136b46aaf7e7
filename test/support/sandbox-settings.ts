import { join } from 'node:path'
import type { Sandbox } from '../../src/sandbox/stage/start-sandbox.ts'

/** What another process of ocm needs to work with the Discord, the nodes and the data of a sandbox. */
export function settingsBeside({
  discord,
  folder,
}: Pick<Sandbox, 'discord' | 'folder'>): Record<string, string> {
  return {
    DISCORD_TOKEN: 'embedded.discord.token-0123456789',
    DISCORD_GUILD_ID: discord.ids.guild,
    DISCORD_CHANNEL_ID: discord.ids.channels.fleet ?? '',
    DISCORD_API_URL: discord.apiUrl,
    OCM_ADMINS: `role:${discord.ids.roles.admin}`,
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: join(folder, 'id_ed25519'),
    OCM_SSH_AGENT: 'none',
  }
}
