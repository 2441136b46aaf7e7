import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { NodeRecord } from '../registry/schema.ts'
import { describeHostKey } from '../src/ssh/host-keys.ts'
import { startFleet } from '../test/real-nodes/fleet.ts'
import { approvedKey } from '../test/real-nodes/product.ts'

/** What is backed up, and how it is reached. */
export interface BackupNode {
  /** What the reader of the figures is told of it. */
  what: string
  host: string
  port: number
  user: string
  keyPath: string
  gatewayPort: number
  hostKey: NodeRecord['hostKeys'][number]
  /** Where the login's `.openclaw` lies there; root's sftp does not begin in it. */
  home: string
  /** Where its state directory lies on this machine. */
  disk: string
  stop(): Promise<void>
}

/** Half of it in one file, half in files of 25 KB; none can be compressed. */
const fill = (half: number) =>
  `mkdir -p ~/.openclaw/workspace && cd ~/.openclaw/workspace && head -c ${half} /dev/urandom > large && mkdir many && cd many &&
  head -c ${half} /dev/urandom | split -b 25000 -a 5 - part- && sleep 2.5`

/**
 * A real node with a gateway that runs, its state filled. Must run as root.
 * @param megabits how much it can send in a second; null for what this machine can
 */
export async function startRealNode(megabytes: number, megabits: number | null): Promise<BackupNode> {
  const name = 'bench'
  const fleet = await startFleet({ nodes: [{ name, openclaw: '2026.9.6', diskMb: megabytes * 3 + 2_048 }] })
  const node = fleet.node(name)
  const filled = await node.user(fill((megabytes / 2) * 1_000_000), { timeoutMs: 1_200_000 })
  if (filled.code !== 0) throw new Error(filled.stderr)
  if (megabits !== null) await node.machine.limitRate(megabits)
  return {
    what: 'one real node with OpenSSH and a gateway that runs',
    host: node.host,
    port: node.port,
    user: node.login,
    keyPath: fleet.keyPath,
    gatewayPort: node.gatewayPort,
    hostKey: await approvedKey(node),
    home: '/home/oc',
    disk: node.machine.file('/home/oc/.openclaw'),
    stop: () => fleet.stop(),
  }
}

const PORT = 2_298

/**
 * OpenSSH's server on this machine, with three databases and no gateway, in a folder that exists. Must run as root.
 * @param binaries the folder of a Node.js that can copy databases: 22.13 or later
 */
export async function startOwnServer(
  folder: string,
  megabytes: number,
  binaries: string,
): Promise<BackupNode> {
  const at = (name: string) => join(folder, name)
  for (const name of ['server-key', 'user-key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(name)])
  const home = at('home')
  mkdirSync(home)
  mkdirSync('/run/sshd', { recursive: true })
  writeFileSync(
    at('sshd_config'),
    `Port ${PORT}
ListenAddress 127.0.0.1
HostKey ${at('server-key')}
AuthorizedKeysFile ${at('user-key.pub')}
PidFile none
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
Subsystem sftp internal-sftp
SetEnv HOME=${home} PATH=${binaries}:/usr/local/bin:/usr/bin:/bin
`,
  )
  execFileSync('sh', ['-ec', fill((megabytes / 2) * 1_000_000)], { env: { ...process.env, HOME: home } })
  for (const agent of ['main', 'ops', 'dev'])
    makeDatabase(join(home, `.openclaw/agents/${agent}/agent/openclaw-agent.sqlite`), agent)
  writeFileSync(join(home, '.openclaw/openclaw.json'), '{}')
  const server = spawn('/usr/sbin/sshd', ['-D', '-f', at('sshd_config')], { stdio: 'ignore' })
  await listens()
  const [, key = ''] = readFileSync(at('server-key.pub'), 'utf8').split(' ')
  return {
    what: 'an OpenSSH server on the same machine, three databases of 1.5 MB, no gateway',
    host: '127.0.0.1',
    port: PORT,
    user: 'root',
    keyPath: at('user-key'),
    gatewayPort: 1,
    hostKey: {
      ...describeHostKey(Buffer.from(key, 'base64')),
      approvedAt: new Date().toISOString(),
      approvedBy: 'cli:bench',
    },
    home,
    disk: join(home, '.openclaw'),
    async stop() {
      server.kill()
      rmSync(home, { recursive: true })
    },
  }
}

function makeDatabase(path: string, agent: string): void {
  mkdirSync(dirname(path), { recursive: true })
  const db = new DatabaseSync(path)
  db.exec('PRAGMA user_version = 23; CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)')
  db.exec('CREATE TABLE schema_meta (role TEXT, agent_id TEXT)')
  db.prepare('INSERT INTO schema_meta VALUES (?, ?)').run('agent', agent)
  const insert = db.prepare('INSERT INTO rows (text) VALUES (?)')
  db.exec('BEGIN')
  for (let row = 0; row < 5_000; row += 1) insert.run(`row ${row} ${'x'.repeat(300)}`)
  db.exec('COMMIT')
  db.close()
}

async function listens(): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    const is = await new Promise<boolean>((resolve) => {
      const socket = connect(PORT, '127.0.0.1', () => resolve(true))
      socket.once('error', () => resolve(false)).once('close', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (is) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('sshd does not listen')
}
