import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { emptyRegistry } from '../registry/parse.ts'
import { nodeRecord } from '../test/discord/extremes.ts'
import { startDelayProxy } from '../test/real-nodes/delay-proxy.ts'
import { buildProgram } from '../test/support/program.ts'
import { type BackupBot, startBackupBot } from './backup-bot.ts'
import { startOwnServer, startRealNode } from './backup-node.ts'
import { changeDocument, putOwnSection, whenMeasured } from './document.ts'

/**
 * Backups of one real node beside what people use: `npm run bench:backup -- MB`, as root, with restic and sshfs installed. Half
 * of the state is one file and half are files of 25 KB, none of which can be compressed. The ways take turns, each with a first
 * and a second backup. The times of ocm have everything in them that its command does: start-up, a look at the node, the
 * transfer, and reading all of it back. `--rounds N`; `--server FOLDER` takes an OpenSSH server of this machine and no gateway, with
 * the Node.js 22.13 or later of that folder; `--latency MS` lets a round trip to it take so much longer, by a proxy that holds back
 * every chunk; `--rate MBIT` gives the node a cable that carries no more, as a network does; `--ways tar,ocm` measures those alone;
 * `--write` puts the section of that size into docs/benchmarks.md.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    server: { type: 'string' },
    latency: { type: 'string', default: '0' },
    rate: { type: 'string' },
    ways: { type: 'string', default: 'tar,scp,old,restic,local,ocm,bot' },
    write: { type: 'boolean', default: false },
  },
})
const megabytes = Number(positionals[0] ?? 300)
const rounds = Number(values.rounds)
const latencyMs = Number(values.latency)
const wanted = values.ways.split(',')
const NAME = 'bench'
const STOP_AIM_MS = 25
const RSS_AIM_MB = 200
const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-backup-'))
const node =
  values.server === undefined
    ? await startRealNode(megabytes, values.rate === undefined ? null : Number(values.rate))
    : await startOwnServer(folder, megabytes, values.server)
const far = latencyMs > 0 ? await startDelayProxy(node.host, node.port, latencyMs / 2) : null
const { host, port } = far ?? node
const program = await buildProgram()
const record = {
  ...nodeRecord({ id: NAME, host }),
  sshPort: port,
  sshUser: node.user,
  gatewayPort: node.gatewayPort,
  hostKeys: [node.hostKey],
}

interface Run {
  seconds: number
  /** Of ocm alone. */
  own: { cpuSeconds: number; rssMb: number; longestStopMs: number; stopP99Ms: number } | null
}
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  RESTIC_PASSWORD: 'bench',
}
/** Not synchronously: the proxy lives in this process. */
async function shell(line: string): Promise<Run> {
  const startedAt = performance.now()
  const child = spawn('sh', ['-ec', line], { env, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${line}: ${errors}`)
  return { seconds: (performance.now() - startedAt) / 1_000, own: null }
}

const data = join(folder, 'data')
const told = join(folder, 'told.json')
const settings = { ...env, OCM_DATA_DIR: data, OCM_SSH_KEY: node.keyPath, OCM_SSH_AGENT: 'none' }
let bot = null as BackupBot | null
function freshData(): void {
  rmSync(data, { recursive: true, force: true })
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(join(data, 'registry.json'), JSON.stringify({ ...emptyRegistry(), nodes: [record] }))
}
async function ocm(): Promise<Run> {
  const startedAt = performance.now()
  const words = ['--require', join(import.meta.dirname, 'tell-at-exit.cjs'), program.main]
  const child = spawn(process.execPath, [...words, 'node', 'backup', NAME, '--json'], {
    env: { ...settings, OCM_BENCH_TOLD: told, OCM_BENCH_BEGINS: join(data, 'backups/incoming') },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [answer, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  const seconds = (performance.now() - startedAt) / 1_000
  if (code !== 0 || JSON.parse(answer).outcome !== 'done') throw new Error(answer)
  return { seconds, own: JSON.parse(readFileSync(told, 'utf8')) }
}

const options = `-i ${node.keyPath} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`
const at = `${node.user}@${host}`
const ssh = `ssh -p ${port} ${options} ${at}`
interface Way {
  key: string
  name: string
  prepare(): unknown
  run(): Promise<Run>
}
const allWays: Way[] = [
  {
    key: 'tar',
    name: 'tar over ssh',
    prepare: () => shell('rm -f plain.tar'),
    run: () => shell(`${ssh} 'tar -C ${node.home} -cf - .openclaw' > plain.tar`),
  },
  {
    key: 'scp',
    name: 'scp -r',
    prepare: () => undefined,
    run: () => shell(`rm -rf copied; scp -q -r -P ${port} ${options} ${at}:${node.home}/.openclaw copied`),
  },
  {
    key: 'old',
    name: 'tar.gz on the node, then scp (the old way)',
    prepare: () => shell('rm -f b.tgz'),
    run: () =>
      shell(
        `${ssh} 'tar -C ${node.home} -czf ${node.home}/b.tgz .openclaw'; scp -q -P ${port} ${options} ${at}:${node.home}/b.tgz .; ${ssh} 'rm ${node.home}/b.tgz'`,
      ),
  },
  {
    key: 'restic',
    name: 'restic, the node mounted with sshfs',
    prepare: () => shell('rm -rf pulled; restic -q init -r pulled; mkdir -p mounted'),
    run: () =>
      shell(
        `sshfs -p ${port} ${options.replace('-i ', '-o IdentityFile=')} ${at}:${node.home}/.openclaw mounted
        trap 'fusermount3 -u mounted' EXIT; cd mounted; restic -q -r ../pulled backup .; cd ..`,
      ),
  },
  {
    key: 'local',
    name: 'restic on the node’s disk, no network',
    prepare: () => shell('rm -rf beside; restic -q init -r beside'),
    run: () => shell(`restic -q -r beside backup ${node.disk}`),
  },
  {
    key: 'ocm',
    name: 'ocm node backup',
    prepare: freshData,
    run: ocm,
  },
  {
    key: 'bot',
    name: 'ocm’s bot, which has looked at the node before',
    async prepare() {
      await bot?.stop()
      freshData()
      bot = await startBackupBot(program.main, NAME, settings)
    },
    async run() {
      if (bot === null) throw new Error('there is no bot')
      return { seconds: await bot.backUp(), own: null }
    },
  },
]

const ways = allWays.filter(({ key }) => wanted.includes(key))
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
const found = ways.map(() => ({ first: [] as Run[], second: [] as Run[] }))
const loads: number[] = []
try {
  for (let round = 0; round < rounds; round += 1)
    for (const [index, way] of ways.entries()) {
      await way.prepare()
      for (const which of ['first', 'second'] as const) {
        // What the one before left to be written is not for this one to wait for.
        await shell('sync')
        loads.push(loadavg()[0] ?? 0)
        found[index]?.[which].push(await way.run())
        process.stderr.write(`${way.name}, ${which}: ${found[index]?.[which].at(-1)?.seconds.toFixed(2)} s\n`)
      }
    }
} finally {
  await bot?.stop()
  await program.remove()
  await far?.close()
  await node.stop()
  rmSync(folder, { recursive: true })
}

const runs = (key: string, which: 'first' | 'second') =>
  found[ways.findIndex((way) => way.key === key)]?.[which] ?? []
/** Not a number where that way was left out. */
const seconds = (key: string, which: 'first' | 'second') => {
  const all = runs(key, which).map((run) => run.seconds)
  return all.length === 0 ? Number.NaN : median(all)
}
const own = (which: 'first' | 'second') => runs('ocm', which).flatMap(({ own }) => own ?? [])
const most = (name: 'rssMb' | 'longestStopMs' | 'stopP99Ms') =>
  Math.max(...[...own('first'), ...own('second')].map((one) => one[name]))
const cpu = (which: 'first' | 'second') => median(own(which).map(({ cpuSeconds }) => cpuSeconds))
type Aim = [what: string, aim: string, measured: string, isMet: boolean]
/** By the command line, and by the bot, which makes those of each night. */
const ratios = ['ocm', 'bot'].flatMap((key): Aim[] => {
  const first = seconds(key, 'first') / seconds('tar', 'first')
  const second = seconds('restic', 'second') / seconds(key, 'second')
  const by = key === 'bot' ? 'by the bot' : 'by the command line'
  return [
    [`first backup, ${by}`, '≤ 1.2 × of tar over ssh', `${first.toFixed(2)} ×`, first <= 1.2],
    [`second backup, ${by}`, '≤ 1/10 of restic over sshfs', `1/${second.toFixed(1)}`, second >= 10],
  ]
})
const allAims: Aim[] = [
  ...ratios,
  ['memory', `≤ ${RSS_AIM_MB} MB resident`, `${most('rssMb').toFixed(0)} MB`, most('rssMb') <= RSS_AIM_MB],
  [
    'longest stop of the event loop',
    `≤ ${STOP_AIM_MS} ms`,
    `${most('longestStopMs').toFixed(0)} ms; p99 ${most('stopP99Ms').toFixed(1)} ms`,
    most('longestStopMs') <= STOP_AIM_MS,
  ],
]
const aims = allAims.filter(([, , measured]) => !measured.includes('NaN'))
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
// Not as it was typed: a folder of this machine is nobody else's business.
const asked = [
  `npm run bench:backup -- ${megabytes} --rounds ${rounds}`,
  ...(values.server === undefined ? [] : ['--server FOLDER']),
  ...(latencyMs > 0 ? [`--latency ${latencyMs}`] : []),
  ...(values.rate === undefined ? [] : [`--rate ${values.rate}`]),
  ...(ways.length < allWays.length ? [`--ways ${values.ways}`] : []),
].join(' ')
const away = latencyMs > 0 ? `, ${latencyMs} ms away` : ''
const cable = values.rate === undefined ? '' : `, ${Number(values.rate).toLocaleString('en')} Mbit/s`
const title = `Backups of ${megabytes} MB${away}${cable}`
const section = `## ${title}

\`${asked}\`: ${node.what}; one file of ${megabytes / 2} MB and ${((megabytes / 2) * 40).toLocaleString('en')}
files of 25 KB, none of which can be compressed. Medians of ${rounds} rounds; the ways take turns. Only ocm's times have a look at the node,
copies of its databases, syncing and reading back in them. Measured on ${whenMeasured()}; load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)} while it ran.

${row(['what', 'aim', 'measured', ''])}
${row(['---', '---', '---', '---'])}
${aims.map(([what, aim, measured, isMet]) => row([what, aim, measured, isMet ? 'met' : '**missed**'])).join('\n')}

${row(['way', 'first, s', 'second, s'])}
${row(['---', '---', '---'])}
${ways.map(({ key, name }) => row([name, seconds(key, 'first').toFixed(2), seconds(key, 'second').toFixed(2)])).join('\n')}

ocm's own CPU: ${cpu('first').toFixed(2)} s for the first, ${cpu('second').toFixed(2)} s for the second.
`
process.stdout.write(`${section}\n`)
if (values.write) changeDocument((page) => putOwnSection(page, section))
