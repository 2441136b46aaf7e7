import { join } from 'node:path'
import { type Cost, type CpuGroup, inGroup, measure, median, percentile, runCommand } from './accounting.ts'
import { type BotProcess, startBot } from './bot-process.ts'
import { type Fleet, writeFleet } from './fleet.ts'
import { HOST_PROBE, type Lab } from './lab.ts'
import { checkAnswers, maskedAnswers, type Rival } from './rivals.ts'

/** Everything a suite works with. */
export interface Bench {
  lab: Lab
  rivals: Map<string, Rival>
  groups: { client: CpuGroup; server: CpuGroup }
  /** A compiled program of this folder. */
  program(name: string): string
  gatewayPort: number
  /** Nodes of the large fleet and how often each case runs. */
  scale: { nodes: number; rounds: number; many: number; thousand: number; minuteMs: number }
  say(line: string): void
}

/** One case over all rounds. */
export interface CaseResult {
  id: string
  label: string
  rounds: number
  /** Medians. */
  cost: Cost
  /** How many nodes one run asks, where the cost of one of them matters. */
  nodes?: number
}

/** Named single figures, for what is not a comparison of costs. */
export type Figures = Record<string, number>

export interface Case {
  id: string
  label: string
  /** What has to be so before it runs; not measured. */
  prepare?(): Promise<unknown>
  /** Runs once; returns the cost when it knows better than the group accounting. */
  run(): Promise<{ wall: number; clientCpu: number } | null>
}

/** Runs all cases in turn, round after round (A B C A B C), and takes medians. */
export async function interleave(
  bench: Bench,
  rounds: number,
  cases: readonly Case[],
): Promise<CaseResult[]> {
  const costs = new Map<string, Cost[]>(cases.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds; round++)
    for (const { id, label, prepare, run } of cases) {
      await prepare?.()
      const { value, cost } = await measure(bench.groups, run)
      const exact = { ...cost, ...value }
      costs.get(id)?.push(exact)
      bench.say(`  ${round + 1}/${rounds} ${label}: ${describe(exact)}`)
    }
  return cases.map(({ id, label }) => {
    const all = costs.get(id) ?? []
    const pick = (name: keyof Cost) => median(all.map((cost) => cost[name]))
    const cost = {
      wall: pick('wall'),
      clientCpu: pick('clientCpu'),
      serverCpu: pick('serverCpu'),
      foreign: pick('foreign'),
    }
    return { id, label, rounds: all.length, cost }
  })
}

function describe({ wall, clientCpu, serverCpu, foreign }: Cost): string {
  const ms = (seconds: number) => `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`
  return `${ms(wall)}, client CPU ${ms(clientCpu)}, server CPU ${ms(serverCpu)}, foreign ${foreign.toFixed(2)} cores`
}

export function fleetOf(bench: Bench, name: string, hosts: string[]): Fleet {
  const { lab, gatewayPort } = bench
  const fleet = {
    dataDir: join(lab.folder, name),
    userKey: lab.userKey,
    hostKey: lab.hostKey,
    hosts,
    gatewayPort,
  }
  writeFleet(fleet)
  return fleet
}

/** The bytes that every answer must equal once its numbers are masked, asked by plain ssh. */
export async function referenceAnswer(bench: Bench): Promise<string> {
  const host = bench.lab.hosts(1)[0] ?? ''
  const { stdout, stderr } = await runCommand(['ssh', '-n', '-F', bench.lab.sshConfig, host, HOST_PROBE])
  const [answer] = maskedAnswers(stdout)
  if (answer === undefined) throw new Error(`the lab does not answer: ${stdout}${stderr}`)
  return answer
}

export function rivalCase(
  bench: Bench,
  id: string,
  hosts: string[],
  check: (output: string, who: string) => void,
): Case[] {
  const rival = bench.rivals.get(id)
  if (rival === undefined) return []
  const run = async () => {
    check(await rival.run(hosts), rival.label)
    return null
  }
  return [{ id, label: rival.label, run }]
}

const lines = (wanted: number) => (output: string, who: string) => {
  const count = output.trim().split('\n').length
  if (count !== wanted) throw new Error(`${who}: ${count} lines instead of ${wanted}`)
}

