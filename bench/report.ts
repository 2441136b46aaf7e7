import { type Aim, aimsOf } from './aims.ts'
import type { Bench, CaseResult, Figures } from './suites.ts'

/** What the suites found; a suite that did not run is absent. */
export interface Results {
  cold?: CaseResult[]
  held?: CaseResult[]
  old?: CaseResult[]
  memory?: Figures
  holes?: Figures
  silent?: Figures
  status?: CaseResult[]
  scale?: Figures
  chat?: Figures
}

/** Where the figures come from. */
export interface Machine {
  processors: string
  memoryGb: number
  system: string
  versions: string[]
  /** The one-minute load before the first case. */
  loadBefore: number
  date: string
}

const mark = (aim: Aim) => (aim.met ? 'met' : '**missed**')

/** The aims alone, for the terminal. */
export function renderSummary(results: Results): string {
  return aimsOf(results)
    .map((aim) => `${aim.met ? 'met   ' : 'MISSED'} ${aim.group}: ${aim.aim} — ${aim.measured}`)
    .join('\n')
}

/** What was measured in docs/benchmarks.md. */
export function renderDocument(machine: Machine, scale: Bench['scale'], results: Results): string {
  const aims = aimsOf(results)
  const sections = [
    '# Benchmarks',
    'How quick ocm is beside what people would use instead. Everything here is written by one command:',
    '```sh\nnpm run bench -- --write   # root on Debian; installs pssh and ansible-core with apt when they are missing\n```',
    machineText(machine, results),
    METHOD,
    `## Aims\n\n${aims.filter(({ met }) => met).length} of ${aims.length} met in this run.\n\n${table(
      ['what', 'aim', 'measured', ''],
      renderAims(results),
    )}`,
    ...renderSections(scale, results),
    READING,
  ]
  return `${sections.join('\n\n')}\n`
}

/** A section for each suite that ran. */
export function renderSections(scale: Bench['scale'], results: Results): string[] {
  const sections = [
    results.cold &&
      `## \`list\` of ${scale.nodes} nodes, nothing connected\n\nWhole processes from start to exit, Node's start included.\n\n${costs(results.cold)}`,
    results.held &&
      `## \`list\` of ${scale.nodes} nodes, connections held\n\nRivals as whole processes, as people run them; ocm inside its running process.\n\n${costs(results.held)}\n\n${HELD_NOTE}`,
    results.old &&
      `## \`list\` and sweep of ${scale.nodes} nodes, connections held, every reading old\n\n${costs(results.old)}\n\n${OLD_NOTE}`,
    results.status && `## \`status\` of one node with six agents\n\n${costs(results.status)}`,
    figures('`list` from memory', results.memory),
    figures('20 nodes of which two swallow every packet', results.holes),
    figures('A fleet of which half swallows every packet, nothing connected', results.silent),
    figures('Connections held in one process', results.scale),
    figures('The whole bot on the embedded Discord', results.chat),
  ]
  return sections.flatMap((section) => section || [])
}

/** The rows of the table of aims for the suites that ran. */
export function renderAims(results: Results): string[][] {
  return aimsOf(results).map((aim) => [aim.group, aim.aim, aim.measured, mark(aim)])
}

function machineText(machine: Machine, results: Results): string {
  const foreign = [
    ...(results.cold ?? []),
    ...(results.held ?? []),
    ...(results.old ?? []),
    ...(results.status ?? []),
  ].map(({ cost }) => cost.foreign)
  const [least, most] = [Math.min(...foreign), Math.max(...foreign)].map((cores) => cores.toFixed(2))
  const busy =
    foreign.length === 0
      ? ''
      : ` While it ran, other programs used ${least} to ${most} processors (medians of the cases).`
  return `Measured on ${machine.date}: ${machine.processors}, ${Math.round(machine.memoryGb)} GB, ${machine.system}; ${machine.versions.join('; ')}. Load before the first case: ${machine.loadBefore.toFixed(1)}.${busy}`
}

const METHOD = `## How it is measured

- One real OpenSSH server, PAM on, in a network namespace that has only loopback: 127.1.x.y gives as many hosts as
  wanted, and dropped packets disturb nobody else. \`MaxStartups\` is raised. The service's state comes from a stand-in
  for \`systemctl\`; one embedded OpenClaw gateway with six agents stands behind every node.
- "Same probe": every rival and ocm run the very same bytes (uptime, load, memory, \`df\`, \`systemctl is-active\`), and
  every answer must be equal, byte for byte, once its numbers are masked. A wrong or missing answer ends the bench.
- **All OpenSSH clients are forced to curve25519,** but for the rows that say "stock key exchange". Debian 12's OpenSSH 9.2
  by itself spends 75 to 80 ms of CPU per connection in its slow sntrup761: that is what the old tool's users wait for,
  and no merit of ours, so the cold table holds both.
- Host keys are checked strictly everywhere. xargs and parallel-ssh run 32 at a time, Ansible with 50 forks and
  pipelining. "Warm" is the tool's own reuse of connections (ControlMaster, ControlPersist).
- CPU is taken from control groups, client and server apart. On one machine the server's share of all nodes lands on the
  same processors; in a fleet it is spread over the nodes. So client CPU is the figure that carries over, and wall time is
  an upper bound.
- Cases take turns (A B C A B C); the tables hold medians; an aim is a ratio of medians of the same run.
- While commands are timed on the embedded Discord, the servers run at nice 10: in a fleet they are elsewhere.`

