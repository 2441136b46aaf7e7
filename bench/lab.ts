import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inGroup } from './accounting.ts'

/** The hosts of the lab: all of 127.0.0.0/8 answers in a network namespace that has only loopback. */
export interface Lab {
  folder: string
  /** The private key that may log in everywhere. */
  userKey: string
  /** The one host key of all hosts: `ssh-ed25519 AAAA…`. */
  hostKey: { type: string; key: string }
  /** OpenSSH's client configuration: strict host keys, this key only, curve25519 forced. */
  sshConfig: string
  /** The same with the key exchange that the installed OpenSSH chooses by itself. */
  stockSshConfig: string
  hosts(count: number, from?: number): string[]
  /** Drops every packet to these addresses, without a word, until the returned function is called. */
  blackHole(hosts: readonly string[]): () => void
}

/** Every rival and ocm itself run these very bytes. The numbers of the answer are masked when it is compared. */
export const HOST_PROBE = [
  "printf '<<host-probe\\n'",
  'cat /proc/uptime /proc/loadavg',
  'head -n5 /proc/meminfo',
  'df -kP /',
  'systemctl --user is-active openclaw-gateway',
  "printf 'host-probe>>\\n'",
].join('; ')

const SSHD = '/usr/sbin/sshd'
const PORT = 22

/** What there is no systemd for: the state of the service, as `is-active` and `show` print it. */
const SYSTEMCTL = `#!/bin/sh
case "$*" in
  *is-active*) echo active ;;
  *show*) printf 'LoadState=loaded\\nActiveState=active\\nSubState=running\\nResult=success\\nMainPID=%s\\nNRestarts=0\\nExecMainStatus=0\\nExecMainStartTimestamp=Mon 2026-01-05 08:00:00 UTC\\nUnitFileState=enabled\\n' "$(cat "$HOME/gateway.pid" 2>/dev/null || echo 0)" ;;
esac
`

/**
 * Starts a real sshd for all hosts. Must run as root inside namespaces of its own for network, mounts and processes:
 * their end is what cleans up.
 */
export async function startLab(options: { home: string; serverGroup: string }): Promise<Lab> {
  // Hundreds of handshakes a second towards one listener.
  writeFileSync('/proc/sys/net/core/somaxconn', '4096')
  // Made, and removed again, by whoever started this process.
  const folder = tmpdir()
  const at = (name: string) => join(folder, name)
  for (const name of ['user_key', 'host_key'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', at(name)])
  const publicOf = (name: string) => readFileSync(at(`${name}.pub`), 'utf8').trim()
  const [type = '', key = ''] = publicOf('host_key').split(' ')
  writeFileSync(at('authorized_keys'), `${publicOf('user_key')}\n`)
  writeFileSync(at('known_hosts'), `127.1.*.* ${type} ${key}\n`)
  mkdirSync(at('bin'))
  writeFileSync(at('bin/systemctl'), SYSTEMCTL)
  chmodSync(at('bin/systemctl'), 0o755)
  // Where the probe looks for the installed version.
  mkdirSync(at('openclaw'))
  writeFileSync(at('openclaw/package.json'), '{\n  "name": "openclaw",\n  "version": "2026.9.6"\n}\n')
  writeFileSync(at('openclaw/openclaw.mjs'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('../openclaw/openclaw.mjs', at('bin/openclaw'))
  mkdirSync('/run/sshd', { recursive: true })
  const sshdConfig = [
    `Port ${PORT}`,
    'ListenAddress 0.0.0.0',
    `HostKey ${at('host_key')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    'UsePAM yes',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'MaxStartups 1000:30:2000',
    'LogLevel ERROR',
    `SetEnv HOME=${options.home} PATH=${at('bin')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
  ]
  writeFileSync(at('sshd_config'), `${sshdConfig.join('\n')}\n`)
  const sshConfig = at('ssh_config')
  const stockSshConfig = at('stock_ssh_config')
  const clientConfig = [
    'Host *',
    'User root',
    `Port ${PORT}`,
    `IdentityFile ${at('user_key')}`,
    'IdentitiesOnly yes',
    'IdentityAgent none',
    `UserKnownHostsFile ${at('known_hosts')}`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'ConnectTimeout 5',
    'LogLevel ERROR',
  ]
  writeFileSync(stockSshConfig, `${clientConfig.join('\n')}\n`)
  writeFileSync(sshConfig, `${[...clientConfig, 'KexAlgorithms curve25519-sha256'].join('\n')}\n`)
  const [command = '', ...args] = inGroup(options.serverGroup, [
    SSHD,
    '-D',
    '-f',
    at('sshd_config'),
    '-E',
    at('log'),
  ])
  const sshd = spawn(command, args, { stdio: 'ignore' })
  process.once('exit', () => sshd.kill('SIGKILL'))
  await reachable('127.1.0.1', PORT, () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : ''))

  return {
    folder,
    userKey: at('user_key'),
    hostKey: { type, key },
    sshConfig,
    stockSshConfig,
    hosts: (count, from = 0) =>
      Array.from({ length: count }, (_, index) => {
        const number = from + index
        return `127.1.${Math.floor(number / 200)}.${(number % 200) + 1}`
      }),
    blackHole(hosts) {
      const rule = (action: string, host: string) =>
        execFileSync('iptables', [
          '-w',
          action,
          'INPUT',
          '-d',
          host,
          '-p',
          'tcp',
          '--dport',
          String(PORT),
          '-j',
          'DROP',
        ])
      for (const host of hosts) rule('-I', host)
      return () => {
        for (const host of hosts) rule('-D', host)
      }
    },
  }
}

async function reachable(host: string, port: number, explain: () => string): Promise<void> {
  const end = performance.now() + 10_000
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host, port })
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('close', () => resolve(false))
      setTimeout(() => socket.destroy(), 500)
    })
    if (open) return
    if (performance.now() > end) throw new Error(`sshd does not answer: ${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