/** Nothing connected: whole processes from start to exit. */
export async function coldSuite(bench: Bench): Promise<CaseResult[]> {
  const { lab, groups, program, scale } = bench
  const hosts = lab.hosts(scale.nodes)
  const reference = await referenceAnswer(bench)
  const exact = (output: string, who: string) => checkAnswers(output, hosts.length, reference, who)
  const fleet = fleetOf(bench, 'cold', hosts)
  const own = async (name: string, ...args: string[]) => {
    const command = [process.execPath, program(name), JSON.stringify(fleet), ...args]
    const { stdout, stderr, code } = await runCommand(inGroup(groups.client.joinFile, command))
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}`)
    return stdout
  }
  const all = (id: string) => rivalCase(bench, id, hosts, exact)
  return await interleave(bench, scale.rounds, [
    ...['old', 'old-stock'].flatMap((id) => rivalCase(bench, id, hosts, lines(2 * hosts.length))),
    ...['xargs', 'pssh', 'ansible-raw', 'ansible-raw-stock', 'ansible-shell', 'ansible-shell-stock'].flatMap(
      all,
    ),
    {
      id: 'ocm',
      label: 'ocm, same probe',
      async run() {
        exact(await own('ocm-probe', HOST_PROBE), 'ocm')
        return null
      },
    },
    {
      id: 'ocm-list',
      label: "ocm's whole `list`, gateways too",
      async run() {
        const { serving } = JSON.parse(await own('ocm-list')) as { serving: number }
        if (serving !== hosts.length) throw new Error(`ocm-list: ${serving} of ${hosts.length} nodes serve`)
        return null
      },
    },
  ])
}

/** A case that a bot's process runs and accounts for itself. */
export function task(
  id: string,
  label: string,
  on: BotProcess,
  name: string,
  arg: unknown,
  check: (value: never) => void,
): Case {
  return {
    id,
    label,
    async run() {
      const { value, wall, cpu } = await on.run(name, ...(arg === undefined ? [] : [arg]))
      check(value as never)
      return { wall, clientCpu: cpu }
    },
  }
}

/** Connections held: the second question and all later ones. */
export async function heldSuite(bench: Bench): Promise<CaseResult[]> {
  const { lab, groups, program, scale } = bench
  const hosts = lab.hosts(scale.nodes)
  const reference = await referenceAnswer(bench)
  const exact = (output: string, who: string) => checkAnswers(output, hosts.length, reference, who)
  const fleet = fleetOf(bench, 'held', hosts)
  const connections = await startBot(program('ocm-bot'), groups.client.joinFile)
  const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
  try {
    await connections.run('openPool', fleet)
    await bot.run('openContext', fleet)
    const every = (count: number) => {
      if (count !== hosts.length) throw new Error(`${count} of ${hosts.length} answers`)
    }
    const serving = ({ counts }: { counts: { serving: number } }) => every(counts.serving)
    const rivals = ['master', 'ansible-raw-warm', 'ansible-shell-warm'].flatMap((id) =>
      rivalCase(bench, id, hosts, exact),
    )
    const cases = [
      ...rivals,
      task('ocm-held', 'ocm, same probe', connections, 'hostProbe', undefined, (value: string) =>
        exact(value, 'ocm'),
      ),
      task(
        'ocm-full',
        "ocm's own probe, as a first look runs it",
        connections,
        'fullProbe',
        undefined,
        every,
      ),
      task('ocm-quick', 'ocm, cheap figures', connections, 'quickProbe', undefined, every),
      {
        ...task('ocm-list-held', "ocm's whole `list`, read a moment ago", bot, 'list', true, serving),
        prepare: () => bot.run('list', true),
      },
    ]
    bench.say('  first time, not counted:')
    await interleave(bench, 1, cases)
    return await interleave(bench, Math.max(5, scale.rounds), cases)
  } finally {
    for (const each of [connections, bot]) await each.end()
    await hangUpMasters(bench)
  }
}

/** Ends the connections that warm rivals left. */
export async function hangUpMasters({ lab }: Bench): Promise<void> {
  const script = 'for socket in "$1"/*/*; do [ -S "$socket" ] && ssh -o ControlPath="$socket" -O exit x; done'
  await runCommand(['/bin/sh', '-c', script, 'sh', lab.folder])
}

/** `list` without the network. */
export async function memorySuite(bench: Bench): Promise<Figures> {
  const { lab, groups, program, scale } = bench
  const fleet = fleetOf(bench, 'memory', lab.hosts(scale.many))
  const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
  try {
    await bot.run('openContext', fleet)
    await bot.run('list', true)
    const { value: took } = await bot.run<number[]>('listFromMemory', 300)
    const warm = took.slice(50)
    return { nodes: scale.many, p50Ms: percentile(warm, 0.5), p99Ms: percentile(warm, 0.99) }
  } finally {
    await bot.end()
  }
}

interface ListAnswer {
  counts: { serving: number; unreachable: number }
  firstHealthyMs: number
  ms: number
}

/** 20 nodes of which two swallow every packet. */
export async function blackHoleSuite(bench: Bench): Promise<Figures> {
  const { lab, groups, program, scale, say } = bench
  const hosts = lab.hosts(20)
  const dead = [hosts[6] ?? '', hosts[13] ?? '']
  const expect = (answer: ListAnswer, unreachable: number) => {
    if (answer.counts.unreachable !== unreachable || answer.counts.serving !== hosts.length - unreachable)
      throw new Error(`the list says ${JSON.stringify(answer.counts)}`)
  }
  const old: number[] = []
  const first: number[] = []
  const healthyRows: number[] = []
  const later: number[] = []
  const allHealthy: number[] = []
  const rounds = Math.max(2, Math.min(3, scale.rounds))
  for (let round = 0; round < rounds; round++) {
    const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
    const fleet = fleetOf(bench, `holes-${round}`, hosts)
    const restore = lab.blackHole(dead)
    try {
      const rival = bench.rivals.get('old')
      const { cost } = await measure(bench.groups, async () => rival?.run(hosts))
      old.push(cost.wall)
      await bot.run('openContext', fleet)
      const one = await bot.run<ListAnswer>('list', true)
      expect(one.value, 2)
      first.push(one.value.ms / 1000)
      healthyRows.push(one.value.firstHealthyMs / 1000)
      await new Promise((resolve) => setTimeout(resolve, scale.minuteMs))
      for (let time = 0; time < 3; time++) {
        const two = await bot.run<ListAnswer>('list', true)
        expect(two.value, 2)
        later.push(two.value.ms / 1000)
      }
    } finally {
      restore()
      await bot.end()
    }
    const healthy = await startBot(program('ocm-bot'), groups.client.joinFile)
    try {
      await healthy.run('openContext', fleetOf(bench, `healthy-${round}`, hosts))
      await healthy.run('list', true)
      for (let time = 0; time < 3; time++) {
        const { value } = await healthy.run<ListAnswer>('list', true)
        expect(value, 0)
        allHealthy.push(value.ms / 1000)
      }
    } finally {
      await healthy.end()
    }
    say(`  ${round + 1}/${rounds} old ${old.at(-1)?.toFixed(1)} s, ocm first ${first.at(-1)?.toFixed(2)} s`)
  }
  return {
    oldS: median(old),
    firstS: median(first),
    healthyRowsS: median(healthyRows),
    laterS: median(later),
    allHealthyS: median(allHealthy),
  }
}

/** One node with six agents. */
export async function statusSuite(bench: Bench): Promise<CaseResult[]> {
  const { lab, groups, program, scale } = bench
  const hosts = lab.hosts(1)
  const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
  try {
    await bot.run('openContext', fleetOf(bench, 'status', hosts))
    await bot.run('status', 'n0')
    return await interleave(bench, Math.max(7, scale.rounds), [
      ...rivalCase(bench, 'old-status', hosts, (output, who) => {
        if (!output.startsWith('active')) throw new Error(`${who}: ${output}`)
      }),
      {
        id: 'ocm-status',
        label: "ocm's `status`, everything read anew",
        async run() {
          const { value, wall, cpu } = await bot.run<{ state: string; agents: number }>('status', 'n0')
          if (value.state !== 'serving' || value.agents < 6)
            throw new Error(`status: ${JSON.stringify(value)}`)
          return { wall, clientCpu: cpu }
        },
      },
    ])
  } finally {
    await bot.end()
  }
}

/** A thousand connections in one process. */
export async function scaleSuite(bench: Bench): Promise<Figures> {
  const { lab, groups, program, scale } = bench
  const bot = await startBot(program('ocm-bot'), groups.client.joinFile)
  try {
    await bot.run('openPool', fleetOf(bench, 'scale', lab.hosts(scale.thousand)))
    const { value } = await bot.run<{
      first: number
      before: number
      connectS: number
      connectCpuS: number
      loopP99: number
    }>('connectAll')
    const { value: idle } = await bot.run<{ cpuPercent: number; rssMb: number }>('idle', 30_000)
    const sweep = await bot.run<number>('quickProbe')
    return {
      connections: scale.thousand,
      connectS: value.connectS,
      connectCpuS: value.connectCpuS,
      kbEach: ((idle.rssMb - value.before) * 1024) / (scale.thousand - value.first),
      rssMb: idle.rssMb,
      keepAlivePercent: idle.cpuPercent,
      loopP99Ms: value.loopP99,
      quickSweepMs: sweep.wall * 1000,
    }
  } finally {
    await bot.end()
  }
}
