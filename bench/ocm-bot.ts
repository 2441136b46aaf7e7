import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemClock } from '../src/base/clock.ts'
import { createApp } from '../src/create-app.ts'
import { createContext, type OwnedContext } from '../src/create-context.ts'
import { Monitor } from '../src/monitor/monitor.ts'
import { PROBE_SCRIPT } from '../src/openclaw/probe-script.ts'
import { QUICK_PROBE_SCRIPT } from '../src/openclaw/quick-probe-script.ts'
import { listNodes } from '../src/operations/list-nodes.ts'
import { nodeStatus } from '../src/operations/node-status.ts'
import { runOperation } from '../src/operations/run-operation.ts'
import { loadConfig } from '../src/settings/config.ts'
import { loadSshAuth } from '../src/ssh/keys.ts'
import { createSshPool } from '../src/ssh/pool.ts'
import type { ScriptText, SshPool } from '../src/ssh/ssh.ts'
import { timeAnswers } from './answer-times.ts'
import { type Fleet, settingsOf } from './fleet.ts'
import { HOST_PROBE } from './lab.ts'

/** A running bot, or its connections alone, that does what its parent says and tells what it took. */

const actor = {
  face: 'cli',
  id: 'bench',
  name: 'bench',
  grants: [{ level: 'admin', tags: null }],
} as const
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const hostProbe = { text: HOST_PROBE, isolation: 'subshell', shell: 'any' } as ScriptText
const MARKER = 'bench'
/** As long as the idle time after which the memory of all connections is read. */
const BASE_SETTLE_MS = 30_000

let fleet: Fleet
let pool: SshPool
let owned: OwnedContext
let closeApp: () => Promise<void> = async () => {}
let answerTimes: readonly number[] = []

const sessionOf = (index: number) =>
  pool.session({
    nodeId: `n${index}`,
    host: fleet.hosts[index] ?? '',
    port: 22,
    user: 'root',
    hostKeys: [fleet.hostKey],
  })

async function sweep(
  script: ScriptText,
  args: readonly string[] = [],
  count = fleet.hosts.length,
): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      sessionOf(index).script(script, { deadlineMs: 60_000, args }),
    ),
  )
  return answers.map(({ stdout }) => stdout)
}

