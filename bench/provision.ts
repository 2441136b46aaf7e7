import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { archives, NODE, OPENCLAW } from '../test/real-nodes/archives.ts'
import { type RealNode, startFleet } from '../test/real-nodes/fleet.ts'
import { approvedKey } from '../test/real-nodes/product.ts'
import { type BuiltProgram, buildProgram } from '../test/support/program.ts'
import { changeDocument, putOwnSection, whenMeasured } from './document.ts'

/**
 * From a bare machine to a serving node, by `ocm node add` and by an Ansible playbook that does the same steps with the same
 * archives: `npm run bench:provision`, as root, with ansible-core installed and what test/real-nodes/prepare.sh builds. Each
 * round has two new machines; who begins takes turns, and the machine of the one before is off. `--rounds N`; `--write` puts
 * the section into docs/benchmarks.md.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, write: { type: 'boolean', default: false } },
})
const rounds = Number(values.rounds)
/** On a machine on which nothing else runs. */
const AIM_S = 90
const QUIET_LOAD = 1
const TITLE = 'A new node'
const KEY = 'sk-ant-api03-a-key-of-a-bench'
const WAYS = ['ocm node add', 'ansible-playbook'] as const
const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-provision-'))
const at = (name: string) => join(folder, name)

interface Run {
  seconds: number
  /** Until the gateway was ready; after it ocm registers the node, and makes and verifies its first backup. */
  readySeconds: number
  load: number
}

interface Added {
  outcome: string
  data: { steps: { name: string; tookMs: number }[] }
}

