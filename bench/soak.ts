import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { askForList } from './ask-for-list.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'
import { stormStage } from './storm-stage.ts'

/**
 * A long storm: sweeps without a pause while a person asks for the list, and how the memory of the bot moves at its end.
 * `npm run bench:soak -- MINUTES NODES SHARE`; prints one line of JSON, and with `--write` puts its row into
 * docs/benchmarks.md. Aim after 30 minutes: 1 MB an hour at most.
 */
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [minutes = 30, nodes = 1_000, share = 30] = positionals.map(Number)
const SAMPLE_MS = 2_000
const MB = 1024
/** What comes before is the growth of a start: caches fill, the compiler works. */
const LAST_PART = 1 / 3

interface Told {
  sweeps: number
  incidents: number
  loopP95Ms: number
}

interface Sample {
  hours: number
  megabytes: number
}

const { bot, discord, as, stop } = await stormStage(nodes, share)
const samples: Sample[] = []
const startedAt = performance.now()
const endAt = startedAt + minutes * 60_000
bot.send('sweep')
let commands = 0
while (performance.now() < endAt) {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
  await askForList(discord, as)
  commands += 1
  samples.push({ hours: (performance.now() - startedAt) / 3_600_000, megabytes: residentKb() / MB })
}
const { sweeps, incidents, loopP95Ms } = await stop<Told>()
const last = samples.slice(-Math.max(2, Math.round(samples.length * LAST_PART)))
const round = (value: number) => Math.round(value * 10) / 10
const figures = {
  firstMb: round(samples[0]?.megabytes ?? Number.NaN),
  mostMb: round(Math.max(...samples.map(({ megabytes }) => megabytes))),
  lastMb: round(last.at(-1)?.megabytes ?? Number.NaN),
  slopeMbPerHour: round(slopeOf(last)),
}
const counted = { sweeps, incidents, commands, loopP95Ms: round(loopP95Ms) }
process.stdout.write(`${JSON.stringify({ minutes, nodes, share, ...counted, ...figures })}\n`)
if (values.write) {
  const row = [
    `${minutes} minutes, ${nodes.toLocaleString('en')} nodes, ${share} %`,
    whenMeasured(),
    ...Object.values(figures).map(String),
    ...Object.values(counted).map(String),
  ]
  changeDocument((text) => putRow(text, 'Memory in a long storm', row))
}

/** What the kernel counts as in memory; proc(5), "VmRSS". */
function residentKb(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${bot.pid}/status`, 'utf8'))?.[1])
}

/** The slope of the line that fits best, megabytes an hour: two samples alone would be the luck of a garbage collection. */
function slopeOf(all: readonly Sample[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(all.map(({ hours }) => hours))
  const y = mean(all.map(({ megabytes }) => megabytes))
  const over = all.reduce((sum, one) => sum + (one.hours - x) * (one.megabytes - y), 0)
  return over / all.reduce((sum, one) => sum + (one.hours - x) ** 2, 0)
}
