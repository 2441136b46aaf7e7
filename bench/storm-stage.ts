import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { YOUNG_SPACE } from '../src/cli/bot-program.ts'
import { startDiscord } from '../src/sandbox/discord/start-discord.ts'
import { makeKeyPair } from '../test/support/key-pair.ts'
import { registryOf } from './memory-nodes.ts'

const TOKEN = 'embedded.discord.token-0123456789'

/** The whole bot in a process of its own, on the embedded Discord, with nodes that live in memory. */
export interface StormStage {
  bot: ChildProcess
  discord: Awaited<ReturnType<typeof startDiscord>>
  as: { userId: string; locale: 'en-US'; channelId: string }
  /** Has the bot end, and returns what it measured. */
  stop<Told>(): Promise<Told>
}

/** @param share per cent of the sessions that stand above a threshold */
export async function stormStage(nodes: number, share: number): Promise<StormStage> {
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
  const folder = await mkdtemp(join(tmpdir(), 'ocm-memory-storm-'))
  await writeFile(join(folder, 'registry.json'), JSON.stringify(registryOf(nodes)))
  await writeFile(join(folder, 'key'), makeKeyPair().private, { mode: 0o600 })
  const { ids } = discord
  const settings = {
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: join(folder, 'key'),
    OCM_SSH_AGENT: 'none',
    DISCORD_TOKEN: TOKEN,
    DISCORD_GUILD_ID: ids.guild,
    DISCORD_CHANNEL_ID: ids.channels.fleet,
    DISCORD_API_URL: discord.apiUrl,
    OCM_ADMINS: `role:${ids.roles.admin}`,
  }
  const bot = fork(
    join(import.meta.dirname, 'memory-storm-bot.ts'),
    [JSON.stringify({ settings, nodes, share })],
    {
      execArgv: [...YOUNG_SPACE, '--import', 'tsx'],
    },
  )
  const early = (code: number | null) => {
    process.stderr.write(`the bot ended early with ${code}\n`)
    process.exit(1)
  }
  bot.once('exit', early)
  await once(bot, 'message')
  const as = { userId: ids.users.Aoi ?? '', locale: 'en-US', channelId: ids.channels.fleet ?? '' } as const
  return {
    bot,
    discord,
    as,
    async stop<Told>() {
      bot.off('exit', early)
      const told = new Promise<Told>((resolve) => {
        bot.on('message', (message) => {
          if (typeof message === 'object') resolve(message as Told)
        })
      })
      bot.send('stop')
      const figures = await told
      await once(bot, 'exit')
      await discord.close()
      await rm(folder, { recursive: true })
      return figures
    },
  }
}
