import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HEAP_OPTIONS } from '../src/cli/bot-program.ts'
import { makeKeyPair } from '../test/support/key-pair.ts'
import { type ChatStage, chatStage } from './chat-stage.ts'
import { writeFullCurves } from './full-curves.ts'
import { registryOf } from './memory-nodes.ts'

/** The whole bot in a process of its own, on the embedded Discord, with nodes that live in memory. */
export interface StormStage extends Pick<ChatStage, 'discord' | 'as'> {
  bot: ChildProcess
  /** Has the bot end, and returns what it measured. */
  stop<Told>(): Promise<Told>
}

/**
 * @param share per cent of the sessions that stand above a threshold
 * @param lasting whether the sessions compact when they are full, and have curves already, as long as they get
 */
export async function stormStage(
  nodes: number,
  share: number,
  { lasting = false } = {},
): Promise<StormStage> {
  const { discord, settings: chat, as } = await chatStage()
  const folder = await mkdtemp(join(tmpdir(), 'ocm-memory-storm-'))
  await writeFile(join(folder, 'registry.json'), JSON.stringify(registryOf(nodes)))
  await writeFile(join(folder, 'key'), makeKeyPair().private, { mode: 0o600 })
  const settings = {
    ...chat,
    OCM_DATA_DIR: folder,
    OCM_SSH_KEY: join(folder, 'key'),
    OCM_SSH_AGENT: 'none',
  }
  if (lasting) await writeFullCurves(folder, { nodes, share })
  const bot = fork(
    join(import.meta.dirname, 'memory-storm-bot.ts'),
    [JSON.stringify({ settings, nodes, share, compacts: lasting })],
    {
      execArgv: [...HEAP_OPTIONS, '--import', 'tsx'],
    },
  )
  const early = (code: number | null) => {
    process.stderr.write(`the bot ended early with ${code}\n`)
    process.exit(1)
  }
  bot.once('exit', early)
  await once(bot, 'message')
  return {
    bot,
    discord,
    as,
    async stop<Told>() {
      bot.off('exit', early)
      const told = new Promise<Told>((resolve) => {
        bot.on('message', (message) => {
          if (typeof message === 'object' && message !== null && 'sweeps' in message) resolve(message as Told)
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