function rssMb(): number {
  for (let round = 0; round < 4; round++) globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

const tasks = {
  /** Connections alone. */
  async openPool(given: Fleet) {
    fleet = given
    const auth = await loadSshAuth({ agentSocket: null, keyFile: fleet.userKey, passphrase: null })
    pool = createSshPool({ auth, clock: systemClock, log: silent, connectTimeoutMs: 30_000 })
  },
  /** The same bytes as the rivals, through the held shells. */
  hostProbe: async () => (await sweep(hostProbe)).join(''),
  /** ocm's own probe as a list runs it. */
  fullProbe: async () =>
    (await sweep(PROBE_SCRIPT, [MARKER, '', 'openclaw-gateway.service', hexPort(), '', '', 'spare'])).filter(
      (text) => text.includes('"disk"') && text.includes('"unit_show"'),
    ).length,
  /** The figures that move, without starting a process on the node. */
  quickProbe: async () =>
    (await sweep(QUICK_PROBE_SCRIPT, [MARKER])).filter((text) => text.includes('"mem_available"')).length,
  /** Connects to every host, with the delay of the event loop and the memory that it took. */
  async connectAll() {
    // The first connections load and compile what all of them share; what that left over goes with time.
    const first = Math.floor(fleet.hosts.length / 10)
    await sweep(QUICK_PROBE_SCRIPT, [MARKER], first)
    await systemClock.sleep(BASE_SETTLE_MS)
    const before = rssMb()
    const delay = monitorEventLoopDelay({ resolution: 2 })
    delay.enable()
    const started = performance.now()
    const spent = process.cpuUsage()
    await sweep(QUICK_PROBE_SCRIPT, [MARKER])
    delay.disable()
    const connectS = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(spent)
    return {
      first,
      before,
      connectS,
      connectCpuS: (user + system) / 1e6,
      loopP99: delay.percentile(99) / 1e6 - 2,
    }
  },
  /** What an idle bot costs, without the collections that its memory is read after. */
  async idle(ms: number) {
    const before = process.cpuUsage()
    await systemClock.sleep(ms)
    const { user, system } = process.cpuUsage(before)
    return { cpuPercent: (user + system) / ms / 10, rssMb: rssMb() }
  },
  /** The whole program without Discord. */
  async openContext(given: Fleet, settings: Record<string, string> = {}) {
    fleet = given
    owned = await createContext(loadConfig({ ...settingsOf(fleet), ...settings }, { discord: 'optional' }))
  },
  /** The whole program with Discord. */
  async openApp(given: Fleet, settings: Record<string, string>) {
    fleet = given
    const app = await createApp(loadConfig({ ...settingsOf(fleet), ...settings }))
    await app.start()
    owned = app.owned
    const client = app.bot.client()
    if (client) answerTimes = timeAnswers(client)
    closeApp = () => app.stop()
  },
  /** The operation `list`; `firstHealthyMs` is when the last row of an answering node was shown. */
  async list(live: boolean) {
    const started = performance.now()
    let firstHealthyMs = Number.NaN
    const healthy = (rows: readonly { state: string; pending: boolean }[]) =>
      rows.filter(({ state, pending }) => state === 'serving' && !pending).length
    let most = 0
    const report = await runOperation(
      owned.context,
      actor,
      listNodes,
      { live },
      {
        onProgress(list) {
          if (healthy(list.rows) <= most) return
          most = healthy(list.rows)
          firstHealthyMs = performance.now() - started
        },
      },
    )
    const { counts, rows } = report.data
    return { counts, rows: rows.length, firstHealthyMs, ms: performance.now() - started }
  },
  /** From memory, many times; milliseconds each. People ask one after the other: each has a turn of the loop. */
  async listFromMemory(times: number) {
    const took: number[] = []
    for (let time = 0; time < times; time++) {
      await nextTurn()
      const started = performance.now()
      await runOperation(owned.context, actor, listNodes, { live: false })
      took.push(performance.now() - started)
    }
    return took
  },
  async status(node: string) {
    const { data } = await runOperation(owned.context, actor, nodeStatus, { node })
    return { state: data.snapshot.state, agents: data.snapshot.agents.value?.length ?? 0 }
  },
}

function hexPort(): string {
  return fleet.gatewayPort.toString(16).toUpperCase().padStart(4, '0')
}

let monitor: Monitor | null = null

function monitorOf({ context, histories }: OwnedContext): Monitor {
  return new Monitor({
    context,
    histories,
    rules: () => context.rules.value(),
    report: async () => undefined,
  })
}

/** How long ago the youngest and the oldest reading of any remembered node were taken, milliseconds. */
function agesOfReadings(): { youngest: number; oldest: number } {
  const now = Date.now()
  const ages: number[] = []
  const walk = (value: unknown) => {
    if (typeof value !== 'object' || value === null) return
    if ('freshness' in value && 'observedAt' in value && value.freshness !== 'unknown')
      ages.push(now - Number(value.observedAt))
    for (const part of Object.values(value)) walk(part)
  }
  for (const { id } of owned.context.registry.list()) walk(owned.context.snapshots.get(id))
  return { youngest: Math.min(...ages), oldest: Math.max(...ages) }
}

const sweeping = {
  /** One pass of the monitor by itself. */
  async sweep() {
    monitor ??= monitorOf(owned)
    const { nodes, reached } = await monitor.sweep(new AbortController().signal)
    return { nodes, reached }
  },
  /** Waits until every reading is older than the refresh interval, whatever was done before. */
  async untilOld() {
    const { refreshIntervalMs } = owned.context.limits
    for (;;) {
      const ages = agesOfReadings()
      if (ages.youngest > refreshIntervalMs) return ages
      await systemClock.sleep(refreshIntervalMs - ages.youngest + 50)
    }
  },
}

let endSweeps = false
let sweeps: Promise<number> = Promise.resolve(0)
let loopDelay: IntervalHistogram
const background = {
  async startSweeps() {
    endSweeps = false
    loopDelay = monitorEventLoopDelay({ resolution: 2 })
    loopDelay.enable()
    const endless = monitorOf(owned)
    sweeps = (async () => {
      let count = 0
      for (; !endSweeps; count++) await endless.sweep(new AbortController().signal)
      await endless.stop()
      return count
    })()
  },
  async stopSweeps() {
    loopDelay.disable()
    endSweeps = true
    return { sweeps: await sweeps, answerTimes, loopP95: loopDelay.percentile(95) / 1e6 - 2 }
  },
  async close() {
    await closeApp()
  },
}

process.on('message', ({ id, task, args }: { id: number; task: string; args: unknown[] }) => {
  const run = { ...tasks, ...sweeping, ...background }[task as 'close'] as (
    ...given: unknown[]
  ) => Promise<unknown>
  const before = process.cpuUsage()
  const started = performance.now()
  run(...args).then(
    (value) => {
      const { user, system } = process.cpuUsage(before)
      const wall = (performance.now() - started) / 1000
      process.send?.({ id, value, wall, cpu: (user + system) / 1e6 })
    },
    (error: unknown) => process.send?.({ id, error: String(error instanceof Error ? error.stack : error) }),
  )
})
process.once('disconnect', () => process.exit(0))
process.send?.({ ready: true })
