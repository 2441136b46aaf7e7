import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { emptyRegistry } from '../registry/parse.ts'
import { nodeRecord } from '../test/discord/extremes.ts'
import { startFleet } from '../test/real-nodes/fleet.ts'
import { approvedKey } from '../test/real-nodes/product.ts'
import { buildProgram } from '../test/support/program.ts'

/**
 * Backups of one real node beside what people use: `npm run bench:backup -- MB`, as root, with restic installed. Half of the
 * state is one file and half are files of 25 KB, none of which can be compressed. The times of ocm have everything in them
 * that its command does: start-up, a look at the node, the transfer, and reading all of it back. restic is given the disk
 * of the node as if it were its own, without any network, which is quicker than any way to pull with it.
 */
const [megabytes = 300] = process.argv.slice(2).map(Number)
const NAME = 'bench'
const folder = mkdtempSync(join(tmpdir(), 'ocm-bench-backup-'))
const fleet = await startFleet({
  nodes: [{ name: NAME, openclaw: '2026.9.6', diskMb: megabytes * 3 + 2_048 }],
})
const program = await buildProgram()
const node = fleet.node(NAME)
const half = Math.round(megabytes / 2) * 1_000_000
const filled = await node.user(
  `mkdir -p ~/.openclaw/workspace && cd ~/.openclaw/workspace && head -c ${half} /dev/urandom > large && mkdir many && cd many &&
  head -c ${half} /dev/urandom | split -b 25000 -a 5 - part- && sleep 2.5`,
  { timeoutMs: 600_000 },
)
if (filled.code !== 0) throw new Error(filled.stderr)
const record = {
  ...nodeRecord({ id: NAME, host: node.host }),
  sshPort: node.port,
  sshUser: node.login,
  gatewayPort: node.gatewayPort,
  hostKeys: [await approvedKey(node)],
}
writeFileSync(join(folder, 'registry.json'), JSON.stringify({ ...emptyRegistry(), nodes: [record] }))

interface Run {
  seconds: number
  /** Largest resident set, MB; of ocm alone. */
  rss: number | null
  told: string
}
const env = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  OCM_DATA_DIR: folder,
  OCM_SSH_KEY: fleet.keyPath,
  OCM_SSH_AGENT: 'none',
  RESTIC_PASSWORD: 'bench',
}
function shell(line: string): Run {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync('sh', ['-ec', line], { env, cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
  return { seconds: (performance.now() - startedAt) / 1_000, rss: null, told: '' }
}
async function ocm(): Promise<Run> {
  const startedAt = performance.now()
  const words = [program.main, 'node', 'backup', NAME, '--json']
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'ignore'] })
  let rss = 0
  const look = setInterval(() => {
    try {
      rss = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? rss)
    } catch {
      // It has just ended.
    }
  }, 50)
  const [told, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  clearInterval(look)
  if (code !== 0) throw new Error(told)
  const { data } = JSON.parse(told)
  const detail = `transfer ${(data.transferMs / 1_000).toFixed(1)} s, ${data.unchanged.files} files not sent`
  return { seconds: (performance.now() - startedAt) / 1_000, rss: rss / 1_024, told: detail }
}

const ssh = `-i ${fleet.keyPath} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`
const at = `${node.login}@${node.host}`
const disk = node.machine.file('/home/oc/.openclaw')
const rivals: [name: string, run: () => Run | Promise<Run>][] = [
  ['tar over ssh', () => shell(`ssh -p ${node.port} ${ssh} ${at} 'tar -C ~ -cf - .openclaw' > plain.tar`)],
  ['scp -r', () => shell(`rm -rf copied; scp -q -r -P ${node.port} ${ssh} ${at}:.openclaw copied`)],
  [
    'tar.gz on the node, then scp',
    () =>
      shell(
        `ssh -p ${node.port} ${ssh} ${at} 'tar -C ~ -czf ~/b.tgz .openclaw'; scp -q -P ${node.port} ${ssh} ${at}:b.tgz .; ssh -p ${node.port} ${ssh} ${at} 'rm ~/b.tgz'`,
      ),
  ],
  ['restic on the node’s disk, no network', () => shell(`restic -q -r restic backup ${disk}`)],
  ['ocm node backup', ocm],
]
try {
  shell('restic -q init -r restic')
  process.stdout.write(`| ${megabytes} MB | first, s | second, s | |\n|---|---:|---:|---|\n`)
  for (const [name, run] of rivals) {
    const [first, second] = [await run(), await run()]
    const rss =
      first.rss === null ? '' : `at most ${Math.round(Math.max(first.rss, second.rss ?? 0))} MB resident; `
    const told = [first.told, second.told].filter(Boolean).join('; then ')
    process.stdout.write(
      `| ${name} | ${first.seconds.toFixed(1)} | ${second.seconds.toFixed(1)} | ${rss}${told} |\n`,
    )
  }
} finally {
  await program.remove()
  await fleet.stop()
  rmSync(folder, { recursive: true })
}
