import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { emptyRegistry } from '../registry/parse.ts'
import { createContext } from '../src/create-context.ts'
import { loadConfig } from '../src/settings/config.ts'
import { nodeRecord } from '../test/discord/extremes.ts'
import { buildProgram } from '../test/support/program.ts'
import { healthySnapshot } from '../test/support/snapshots.ts'
import { changeDocument, putRow, whenMeasured } from './document.ts'

/**
 * What a command costs beside a Node that does nothing: `tsx bench/cli-start.ts --rounds 30`. The program is built first,
 * as people run it; the commands take turns. Prints a table of CPU and wall time, and with `--write` puts its rows into
 * docs/benchmarks.md.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '30' }, write: { type: 'boolean', default: false } },
})
const NODES = 100
const CLOCK_TICKS = 100

const folder = mkdtempSync(join(tmpdir(), 'ocm-cli-start-'))
const log = { debug() {}, info() {}, warn() {}, error() {} }
const settings = { OCM_DATA_DIR: folder, OCM_SSH_AGENT: 'none', NO_COLOR: '1' }
const nodes = Array.from({ length: NODES }, (_, index) =>
  nodeRecord({ id: `node-${index}`, host: `10.0.0.${index}` }),
)
writeFileSync(join(folder, 'registry.json'), JSON.stringify({ ...emptyRegistry(), nodes }))
const { context, close } = await createContext(loadConfig(settings, { discord: 'optional' }), {
  log,
  ssh: 'none',
})
for (const { id } of nodes) context.snapshots.set(healthySnapshot({ nodeId: id }))
await close()
const program = await buildProgram()

/** CPU of the children that have ended, seconds: user and system, the 16th and 17th field of proc(5) stat. */
const childrenCpu = () => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[13]) + Number(fields[14])) / CLOCK_TICKS
}
const cases: [name: string, args: string[], aim: number][] = [
  ['node -e 0', ['-e', '0'], 1],
  ['ocm help', [program.main, 'help'], 2],
  ['ocm completion bash', [program.main, 'completion', 'bash'], 2],
  [`ocm node list --cached, ${NODES} nodes`, [program.main, 'node', 'list', '--cached'], 3],
]
const spent = cases.map(() => ({ cpu: 0, wall: 0 }))
for (let round = 0; round < Number(values.rounds); round += 1)
  for (const [index, [name, args]] of cases.entries()) {
    const [cpu, wall] = [childrenCpu(), performance.now()]
    const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...settings } })
    if (status !== 0) throw new Error(`${name}: ${status} ${stderr}`)
    const sum = spent[index]
    if (sum === undefined) continue
    sum.cpu += (childrenCpu() - cpu) * 1_000
    sum.wall += performance.now() - wall
  }
await program.remove()
rmSync(folder, { recursive: true })
const base = spent[0] ?? { cpu: 1, wall: 1 }
const rounds = Number(values.rounds)
process.stdout.write(
  '| command | CPU, ms | of `node -e 0` | aim | wall, ms |\n| --- | --- | --- | --- | --- |\n',
)
for (const [index, [name, , aim]] of cases.entries()) {
  const { cpu, wall } = spent[index] ?? base
  const row = [
    name,
    (cpu / rounds).toFixed(0),
    `${(cpu / base.cpu).toFixed(2)} ×`,
    `≤ ${aim} ×`,
    (wall / rounds).toFixed(0),
  ]
  process.stdout.write(`| ${row.join(' | ')} |\n`)
  if (values.write)
    changeDocument((text) =>
      putRow(text, 'What a command costs beside `node -e 0`', [...row, whenMeasured()]),
    )
}