const HELD_NOTE = `"Cheap figures" is less work: uptime, load and memory by shell builtins, no process started on the node; \`df\`,
\`systemctl\` and the gateway's lists keep the time at which they were read, and are read again when that is longer ago than
the refresh interval or a person asks for \`status\`. The whole \`list\` does this by itself, and has each gateway answer a
ping: a frozen gateway keeps its connections, so an open connection alone proves nothing.`

const OLD_NOTE = `Each case begins once every reading of its bot is older than the refresh interval (30 s), so its cost does not depend on
the pauses between rounds; nothing else runs in that bot meanwhile. One of the six sessions behind each gateway moves all
the time. A sweep begins eight nodes every 40 ms, so that a person's command comes in between: its wall time is that pace,
and CPU is what it costs. Whether a gateway is ready is asked by the node's own shell, where that is a bash: a channel for
\`GET /readyz\` took a third of the bot's CPU.`

const READING = `## What limits the rest

- Cold: each connection costs the server 30 to 40 ms of CPU (PAM, key exchange, fork), the same for every tool; ocm's own
  share is about 5 ms. The whole \`list\` also opens a tunnel to each gateway, signs in and asks for its agents,
  sessions, models and readiness, which no rival does.
- Held: the shared probe costs the node 5 ms in \`df\`, \`head\`, \`cat\` and \`systemctl\`; the way there is a tenth of that.
- Held, same probe: the nodes' side alone is 0.5 s of CPU on two processors for 100 nodes; ocm's own part is 25 to 35 ms
  against 950 ms of the rival. With processors of their own the nodes answer in a round trip.
- Keep-alive: 1,000 connections with a ping every 10 s wake Node's event loop 200 times a second, pings and answers. A
  timer that does nothing 100 times a second costs 2 % of a core on this machine. A longer interval would cost less and
  notice a dead link later.
- Black holes: nothing can be known about a silent host before the connect budget (3 s, \`OCM_CONNECT_TIMEOUT_MS\`) is over.`

function costs(cases: readonly CaseResult[]): string {
  const ms = (seconds: number) => {
    const value = seconds * 1000
    return value < 10 ? value.toFixed(1) : value.toFixed(0)
  }
  return table(
    ['', 'wall ms', 'client CPU ms', 'server CPU ms', 'foreign load, processors', 'runs'],
    cases.map(({ label, cost, rounds }) => [
      label,
      ms(cost.wall),
      ms(cost.clientCpu),
      ms(cost.serverCpu),
      cost.foreign.toFixed(2),
      String(rounds),
    ]),
  )
}

const NAMES: Record<string, string> = {
  nodes: 'nodes',
  p50Ms: 'p50, ms',
  p99Ms: 'p99, ms',
  oldS: 'the old way, s',
  firstS: 'ocm, first time, s',
  healthyRowsS: 'all healthy rows shown after, s',
  laterS: 'ocm, a minute later, s',
  allHealthyS: 'ocm, all 20 healthy, s',
  rowsOfHealthyS: 'every node healthy: all rows shown after, s',
  rowsOfHalfS: 'half of them silent: all healthy rows shown after, s',
  connections: 'connections',
  connectS: 'connecting all, s',
  connectCpuS: 'connecting all, bot CPU s',
  kbEach: 'memory each, KB',
  rssMb: 'bot in all, MB',
  keepAlivePercent: 'keep-alive, % of a core',
  loopP99Ms: 'event loop delay p99 while connecting, ms',
  quickSweepMs: 'cheap figures of all, ms',
  idleRssMb: 'bot at rest with 4 nodes, MB',
  sweeps: 'full sweeps of all nodes meanwhile',
  acknowledgedP50Ms: 'command to first visible reply p50, ms',
  acknowledgedP95Ms: 'command to first visible reply p95, ms',
  botPartP50Ms: "the bot's own part of it p50, ms",
  botPartP95Ms: "the bot's own part of it p95, ms",
  botLoopDelayP95Ms: "the bot's event loop delay p95, ms",
  shownP50Ms: 'command to the first table p50, ms',
  shownP95Ms: 'command to the first table p95, ms',
}

function figures(title: string, found: Figures | undefined): string | undefined {
  if (found === undefined) return undefined
  const rows = Object.entries(found).map(([name, value]) => [
    NAMES[name] ?? name,
    Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1),
  ])
  return `## ${title}\n\n${table(['figure', 'value'], rows)}`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