async function timed(words: readonly string[], env: Record<string, string | undefined>) {
  const startedAt = performance.now()
  const [program = '', ...rest] = words
  const child = spawn(program, rest, {
    env: { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${out.slice(-3000)}${err.slice(-1000)}`)
  return { out, seconds: (performance.now() - startedAt) / 1_000 }
}

async function addByOcm(node: RealNode, source: string, program: BuiltProgram): Promise<Omit<Run, 'load'>> {
  const data = mkdtempSync(at('data-'))
  mkdirSync(join(data, 'secrets'), { mode: 0o700 })
  writeFileSync(join(data, 'secrets/ANTHROPIC_API_KEY'), KEY, { mode: 0o600 })
  const { fingerprint } = await approvedKey(node)
  const words = ['node', 'add', node.name, `${node.login}@${node.host}`, '--secret', 'ANTHROPIC_API_KEY']
  const { out, seconds } = await timed(
    [process.execPath, program.main, ...words, '--accept-host-key', fingerprint, '--yes', '--json'],
    { OCM_DATA_DIR: data, OCM_SSH_KEY: node.keyPath, OCM_SSH_AGENT: 'none', OCM_PROGRAM_SOURCE: source },
  )
  const { outcome, data: added } = JSON.parse(out) as Added
  if (outcome !== 'done') throw new Error(out)
  const after = added.steps.slice(added.steps.findIndex(({ name }) => name === 'readiness') + 1)
  const afterSeconds = after.reduce((sum, { tookMs }) => sum + tookMs, 0) / 1_000
  return { seconds, readySeconds: seconds - afterSeconds }
}

const ASK = String.raw`exec 3<>/dev/tcp/127.0.0.1/PORT && printf "GET /readyz HTTP/1.0\r\n\r\n" >&3 && timeout 5 cat <&3`
const serves = (node: RealNode) =>
  `timeout 600 sh -c 'until bash -c "$0" 2>/dev/null | grep -q "\\"ready\\":true"; do sleep 0.5; done' '${ASK.replace('PORT', String(node.gatewayPort))}'`

async function addByAnsible(node: RealNode, source: string): Promise<Omit<Run, 'load'>> {
  const ssh = `-F none -i ${node.keyPath} -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${at('known_hosts')} -o BatchMode=yes`
  writeFileSync(at('known_hosts'), `${node.host} ${await node.hostKey()}\n`)
  const own = 'localhost ansible_connection=local ansible_python_interpreter=/usr/bin/python3'
  const user = `ansible_user=${node.login} ansible_ssh_common_args='${ssh}'`
  writeFileSync(at('inventory'), `${own}\n[bare]\n${node.host} ${user}\n`)
  writeFileSync(at('ansible.cfg'), '[defaults]\n[ssh_connection]\npipelining=True\n')
  writeFileSync(at('secret'), KEY, { mode: 0o600 })
  const given = {
    user: node.login,
    port: node.gatewayPort,
    ssh: `ssh ${ssh} ${node.login}@${node.host}`,
    source,
    secret: at('secret'),
    node_version: NODE,
    node_archive: `node-v${NODE}-linux-x64.tar.gz`,
    openclaw_version: OPENCLAW,
    openclaw_archive: `openclaw-${OPENCLAW}-linux-x64.tar.gz`,
    serves: serves(node),
  }
  writeFileSync(at('given.json'), JSON.stringify(given))
  const playbook = join(import.meta.dirname, 'provision.yml')
  const { seconds } = await timed(
    ['ansible-playbook', '-i', at('inventory'), '-e', `@${at('given.json')}`, playbook],
    { ANSIBLE_CONFIG: at('ansible.cfg') },
  )
  return { seconds, readySeconds: seconds }
}

const found: Record<(typeof WAYS)[number], Run[]> = { 'ocm node add': [], 'ansible-playbook': [] }
const source = await archives()
const program = await buildProgram()
try {
  for (let round = 0; round < rounds; round += 1) {
    const fleet = await startFleet({
      nodes: ['ocm', 'ansible'].map((name) => ({ name, openclaw: null, diskMb: 4_096 })),
    })
    try {
      for (const way of round % 2 === 0 ? WAYS : WAYS.toReversed()) {
        const node = fleet.node(way === 'ocm node add' ? 'ocm' : 'ansible')
        const load = loadavg()[0] ?? 0
        const run =
          way === 'ocm node add' ? await addByOcm(node, source, program) : await addByAnsible(node, source)
        const { code } = await node.user(serves(node), { timeoutMs: 60_000 })
        if (code !== 0) throw new Error(`${way}: the gateway does not serve`)
        await node.machine.powerOff()
        found[way].push({ ...run, load })
        process.stderr.write(`${way}: ${run.seconds.toFixed(1)} s, load ${load.toFixed(1)}\n`)
      }
    } finally {
      await fleet.stop()
    }
  }
} finally {
  await program.remove()
  rmSync(folder, { recursive: true })
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const shown = (runs: readonly Run[], pick: (run: Run) => number) =>
  runs.map((run) => pick(run).toFixed(1)).join(', ')
const byOcm = found['ocm node add']
const worst = Math.max(...byOcm.map(({ seconds }) => seconds))
const load = Math.max(...byOcm.map((run) => run.load))
const verdict = worst <= AIM_S ? 'met' : load > QUIET_LOAD ? 'open: not a quiet machine' : '**missed**'
/** The time of ocm in each round, as a share of the playbook's. */
const shares = (pick: (run: Run) => number) =>
  byOcm
    .map((run, round) => {
      const other = found['ansible-playbook'][round]
      return other === undefined ? '' : `${(pick(run) / pick(other)).toFixed(2)} ×`
    })
    .join(', ')
const section = `## ${TITLE}

\`npm run bench:provision\`: a Debian 12 with a login and nothing else becomes a node that serves OpenClaw ${OPENCLAW}, both ways with the
same archives, on the same two processors as the machine that is made. ${rounds} rounds, each with new machines; who begins takes turns.
The playbook (\`bench/provision.yml\`) ends when the gateway is ready. ocm also logs in to the gateway, writes the node to the registry, makes its first backup
and reads all of it back; the second column leaves that out. Measured on ${whenMeasured()}.

${row(['what', 'aim', 'measured', ''])}
${row(['---', '---', '---', '---'])}
${row(['from bare to serving, watched and backed up', `≤ ${AIM_S} s on a quiet machine`, `${worst.toFixed(1)} s at the longest, load ${load.toFixed(1)}`, verdict])}

${row(['way', 'whole, s', 'until it is ready, s', 'load before'])}
${row(['---', '---', '---', '---'])}
${WAYS.map((way) => row([`\`${way}\``, shown(found[way], ({ seconds }) => seconds), shown(found[way], ({ readySeconds }) => readySeconds), shown(found[way], (run) => run.load)])).join('\n')}
${row(['ocm, of the playbook', shares(({ seconds }) => seconds), shares(({ readySeconds }) => readySeconds), ''])}
`
process.stdout.write(`${section}\n`)
if (values.write) changeDocument((page) => putOwnSection(page, section))
