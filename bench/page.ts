import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { HEAP_OPTIONS } from '../src/cli/bot-program.ts'
import { makeKeyPair } from '../test/support/key-pair.ts'
import { percentile } from './accounting.ts'
import { chatStage } from './chat-stage.ts'
import { changeDocument, putSection, whenMeasured } from './document.ts'
import { registryOf } from './memory-nodes.ts'
import { type Painted, paint } from './page-paint.ts'
import { askMany, follow } from './page-readers.ts'
import { startRival } from './page-rival.ts'

/**
 * The API and the page of a whole bot whose nodes live in memory: `npm run bench:page -- NODES`. Requests for the list, how
 * long a change takes to all who have the page open, and the first paint in Chromium; with `--rival`, as root, in turns with the
 * list of as many hosts of Nagios. Prints one line of JSON, and with `--write` puts its section into docs/benchmarks.md.
 */
const { values, positionals } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rival: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const [nodes = 400] = positionals.map(Number)
const SHARE = 5
const TOKENS = 150
const CONNECTIONS = 8
const PAGES = 100
const CHANGES = values.quick ? 3 : 20
const SECONDS = values.quick ? 2 : 10
const PAINTS = values.quick ? 1 : 5
const AIMS = { p99Ms: 10, perSecond: 2_000, toldMs: 300, paintMs: 1_000, kb: 150 }

const { discord, settings: chat } = await chatStage()
const folder = await mkdtemp(join(tmpdir(), 'ocm-page-'))
await writeFile(join(folder, 'registry.json'), JSON.stringify(registryOf(nodes)))
await writeFile(join(folder, 'key'), makeKeyPair().private, { mode: 0o600 })
const settings = {
  OCM_DATA_DIR: folder,
  OCM_SSH_KEY: join(folder, 'key'),
  OCM_SSH_AGENT: 'none',
  OCM_HTTP_LISTEN: '127.0.0.1:0',
  OCM_REFRESH_INTERVAL_MS: '5000',
  ...chat,
}
const bot = fork(
  join(import.meta.dirname, 'page-bot.ts'),
  [JSON.stringify({ settings, nodes, share: SHARE, tokens: TOKENS })],
  { execArgv: [...HEAP_OPTIONS, '--import', 'tsx'] },
)
const early = (code: number | null) => {
  process.stderr.write(`the bot ended early with ${code}\n`)
  process.exit(1)
}
bot.once('exit', early)

async function told<T>(child: ChildProcess, order?: string): Promise<T> {
  const answer = once(child, 'message')
  if (order !== undefined) child.send(order)
  const [message] = await answer
  return message as T
}

interface Usage {
  usage: NodeJS.CpuUsage
  at: number
  rssMb: number
}

const { api, tokens } = await told<{ api: string; tokens: string[] }>(bot)
while ((await told<{ seen: number }>(bot, 'seen')).seen < nodes)
  await new Promise((wake) => setTimeout(wake, 200))

/** How much of a core the bot needs between two moments. */
function shareOf(before: Usage, after: Usage): number {
  const busy = after.usage.user + after.usage.system - before.usage.user - before.usage.system
  return busy / 1_000 / (after.at - before.at)
}

/** What its own work takes of one core, while nobody asks. */
async function unasked(): Promise<number> {
  const before = await told<Usage>(bot, 'usage')
  await new Promise((wake) => setTimeout(wake, SECONDS * 1_000))
  return shareOf(before, await told<Usage>(bot, 'usage'))
}

/** The list from memory, asked for as quickly as it comes. */
async function asked(ownShare: number) {
  await askMany({ api, tokens, connections: CONNECTIONS, ms: 1_000 })
  const before = await told<Usage>(bot, 'usage')
  const { times, bytes } = await askMany({ api, tokens, connections: CONNECTIONS, ms: SECONDS * 1_000 })
  const after = await told<Usage>(bot, 'usage')
  const seconds = (after.at - before.at) / 1_000
  const secondsOfOne = ((shareOf(before, after) - ownShare) * seconds) / times.length
  return {
    perSecond: times.length / seconds,
    cpuMs: secondsOfOne * 1_000,
    // What of one core the bot's own work leaves, whatever else the machine does meanwhile.
    perCoreSecond: (1 - ownShare) / secondsOfOne,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    kb: bytes / 1_024,
    rssMb: after.rssMb,
  }
}

/** The same, one request after the other: what one program waits. */
async function alone() {
  const { times } = await askMany({ api, tokens, connections: 1, ms: (SECONDS * 1_000) / 2 })
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
}

