import { percentile } from './accounting.ts'
import { type Answered, askForList } from './ask-for-list.ts'
import { startBot } from './bot-process.ts'
import { chatStage } from './chat-stage.ts'
import { type Bench, type Figures, fleetOf } from './suites.ts'

const COMMANDS = 60
/** A person's rhythm; also keeps the channel below Discord's limits. */
const PAUSE_MS = 150

/** The whole bot on the embedded Discord: memory at rest, and commands while a sweep of the fleet runs. */
export async function chatSuite(bench: Bench): Promise<Figures> {
  const idle = await withBot(bench, 4, async ({ bot }) => {
    await bot.run('list', true)
    return (await bot.run<{ rssMb: number }>('idle', 5_000)).value.rssMb
  })
  const { shown, acknowledged, bot } = await withBot(bench, bench.scale.nodes, async ({ bot, ask }) => {
    await bot.run('list', true)
    await bot.run('idle', 3_000)
    await ask()
    // In a fleet the nodes have processors of their own.
    bench.groups.server.setIdle(true)
    await bot.run('startSweeps')
    const times: Answered[] = []
    for (let command = 0; command < COMMANDS; command++) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      times.push(await ask())
    }
    const { value } = await bot.run<Sweeping>('stopSweeps')
    return {
      bot: value,
      shown: times.map((time) => time.shown),
      acknowledged: times.map((time) => time.acknowledged),
    }
  })
  return {
    idleRssMb: idle,
    sweeps: bot.sweeps,
    acknowledgedP50Ms: percentile(acknowledged, 0.5),
    acknowledgedP95Ms: percentile(acknowledged, 0.95),
    botPartP50Ms: percentile(bot.answerTimes, 0.5),
    botPartP95Ms: percentile(bot.answerTimes, 0.95),
    botLoopDelayP95Ms: bot.loopP95,
    shownP50Ms: percentile(shown, 0.5),
    shownP95Ms: percentile(shown, 0.95),
  }
}

/** What the bot tells of the time while it swept. */
interface Sweeping {
  sweeps: number
  /** From an interaction's frame to its first answer, inside the bot; milliseconds. */
  answerTimes: number[]
  /** How late the event loop came to what was due; milliseconds. */
  loopP95: number
}

interface ChattingBot {
  bot: Awaited<ReturnType<typeof startBot>>
  /** Types `/node list`; milliseconds until the person sees that the bot works, and until the first figures. */
  ask(): Promise<Answered>
}

async function withBot<T>(
  bench: Bench,
  nodes: number,
  work: (chatting: ChattingBot) => Promise<T>,
): Promise<T> {
  const { lab, groups, program } = bench
  const { discord, settings, as } = await chatStage()
  const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
  try {
    const fleet = fleetOf(bench, `chat-${nodes}`, lab.hosts(nodes))
    await bot.run('openApp', fleet, settings)
    const ask = () => askForList(discord, as)
    const result = await work({ bot, ask })
    await bot.run('close')
    return result
  } finally {
    await bot.end()
    await discord.close()
    groups.server.setIdle(false)
  }
}
