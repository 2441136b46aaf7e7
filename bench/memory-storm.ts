import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { YOUNG_SPACE } from '../src/cli/bot-program.ts'
import { startDiscord } from '../src/sandbox/discord/start-discord.ts'
import { makeKeyPair } from '../test/support/key-pair.ts'
import { percentile } from './accounting.ts'
import { askForList } from './ask-for-list.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'
import { registryOf } from './memory-nodes.ts'

/**
 * Commands in a storm: the whole bot on the embedded Discord, with nodes that live in memory and of which SHARE per cent of
 * the sessions stand above a threshold, sweeps without a pause while a person asks for the list again and again.
 * `npm run bench:storm -- NODES SHARE`; prints one line of JSON, and with `--write` puts its row into docs/benchmarks.md. Aim: first visible reply p95 of 60 ms at most.
 */
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [nodes = 1_000, share = 30] = positionals.map(Number)
const TOKEN = 'embedded.discord.token-0123456789'
const COMMANDS = 60
/** The first opens the incidents, the second follows them up while they are posted. */
const SWEEPS = 2
const PAUSE_MS = 150

interface Told {
  sweeps: number
  incidents: number
  loopP95Ms: number
  answerTimes: number[]
}

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
await askForList(discord, as)
// From here on the storm breaks loose: thousands of incidents open while the commands are typed.
let swept = 0
bot.on('message', (message) => {
  if (message === 'swept') swept += 1
})
bot.send('sweep')
const acknowledged: number[] = []
while (swept < SWEEPS || acknowledged.length < COMMANDS) {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  acknowledged.push((await askForList(discord, as)).acknowledged)
}
bot.off('exit', early)
const told = new Promise<Told>((resolve) => {
  bot.on('message', (message) => {
    if (typeof message === 'object') resolve(message as Told)
  })
})
bot.send('stop')
const { answerTimes, ...counted } = await told
await once(bot, 'exit')
await discord.close()
await rm(folder, { recursive: true })
const round = (value: number) => Math.round(value * 10) / 10
const figures = {
  acknowledgedP50Ms: percentile(acknowledged, 0.5),
  acknowledgedP95Ms: percentile(acknowledged, 0.95),
  botPartP50Ms: percentile(answerTimes, 0.5),
  botPartP95Ms: percentile(answerTimes, 0.95),
  commands: acknowledged.length,
  ...counted,
}
const rounded = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]))
process.stdout.write(`${JSON.stringify({ nodes, share, ...rounded })}\n`)
if (values.write) {
  const row = [
    `${nodes.toLocaleString('en')} nodes, ${share} %`,
    whenMeasured(),
    ...(['acknowledgedP50Ms', 'acknowledgedP95Ms', 'botPartP50Ms', 'botPartP95Ms', 'loopP95Ms'] as const).map(
      (name) => String(rounded[name]),
    ),
    String(counted.incidents),
  ]
  changeDocument((text) => putRow(text, 'Commands in a storm', row))
}