/** How long until the last of all who have the page open was told of a change. */
async function changed() {
  const readers = await follow({ api, tokens, count: PAGES })
  const took: number[] = []
  for (let count = 0; count < CHANGES; count += 1) {
    const change = await told<{ name: string; at: number }>(bot, 'rename')
    took.push((await readers.allHave(change.name)) - change.at)
  }
  const { rssMb } = await told<Usage>(bot, 'usage')
  readers.close()
  return { lastP50Ms: percentile(took, 0.5), lastMaxMs: Math.max(...took), rssMb }
}

const ownShare = await unasked()
const list = await asked(ownShare)
const one = await alone()
const changes = await changed()
const paints: Painted[] = []
const others: Painted[] = []
const rival = values.rival ? await startRival(nodes) : null
for (let count = 0; count < PAINTS; count += 1) {
  const { link } = await told<{ link: string }>(bot, 'link')
  paints.push(await paint(link, nodes))
  if (rival) others.push(await paint(rival.link, nodes, rival.look))
}
await rival?.close()
bot.off('exit', early)
bot.send('stop')
await once(bot, 'exit')
await discord.close()
await rm(folder, { recursive: true })
function middle(all: readonly Painted[]): Painted {
  const of = (figure: keyof Painted) =>
    percentile(
      all.map((one) => one[figure]),
      0.5,
    )
  return { firstPaintMs: of('firstPaintMs'), screenMs: of('screenMs'), rowsMs: of('rowsMs'), kb: of('kb') }
}
const first = middle(paints)
const other = rival && middle(others)
const paintText = ({ screenMs, firstPaintMs, rowsMs }: Painted) =>
  `${screenMs.toFixed(0)} ms; something after ${firstPaintMs.toFixed(0)} ms, all rows after ${rowsMs.toFixed(0)} ms`
process.stdout.write(
  `${JSON.stringify({ nodes, ownShare, list, one, changes, first, other }, (_key, value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : value))}\n`,
)
if (values.write) {
  const row = (what: string, aim: string, measured: string, met: boolean) =>
    `| ${what} | ${aim} | ${measured} | ${met ? 'met' : '**missed**'} |`
  const section = [
    '## The API and the page',
    '',
    `Measured on ${whenMeasured()}.`,
    '',
    `\`npm run bench:page\` runs the whole bot over ${nodes} nodes that live in memory, with a pass over them every five seconds, and`,
    "asks it from another process. Requests for one core are what the bot's own work leaves of it, at the CPU of one request. Chromium",
    'has started and is slowed down four times by its own means. What is judged is the first picture with the fleet: counts, the incidents',
    'that are open, and a screen of rows; "all" is when every row is in the page, and "something" when anything at all is seen. The open',
    'pages take what comes compressed, as browsers do, and only note when it came: what it says is read once the change is over.',
    '',
    '| what | aim | measured |  |',
    '| --- | --- | --- | --- |',
    row(
      `\`GET /nodes?live=false\` of ${nodes} nodes (${list.kb.toFixed(0)} KB), one after the other`,
      `p99 ≤ ${AIMS.p99Ms} ms`,
      `${one.p99Ms.toFixed(1)} ms (p50 ${one.p50Ms.toFixed(1)} ms)`,
      one.p99Ms <= AIMS.p99Ms,
    ),
    row(
      `the same over ${CONNECTIONS} connections at once`,
      `≥ ${AIMS.perSecond.toLocaleString('en')} requests a second on one core`,
      `${Math.round(list.perCoreSecond).toLocaleString('en')} (p99 ${list.p99Ms.toFixed(1)} ms)`,
      list.perCoreSecond >= AIMS.perSecond,
    ),
    row(
      `a change on ${PAGES} open pages, the last of them`,
      `≤ ${AIMS.toldMs} ms`,
      `${changes.lastP50Ms.toFixed(0)} ms, at most ${changes.lastMaxMs.toFixed(0)} ms of ${CHANGES} changes; bot ${changes.rssMb.toFixed(0)} MB`,
      changes.lastMaxMs <= AIMS.toldMs,
    ),
    row(
      `first paint of the page with ${nodes} nodes, a screen of rows`,
      `≤ ${AIMS.paintMs.toLocaleString('en')} ms`,
      paintText(first),
      first.screenMs <= AIMS.paintMs,
    ),
    row('transferred for it', `≤ ${AIMS.kb} KB`, `${first.kb.toFixed(0)} KB`, first.kb <= AIMS.kb),
    ...(rival && other
      ? [
          `| in turns with it, ${rival.name}: its list of as many hosts | | ${paintText(other)} | |`,
          `| transferred for that | | ${other.kb.toFixed(0)} KB | |`,
        ]
      : []),
  ].join('\n')
  changeDocument((text) => putSection(text, section))
}
