import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../src/base/clock.ts'
import { createApp } from '../src/create-app.ts'
import { numberOf } from '../src/incidents/incident-index.ts'
import { Monitor } from '../src/monitor/monitor.ts'
import { loadConfig } from '../src/settings/config.ts'
import { timeAnswers } from './answer-times.ts'
import { memoryNodes } from './memory-nodes.ts'

/**
 * The bot of {@link file://./memory-storm.ts}, in a process of its own as people run it: takes its settings and the fleet
 * as JSON, sweeps without a pause from `sweep` on until it is told `stop`, and then tells what it measured. Told `collect`,
 * it collects its garbage after the sweep and tells in bytes what is held then, what is resident, and what of that is in use.
 */
const { settings, nodes, share, compacts } = JSON.parse(process.argv[2] ?? '') as {
  settings: Record<string, string>
  nodes: number
  share: number
  compacts: boolean
}
const log = { debug() {}, info() {}, warn() {}, error() {} }
const app = await createApp(loadConfig(settings), { log })
const fleet = memoryNodes({ nodes, share, clock: systemClock, compacts })
fleet.answerAs(0)
const { context, histories } = app.owned
context.nodes = { ...context.nodes, link: fleet.link }
await app.start()
const client = app.bot.client()
const answerTimes = client ? timeAnswers(client) : []
const monitor = new Monitor({
  context,
  histories,
  rules: () => context.rules.value(),
  report: (input) => context.incidents.apply(input),
})

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
/** What lasts moves at the pace of time, however fast the machine sweeps: what is kept for minutes is as much at any load. */
const PACE_MS = 5_000
const GIVEN_BACK_MS = 500
const startedAt = performance.now()
const end = new AbortController()
const delay = monitorEventLoopDelay({ resolution: 2 })
let sweeps = 0
let collecting = false
let sweeping: Promise<void> = Promise.resolve()

async function sweepOn(): Promise<void> {
  delay.enable()
  for (; !end.signal.aborted; sweeps++) {
    fleet.answerAs(compacts ? Math.floor((performance.now() - startedAt) / PACE_MS) : sweeps)
    await monitor.sweep(end.signal)
    process.send?.('swept')
    if (collecting) process.send?.(await leftAfterCollection())
    collecting = false
  }
}

/** Always between two sweeps: in the middle of one, more is held. Twice: the first finds what is to be finalized. */
async function leftAfterCollection() {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  // V8 gives pages back in threads of its own, late where the machine is busy.
  await setTimeout(GIVEN_BACK_MS)
  const { heapTotal, rss } = process.memoryUsage()
  const { length: incidents } = context.incidents.state().incidents
  const code = getHeapCodeStatistics().code_and_metadata_size
  return {
    held: heapUsed + external,
    resident: rss,
    inUse: rss - (heapTotal - heapUsed),
    code,
    incidents,
    swept: sweeps,
  }
}

async function stop(): Promise<void> {
  end.abort()
  await sweeping
  const kept = context.incidents.state().incidents
  const incidents = kept.length
  const opened = Math.max(0, ...kept.map(({ id }) => numberOf(id)))
  process.send?.({ sweeps, incidents, opened, loopP95Ms: delay.percentile(95) / 1e6 - 2, answerTimes })
  await monitor.stop()
  await app.stop()
  process.exit(0)
}

process.on('message', (order) => {
  if (order === 'stop') return void stop()
  if (order === 'collect') {
    collecting = true
    return
  }
  sweeping = sweepOn().catch(() => undefined)
})
process.send?.('ready')
