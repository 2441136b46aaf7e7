import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Clock, systemClock } from '../src/base/clock.ts'
import { fitHeap } from '../src/base/heap-growth.ts'
import { HEAP_OPTIONS } from '../src/cli/bot-program.ts'
import { createContext } from '../src/create-context.ts'
import { Monitor } from '../src/monitor/monitor.ts'
import { loadConfig } from '../src/settings/config.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'
import { memoryNodes, registryOf } from './memory-nodes.ts'

/**
 * Sweeps over a fleet that lives in memory: everything of the monitor, the incidents and the store is real, and only the
 * nodes answer at once. `npm run bench:memory -- NODES SHARE`, where SHARE is how many per cent of the sessions stand
 * above a threshold; prints one line of JSON, and with `--write` puts its row into docs/benchmarks.md.
 */
const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [nodes = 1_000, share = 5] = positionals.map(Number)
// As the bot is started: the young space of a process that runs cannot be set.
if (!HEAP_OPTIONS.every((option) => process.execArgv.includes(option))) {
  const words = [...HEAP_OPTIONS, '--import', 'tsx', import.meta.filename, ...process.argv.slice(2)]
  process.exit(spawnSync(process.execPath, words, { stdio: 'inherit' }).status ?? 1)
}
fitHeap(nodes)
const SWEEPS = 20
const INTERVAL_MS = 30_000

let ahead = 0
const clock: Clock = {
  now: () => systemClock.now() + ahead,
  monotonic: () => systemClock.monotonic() + ahead,
  sleep: (ms, signal) => systemClock.sleep(ms, signal),
}
/** Nodes are not begun one after the other here: that only spreads the cost. */
const hasty: Clock = { ...clock, sleep: () => nextTurn() }
const log = { debug() {}, info() {}, warn() {}, error() {} }
const written = () => Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? 0)
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
const round = (value: number) => Math.round(value * 10) / 10

const folder = await mkdtemp(join(tmpdir(), 'ocm-memory-fleet-'))
await writeFile(join(folder, 'registry.json'), JSON.stringify(registryOf(nodes)))
const settings = { OCM_DATA_DIR: folder, OCM_SSH_KEY: join(folder, 'none'), OCM_SSH_AGENT: 'none' }
const config = loadConfig(settings, { discord: 'optional' })
const open = () => createContext(config, { clock, log, ssh: 'optional' })

const owned = await open()
const fleet = memoryNodes({ nodes, share, clock })
let answered = 0
/** What the process had taken when the last node of a sweep had answered: from then on it judges, reports and saves. */
let readUsage = process.cpuUsage()
const link: typeof fleet.link = (node) => {
  const reached = fleet.link(node)
  return {
    ...reached,
    async snapshot(limits) {
      const seen = await reached.snapshot(limits)
      answered += 1
      if (answered % nodes === 0) readUsage = process.cpuUsage()
      return seen
    },
  }
}
const monitorOf = ({ context, histories }: typeof owned) =>
  new Monitor({
    context: { ...context, clock: hasty, nodes: { link } },
    histories,
    rules: () => context.rules.value(),
    report: (input) => context.incidents.apply(input),
  })

async function sweep(monitor: Monitor, number: number) {
  fleet.answerAs(number)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  // The loop reads the time once a turn: what making the answers took would count as the first stop.
  await nextTurn()
  delay.enable()
  await nextTurn()
  const [cpu, bytes] = [process.cpuUsage(), written()]
  await monitor.sweep(new AbortController().signal)
  const { user, system } = process.cpuUsage(cpu)
  const after = process.cpuUsage(readUsage)
  await nextTurn()
  delay.disable()
  return {
    cpuMs: (user + system) / 1_000,
    judgedCpuMs: (after.user + after.system) / 1_000,
    longestStopMs: delay.max / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
    writtenKb: (written() - bytes) / 1_024,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
  }
}

const monitor = monitorOf(owned)
const first = await sweep(monitor, 0)
const later: (typeof first)[] = []
for (let number = 1; number <= SWEEPS; number += 1) {
  ahead += INTERVAL_MS
  later.push(await sweep(monitor, number))
}
await monitor.stop()
await owned.close()
// A process of its own, as a start is: nothing is warm, and the memory is that of this history alone.
const starter = join(import.meta.dirname, 'memory-start.ts')
const child = spawnSync(process.execPath, ['--import', 'tsx', starter, folder], { encoding: 'utf8' })
const start = JSON.parse(child.stdout) as Record<string, number>
await rm(folder, { recursive: true })
const figures = Object.keys(first) as (keyof typeof first)[]
const rounded = <T extends Record<string, number>>(values: T) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, round(value)]))
const typical = Object.fromEntries(figures.map((name) => [name, median(later.map((one) => one[name]))]))
process.stdout.write(
  `${JSON.stringify({ nodes, share, first: rounded(first), sweep: rounded(typical), start: rounded(start) })}\n`,
)
if (values.write) {
  const fixed = (value: number | undefined) => (value ?? Number.NaN).toFixed(0)
  const row = [
    `${nodes.toLocaleString('en')} nodes, ${share} %`,
    'this one',
    fixed(typical.cpuMs),
    fixed(typical.judgedCpuMs),
    fixed(typical.longestStopMs),
    fixed(typical.p99Ms),
    fixed(typical.writtenKb),
    fixed(first.cpuMs),
    fixed(typical.rssMb),
    fixed(start.allReadCpuMs),
    fixed(start.rssMb),
    whenMeasured(),
  ]
  changeDocument((text) => putRow(text, 'A fleet in memory', row, 2))
}
