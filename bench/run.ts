import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { removeCpuGroups } from './accounting.ts'
import { changeDocument, putRow, putSection, replaceMeasured, whenMeasured } from './document.ts'
import {
  type Machine,
  type Results,
  renderAims,
  renderDocument,
  renderSections,
  renderSummary,
} from './report.ts'
import type { Order } from './worker.ts'

/**
 * `npm run bench` compares ocm with what people would use instead, all against one real sshd. Root on Debian, because
 * it needs a network of its own and accounts for CPU by control group.
 */
const { values: options } = parseArgs({
  options: {
    /** Writes docs/benchmarks.md; with `only`, the sections and aims of these suites. */
    write: { type: 'boolean', default: false },
    /** Few nodes and rounds, to see that everything works. */
    quick: { type: 'boolean', default: false },
    /** Only these suites: cold, held, old, memory, holes, silent, status, scale, chat. */
    only: { type: 'string', multiple: true, default: [] },
  },
})

const REPOSITORY = join(import.meta.dirname, '..')
const COMPILED = join(REPOSITORY, 'node_modules/.cache/ocm-bench')
const NEEDED = {
  sshd: 'openssh-server',
  ssh: 'openssh-client',
  ip: 'iproute2',
  iptables: 'iptables',
  unshare: 'util-linux',
}
const RIVALS = { 'parallel-ssh': 'pssh', ansible: 'ansible-core' }
const EXIT_MISSING = 69
const FULL = { nodes: 100, rounds: 3, many: 400, thousand: 1000, minuteMs: 60_000 }
const QUICK = { nodes: 8, rounds: 1, many: 20, thousand: 40, minuteMs: 2_000 }

const say = (line: string) => process.stdout.write(`${line}\n`)
const has = (program: string) =>
  spawnSync('sh', ['-c', 'PATH=$PATH:/usr/sbin:/sbin command -v "$1"', 'sh', program]).status === 0

function install(wanted: Record<string, string>): void {
  const packages = Object.entries(wanted).flatMap(([program, name]) => (has(program) ? [] : [name]))
  if (packages.length === 0) return
  say(`installing with apt: ${packages.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env })
  if (status !== 0) say(`apt could not install ${packages.join(' ')}`)
}

function compile(): void {
  say('compiling')
  rmSync(COMPILED, { recursive: true, force: true })
  const tsc = join(REPOSITORY, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', join(REPOSITORY, 'bench/tsconfig.json'), '--noCheck'], { stdio: 'inherit' })
  const standIns = 'src/sandbox/nodes/stand-ins'
  cpSync(join(REPOSITORY, standIns), join(COMPILED, standIns), { recursive: true })
}

/** Runs the worker in namespaces of its own; all that it starts ends with it, also when this process is killed. */
function runWorker(order: Order, folder: string): Promise<Results> {
  const script = 'ip link set lo up && exec "$@"'
  const worker = [process.execPath, join(COMPILED, 'bench/worker.js'), JSON.stringify(order)]
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc']
  const child = spawn('unshare', [...namespaces, 'sh', '-c', script, 'sh', ...worker], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: folder },
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    let results: Results | null = null
    child.on('message', (message) => {
      results = message as Results
    })
    child.on('exit', (code) =>
      results === null ? reject(new Error(`the bench ended early with ${code}`)) : resolve(results),
    )
  })
}

function describeMachine(available: readonly string[]): Machine {
  const version = (command: string, ...args: string[]) => {
    const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    return `${stdout}${stderr}`.trim().split('\n')[0] ?? ''
  }
  const ansible = available.includes('ansible') ? [version('ansible', '--version')] : []
  const debian = spawnSync('sh', ['-c', '. /etc/os-release && echo "$PRETTY_NAME"'], { encoding: 'utf8' })
  return {
    processors: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memoryGb: totalmem() / 2 ** 30,
    system: `${debian.stdout.trim()}, kernel ${release()}`,
    versions: [`Node ${process.version}`, version('ssh', '-V'), ...ansible],
    loadBefore: loadavg()[0] ?? 0,
    date: new Date().toISOString().slice(0, 10),
  }
}

/** The page with what some suites found by themselves. */
function withParts(text: string, results: Results): string {
  const measured = `Measured on ${whenMeasured()} after it and ${machine.loadBefore.toFixed(1)} before.`
  const put = renderSections(scale, results).reduce(
    (page, section) => putSection(page, section.replace('\n\n', `\n\n${measured}\n\n`)),
    text,
  )
  const page = renderAims(results).reduce((so, row) => putRow(so, 'Aims', row, 2), put)
  const aims = page.slice(page.indexOf('## Aims\n'), page.indexOf('\n## ', page.indexOf('## Aims\n')))
  const [met, missed] = [aims.match(/\| met \|/g)?.length ?? 0, aims.match(/\*\*missed\*\*/g)?.length ?? 0]
  return page.replace(/\d+ of \d+ met/, `${met} of ${met + missed} met`)
}

if (process.getuid?.() !== 0 || process.platform !== 'linux') {
  say('bench: needs root on Linux (a network namespace, control groups, sshd)')
  process.exit(EXIT_MISSING)
}
install({ ...NEEDED, ...RIVALS })
const missing = Object.keys(NEEDED).filter((program) => !has(program))
if (missing.length > 0) {
  say(`bench: missing ${missing.join(', ')}`)
  process.exit(EXIT_MISSING)
}
const available = Object.keys(RIVALS).filter(has)
for (const rival of Object.keys(RIVALS))
  if (!available.includes(rival)) say(`skipped, not installed: ${rival}`)
compile()
const machine = describeMachine(available)
const scale = options.quick ? QUICK : FULL
removeCpuGroups()
const folder = mkdtempSync('/tmp/ocm-bench-')
try {
  const order: Order = { run: String(process.pid), only: options.only, available, scale }
  const results = await runWorker(order, folder)
  say(renderSummary(results))
  if (options.write) {
    const isWhole = options.only.length === 0
    changeDocument((text) =>
      isWhole ? replaceMeasured(text, renderDocument(machine, scale, results)) : withParts(text, results),
    )
    say('written: docs/benchmarks.md')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
  removeCpuGroups()
}
