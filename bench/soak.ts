import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { askForList } from './ask-for-list.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'
import { stormStage } from './storm-stage.ts'

/**
 * A long storm: sweeps without a pause while a person asks for the list, and how the memory of the bot moves at its end.
 * Its sessions fill up and compact, so that incidents open and end all the time, and their curves are as long as they get:
 * what grows then is not the fleet. Resident memory rises and falls with each collection of garbage, by tens of MB: the
 * slopes are those right after one, of what is resident, of that without what is free in V8's heap, and of what is held.
 * `npm run bench:soak -- MINUTES NODES SHARE` prints one line of JSON, with `--write` puts its row into docs/benchmarks.md,
 * and with `--samples FILE` adds a line of JSON there for each look at the memory. Aim: 1 MB an hour at most; V8 compiles and settles for half an hour.
 */
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false }, samples: { type: 'string' } },
  allowPositionals: true,
})
const [minutes = 30, nodes = 1_000, share = 30] = positionals.map(Number)
const SAMPLE_MS = 2_000
/** The bot collects its garbage several times as often by itself. */
const COLLECT_MS = 20_000
const MB = 2 ** 20
/** What comes before is the growth of a start: caches fill, the compiler works. */
const LAST_PART = 1 / 3

interface Told {
  sweeps: number
  incidents: number
  opened: number
  loopP95Ms: number
}

interface Sample {
  hours: number
  megabytes: number
}

const { bot, discord, as, stop } = await stormStage(nodes, share, { lasting: true })
const samples: Sample[] = []
const collected: Sample[] = []
const inUse: Sample[] = []
const held: Sample[] = []
const startedAt = performance.now()
const endAt = startedAt + minutes * 60_000
const sample = (bytes: number): Sample => ({
  hours: (performance.now() - startedAt) / 3_600_000,
  megabytes: bytes / MB,
})
bot.on('message', (message: string | { held?: number; resident: number; inUse: number }) => {
  if (typeof message !== 'object' || message.held === undefined) return
  held.push(sample(message.held))
  collected.push(sample(message.resident))
  inUse.push(sample(message.inUse))
  if (values.samples === undefined) return
  const minute = (performance.now() - startedAt) / 60_000
  appendFileSync(values.samples, `${JSON.stringify({ minute, ...message })}\n`)
})
bot.send('sweep')
const collecting = setInterval(() => bot.send('collect'), COLLECT_MS)
let commands = 0
while (performance.now() < endAt) {
  await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS))
  await askForList(discord, as)
  commands += 1
  samples.push(sample(residentBytes()))
}
clearInterval(collecting)
const { sweeps, incidents, opened, loopP95Ms } = await stop<Told>()
const round = (value: number) => Math.round(value * 10) / 10
const lastPart = (all: readonly Sample[]) => all.slice(-Math.max(3, Math.round(all.length * LAST_PART)))
const told = ({ slope, error }: ReturnType<typeof lineOf>) => `${round(slope)} ± ${round(error)}`
const figures = {
  firstMb: round(samples[0]?.megabytes ?? Number.NaN),
  mostMb: round(Math.max(...samples.map(({ megabytes }) => megabytes))),
  lastMb: round(samples.at(-1)?.megabytes ?? Number.NaN),
  slopeMbPerHour: told(lineOf(lastPart(collected))),
  inUseMb: round(inUse.at(-1)?.megabytes ?? Number.NaN),
  inUseSlopeMbPerHour: told(lineOf(lastPart(inUse))),
  heldMb: round(held.at(-1)?.megabytes ?? Number.NaN),
  heldSlopeMbPerHour: told(lineOf(lastPart(held))),
}
const counted = { sweeps, incidents, opened, commands, loopP95Ms: round(loopP95Ms) }
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
function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${bot.pid}/status`, 'utf8'))?.[1]) * 1024
}

/**
 * The line that fits best: its slope and the standard error of that, megabytes an hour. Two samples alone would be the luck
 * of a collection.
 */
function lineOf(all: readonly Sample[]): { slope: number; error: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const x = mean(all.map(({ hours }) => hours))
  const y = mean(all.map(({ megabytes }) => megabytes))
  const width = all.reduce((sum, one) => sum + (one.hours - x) ** 2, 0)
  const slope = all.reduce((sum, one) => sum + (one.hours - x) * (one.megabytes - y), 0) / width
  const off = all.reduce((sum, one) => sum + (one.megabytes - y - slope * (one.hours - x)) ** 2, 0)
  return { slope, error: Math.sqrt(off / (all.length - 2) / width) }
}
