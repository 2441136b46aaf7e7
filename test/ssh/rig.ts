import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import type { Log } from '../../src/base/log.ts'
import { parsePrivateKey } from '../../src/ssh/keys.ts'
import { createSshPool } from '../../src/ssh/pool.ts'
import type { HostKey, SshPool, SshPoolOptions, SshTarget } from '../../src/ssh/ssh.ts'
import { freePort } from '../support/free-port.ts'
import { until } from '../support/until.ts'

const SSHD = '/usr/sbin/sshd'
/** Real sshd tests run where there is one; everything else needs only Node. */
export const haveSshd = existsSync(SSHD) && existsSync('/usr/bin/ssh-keygen')

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** A private folder that goes away with `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ocm-ssh-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Makes a key pair with ssh-keygen and returns the path of the private half. */
export function makeKey(
  folder: string,
  name: string,
  options: { type?: string; passphrase?: string; rounds?: number } = {},
): string {
  const path = join(folder, name)
  const type = options.type ?? 'ed25519'
  const args = ['-q', '-t', type, '-N', options.passphrase ?? '', '-C', name, '-f', path]
  if (type === 'rsa') args.push('-b', '2048')
  if (options.rounds !== undefined) args.push('-a', String(options.rounds))
  execFileSync('ssh-keygen', args)
  return path
}

export function publicKeyOf(path: string): HostKey {
  const [type = '', key = ''] = readFileSync(`${path}.pub`, 'utf8').split(' ')
  return { type, key }
}

export interface Sshd {
  port: number
  folder: string
  /** Path of the key that may log in. */
  userKey: string
  hostKeys: HostKey[]
  target(nodeId?: string, change?: Partial<SshTarget>): SshTarget
  /** Every process below the server: its session children and what they run. */
  descendants(): { pid: number; command: string }[]
  log(): string
  stop(): void
}

/** Starts a real sshd on loopback with its own keys and configuration. */
export async function startSshd(
  lines: readonly string[] = [],
  options: { hostKeyTypes?: string[] } = {},
): Promise<Sshd> {
  const folder = temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  const userKey = makeKey(folder.path, 'user_key')
  const types = options.hostKeyTypes ?? ['ed25519']
  const hostKeys = types.map((type) => publicKeyOf(makeKey(folder.path, `host_${type}`, { type })))
  writeFileSync(at('authorized_keys'), readFileSync(`${userKey}.pub`))
  const port = await freePort()
  const config = [
    ...lines,
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    ...types.map((type) => `HostKey ${at(`host_${type}`)}`),
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    // the start-up files of whoever runs the tests are not part of them
    `SetEnv HOME=${folder.path}`,
  ]
  writeFileSync(at('sshd_config'), `${config.join('\n')}\n`)
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const child = spawn(SSHD, ['-D', '-f', at('sshd_config'), '-E', at('log')], { stdio: 'ignore' })
  const log = () => (existsSync(at('log')) ? readFileSync(at('log'), 'utf8') : '')
  await until(
    () => /Server listening/.test(log()),
    10_000,
    () => log(),
  )
  const pid = child.pid ?? 0
  const descendants = () => descendantsOf(pid)
  return {
    port,
    folder: folder.path,
    userKey,
    hostKeys,
    descendants,
    log,
    target: (nodeId = 'node', change = {}) => ({
      nodeId,
      host: '127.0.0.1',
      port,
      user: userInfo().username,
      hostKeys: hostKeys.slice(0, 1),
      ...change,
    }),
    stop() {
      for (const { pid: each } of descendants()) tryKill(each, 'SIGKILL')
      child.kill('SIGKILL')
      folder.remove()
    },
  }
}

/** A pool that logs in with the server's user key. */
export function poolFor(userKey: string, options: Partial<SshPoolOptions> = {}): SshPool {
  return createSshPool({
    auth: { agentSocket: null, privateKey: parsePrivateKey(readFileSync(userKey, 'utf8'), null) },
    connectTimeoutMs: 8_000,
    clock: systemClock,
    log: silentLog,
    ...options,
  })
}

export function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // it is gone already
  }
}

export function descendantsOf(root: number): { pid: number; command: string }[] {
  const parents = new Map<number, { parent: number; command: string }>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
      if (state === 'Z') continue
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      parents.set(Number(name), { parent, command })
    } catch {
      // it ended while we looked
    }
  }
  const found: { pid: number; command: string }[] = []
  const wanted = [root]
  for (let at = 0; at < wanted.length; at++) {
    for (const [pid, { parent, command }] of parents) {
      if (parent !== wanted[at]) continue
      wanted.push(pid)
      found.push({ pid, command })
    }
  }
  return found
}

/** The OperatorError that a promise rejects with. */
export async function failureOf(work: Promise<unknown>): Promise<OperatorError> {
  try {
    await work
  } catch (error) {
    if (error instanceof OperatorError) return error
    throw error
  }
  throw new Error('expected a rejection')
}

/** A TCP server whose every connection is handled by `serve`. */
export async function tcpServer(
  serve: (socket: Socket) => void,
): Promise<{ port: number; connections(): number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    count += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    serve(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    connections: () => count,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A proxy that resets both sides once `bytes` bytes have come from the server. */
export function cuttingProxy(port: number, bytes: number): Promise<Awaited<ReturnType<typeof tcpServer>>> {
  return tcpServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    let left = bytes
    const cut = () => {
      client.resetAndDestroy()
      upstream.destroy()
    }
    upstream.on('error', cut)
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.pipe(upstream)
    upstream.on('data', (chunk) => {
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) setImmediate(cut)
    })
  })
}

/** The longest time for which the event loop was blocked while `work` ran, in milliseconds. */
export async function longestBlock<T>(work: () => Promise<T>): Promise<{ value: T; blockedMs: number }> {
  let last = performance.now()
  let blockedMs = 0
  const timer = setInterval(() => {
    const now = performance.now()
    blockedMs = Math.max(blockedMs, now - last - 5)
    last = now
  }, 5)
  try {
    return { value: await work(), blockedMs }
  } finally {
    clearInterval(timer)
  }
}
