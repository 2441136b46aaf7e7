import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { join } from 'node:path'

/** Accounts for the CPU time of everything that was started inside it, processes that have ended included. */
export interface CpuGroup {
  /** The file a process writes its id to in order to join. */
  joinFile: string
  /** User and system time so far, seconds. */
  seconds(): number
  /** Gives everything in the group, and what it starts from now on, a low or the usual priority. */
  setIdle(idle: boolean): void
}

/** cgroup v1 has a tree per controller, v2 one for all. */
const V1 = '/sys/fs/cgroup/cpuacct'
const V2 = '/sys/fs/cgroup'
const PREFIX = 'ocm-bench-'

function root(): string {
  return existsSync(join(V1, 'cpuacct.usage')) ? V1 : V2
}

/** Makes (or finds) a group of this run. */
export function cpuGroup(run: string, name: string): CpuGroup {
  const folder = join(root(), `${PREFIX}${run}-${name}`)
  mkdirSync(folder, { recursive: true })
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const seconds =
    root() === V1
      ? () => Number(read('cpuacct.usage')) / 1e9
      : () => Number(/usage_usec (\d+)/.exec(read('cpu.stat'))?.[1] ?? 0) / 1e6
  const setIdle = (idle: boolean) => {
    for (const pid of read('cgroup.procs').split('\n').filter(Boolean)) {
      try {
        setPriority(
          Number(pid),
          idle ? constants.priority.PRIORITY_BELOW_NORMAL : constants.priority.PRIORITY_NORMAL,
        )
      } catch {
        // it ended meanwhile
      }
    }
  }
  return { joinFile: join(folder, 'cgroup.procs'), seconds, setIdle }
}

/** Removes the groups of this run and of runs that crashed; one that still holds processes stays. */
export function removeCpuGroups(): void {
  for (const name of readdirSync(root())) {
    if (!name.startsWith(PREFIX)) continue
    try {
      rmdirSync(join(root(), name))
    } catch {
      // another run is using it
    }
  }
}

/** A command that joins a group before it does anything. */
export function inGroup(joinFile: string, command: readonly string[]): string[] {
  return ['/bin/sh', '-c', `echo $$ >${joinFile} && exec "$@"`, 'sh', ...command]
}

/** Busy seconds of all processors since boot, idle and waiting excluded. */
function machineBusySeconds(): number {
  const [, ...fields] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = fields
  return (user + nice + system + irq + softirq + steal) / 100
}

/** What one measured piece of work cost. Seconds. */
export interface Cost {
  wall: number
  clientCpu: number
  serverCpu: number
  /** Processors that others kept busy meanwhile. */
  foreign: number
}

/** Measures `work`. What it leaves running is accounted for as well, as far as it has run by then. */
export async function measure<T>(
  groups: { client: CpuGroup; server: CpuGroup },
  work: () => Promise<T>,
): Promise<{ value: T; cost: Cost }> {
  const own = () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }
  const before = {
    client: groups.client.seconds(),
    server: groups.server.seconds(),
    own: own(),
    busy: machineBusySeconds(),
  }
  const started = performance.now()
  const value = await work()
  const wall = (performance.now() - started) / 1000
  const clientCpu = groups.client.seconds() - before.client
  const serverCpu = groups.server.seconds() - before.server
  const others = machineBusySeconds() - before.busy - clientCpu - serverCpu - (own() - before.own)
  return { value, cost: { wall, clientCpu, serverCpu, foreign: Math.max(0, others / wall) } }
}

/** Runs a command to its end and returns what it printed. */
export function runCommand(
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string; cwd?: string } = {},
): Promise<{ stdout: string; stderr: string; code: number }> {
  const [program = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...process.env, ...options.env }, cwd: options.cwd })
    const output = { stdout: '', stderr: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
    child.on('error', reject)
    child.stdin.on('error', () => undefined).end(options.stdin ?? '')
    // A ControlMaster in the background keeps the pipes open: what counts is the end of the process.
    child.on('exit', (code) => setImmediate(() => resolve({ ...output, code: code ?? -1 })))
  })
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const high = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2
}

/** The smallest value that `share` of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}
