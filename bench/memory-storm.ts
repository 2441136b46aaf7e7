import { parseArgs } from 'node:util'
import { percentile } from './accounting.ts'
import { askForList } from './ask-for-list.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'
import { stormStage } from './storm-stage.ts'

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

const { bot, discord, as, stop } = await stormStage(nodes, share)
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
const { answerTimes, ...counted } = await stop<Told>()
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
