import { readFileSync } from 'node:fs'
import fs from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { parsePrivateKey } from '../../src/ssh/keys.ts'
import { createSshPool } from '../../src/ssh/pool.ts'
import { scriptText } from '../../src/ssh/script-text.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool, SshSession, SshTarget } from '../../src/ssh/ssh.ts'
import { runHere } from '../cli/in-process.ts'
import { failureOf, silentLog } from '../ssh/rig.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { eventually } from './command.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'

/** Generous: nothing here measures speed but where it says so. */
const soon = { deadlineMs: 20_000 }
const CONFIG = '/etc/ssh/sshd_config.d/00-test.conf'
/** OpenSSH waits until 15 s of penalty have come together, of 5 s for each refused login. */
const FAILURES_FOR_A_PENALTY = 10
const PENALTY_ENDS_MS = 90_000

let fleet: Fleet
let node: RealNode
let target: SshTarget
const open: { close(): unknown }[] = []

beforeAll(async () => {
  fleet = await startFleet({ nodes: [{ name: 'ember', openclaw: null, debian: 13, runs: 'sshd' }] })
  node = fleet.node('ember')
  const [type = '', key = ''] = (await node.hostKey()).split(' ')
  target = {
    nodeId: node.name,
    host: node.host,
    port: node.port,
    user: node.login,
    hostKeys: [{ type, key }],
  }
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const each of open.splice(0)) await each.close()
})
afterAll(async () => {
  await fleet?.stop()
})

function poolOf(privateKey: string): SshPool {
  const pool = createSshPool({
    auth: { agentSocket: null, privateKey: parsePrivateKey(privateKey, null) },
    connectTimeoutMs: 10_000,
    clock: systemClock,
    log: silentLog,
  })
  open.push(pool)
  return pool
}
const rightKey = () => readFileSync(fleet.keyPath, 'utf8')

async function productOf(): Promise<Product> {
  const product = await openProduct(fleet)
  open.push(product)
  return product
}

/** Runs `ocm` on the files of a product. */
async function ocm(product: Product, ...argv: string[]): Promise<string> {
  vi.stubEnv('OCM_DATA_DIR', product.folder)
  vi.stubEnv('OCM_SSH_KEY', fleet.keyPath)
  const { out, err } = await runHere(argv)
  return `${out}${err}`
}

/** How often sshd has said this. */
async function said(words: RegExp): Promise<number> {
  return (await node.machine.consoleText()).match(new RegExp(words, 'g'))?.length ?? 0
}

/** Starts sshd anew, with further settings before those of its package; that also forgets all penalties. */
async function restartSshd(settings = ''): Promise<void> {
  const starts = await said(/Server listening on 0\.0\.0\.0/)
  await fs.writeFile(node.machine.file(CONFIG), settings)
  expect((await node.root('kill -HUP "$(pgrep -o -x sshd)"')).code).toBe(0)
  await eventually('sshd listens again', 20_000, async () =>
    (await said(/Server listening on 0\.0\.0\.0/)) > starts ? true : undefined,
  )
}

test('it is OpenSSH 10 with the defaults of Debian', async () => {
  expect((await node.ssh('ssh -V')).stderr).toMatch(/^OpenSSH_10\./)
  const settings = (await node.root('/usr/sbin/sshd -T')).stdout
  expect(settings).toMatch(/^persourcepenalties .*authfail:5 .*min:15/m)
  expect(settings).toMatch(/^maxsessions 10$/m)
  expect(settings).toMatch(/^kexalgorithms mlkem768x25519-sha256,/m)
})

describe('what is promised of every server', () => {
  let session: SshSession

  async function connected(): Promise<SshSession> {
    session = poolOf(rightKey()).session(target)
    await session.exec(sh`true`, soon)
    return session
  }
  /** Processes of the login user that a call started. */
  const running = async (program: string) => (await node.root(`pgrep -f -x '${program}'`)).stdout !== ''

  test('exec returns the status and both streams, and gives stdin as it is', async () => {
    await connected()
    const result = await session.exec(sh`echo out; echo err >&2; exit 7`, soon)
    expect(result).toMatchObject({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' })
    const stdin = Uint8Array.from({ length: 200_000 }, (_, index) => index % 256)
    expect((await session.exec(sh`cksum`, { ...soon, stdin })).stdout).toMatch(/ 200000\n$/)
    const odd = `$(id) 'q' "d" \\ \u{1f980} \n end`
    expect((await session.exec(sh`printf %s ${odd}`, soon)).stdout).toBe(odd)
  })

  test('scripts answer from the held shell, in a second one beside it, and with their status', async () => {
    await connected()
    const script = scriptText`printf '%s|' "$@"; sleep 0.2; exit 3`
    const both = await Promise.all(
      ['a b', '$(id)'].map((each) => session.script(script, { ...soon, args: [each] })),
    )
    expect(both.map(({ stdout, code }) => [stdout, code])).toEqual([
      ['a b|', 3],
      ['$(id)|', 3],
    ])
    expect(both.map(({ via }) => via).sort()).toEqual(['exec', 'shell'])
  })

  test('50 commands at once get along with its ten sessions, and 12 connections with its start-up limit', async () => {
    await connected()
    const codes = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => (await session.exec(sh`exit ${index}`, soon)).code),
    )
    expect(codes).toEqual(Array.from({ length: 50 }, (_, index) => index))
    const pool = poolOf(rightKey())
    const outputs = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const one = pool.session({ ...target, nodeId: `n${index}` })
        return (await one.exec(sh`echo in`, { deadlineMs: 60_000 })).stdout
      }),
    )
    expect(new Set(outputs)).toEqual(new Set(['in\n']))
  })

  test('lines and downloads are complete, and an early end ends the command', async () => {
    await connected()
    const lines: string[] = []
    for await (const line of session.lines(sh`seq 5000`, soon)) lines.push(line)
    expect([lines.length, lines.at(-1)]).toEqual([5_000, '5000'])
    let bytes = 0
    for await (const chunk of await session.download(sh`head -c 5000000 /dev/zero`, soon))
      bytes += (chunk as Buffer).length
    expect(bytes).toBe(5_000_000)
    for await (const line of session.lines(sh`echo first; exec sleep 1031`, soon)) {
      expect(line).toBe('first')
      break
    }
    await eventually('the command ended', 15_000, async () =>
      (await running('sleep 1031')) ? undefined : true,
    )
  })

  test('a command over its time is ended on the node too', async () => {
    await connected()
    const error = await failureOf(session.exec(sh`exec sleep 1032`, { deadlineMs: 1_000 }))
    expect(error.code).toBe('deadline')
    await eventually('the command ended', 15_000, async () =>
      (await running('sleep 1032')) ? undefined : true,
    )
  })

  test('a tunnel reaches a port on its loopback and names one on which nothing listens', async () => {
    await connected()
    const tunnel = await session.openTcp(22, soon)
    const [banner] = (await tunnel[Symbol.asyncIterator]().next()).value.toString().split('\r\n')
    expect(banner).toMatch(/^SSH-2\.0-OpenSSH_10\./)
    tunnel.destroy()
    expect(await failureOf(session.openTcp(1, soon))).toMatchObject({
      code: 'gateway-unreachable',
      params: { reason: 'port-silent' },
    })
  })

  test('the list and the status of the node are read', async () => {
    const product = await productOf()
    const row = (await product.list()).get('ember')?.row
    expect(row).toMatchObject({ state: 'service-down', reason: { code: 'openclaw-not-installed' } })
    const { data } = await product.run(nodeStatus, { node: 'ember' })
    expect(data.snapshot.host.hostname.value).toBe('ember')
    expect(data.snapshot.host.memory.value?.totalBytes).toBeGreaterThan(0)
  })
})

describe('a server that allows only post-quantum key exchange', () => {
  afterAll(() => restartSshd())

  test('is named in plain words with the way out', async () => {
    await restartSshd('KexAlgorithms mlkem768x25519-sha256\n')
    const local = await node.root('ssh -o BatchMode=yes -o StrictHostKeyChecking=no oc@127.0.0.1 true')
    expect(local.stderr).toMatch(/Permission denied/)

    const error = await failureOf(poolOf(rightKey()).session(target).exec(sh`true`, soon))
    expect([error.code, error.params.what]).toEqual(['kex-unsupported', 'key exchange'])
    const product = await productOf()
    expect((await product.list()).get('ember')?.row).toMatchObject({
      state: 'unreachable',
      reason: { code: 'kex-unsupported' },
    })
    expect(await ocm(product, 'node', 'status', 'ember')).toContain('only post-quantum')
    const findings = await ocm(product, 'doctor')
    expect(findings.replace(/\s+/g, ' ')).toContain('Allow curve25519-sha256 in KexAlgorithms of sshd_config')
  })
})

describe('penalties for a source address', () => {
  const REFUSED = /(?:Connection closed by|Disconnected from) authenticating user/

  test('a wrong key is tried once per pause however often people ask, and the right one works right after', async () => {
    await restartSshd()
    const before = await said(REFUSED)
    const session = poolOf(makeKeyPair().private).session(target)
    const begun = performance.now()
    const codes = new Set<string>()
    for (let count = 0; performance.now() - begun < 12_000; count++) {
      codes.add((await failureOf(session.exec(sh`true`, { ...soon, fresh: count % 2 === 0 }))).code)
      await systemClock.sleep(100)
    }
    const pauses = Math.ceil((performance.now() - begun) / 10_000)
    expect(codes).toEqual(new Set(['auth-failed']))
    const tries = (await said(REFUSED)) - before
    expect(tries).toBeGreaterThanOrEqual(1)
    expect(tries).toBeLessThanOrEqual(pauses)

    const { stdout } = await poolOf(rightKey()).session(target).exec(sh`echo in`, soon)
    expect(stdout).toBe('in\n')
  })

  test('a penalised address is told so, in bounded time, and is let in again although ocm kept asking', async () => {
    await restartSshd()
    const dropped = /penalty: failed authentication/
    for (let count = 0; count < FAILURES_FOR_A_PENALTY && (await said(dropped)) === 0; count++)
      expect((await node.ssh('true', { user: 'nobody' })).code).toBe(255)
    expect(await said(dropped)).toBe(1)

    const product = await productOf()
    const seen = (await product.list()).get('ember')
    expect(seen?.row).toMatchObject({ state: 'unreachable', reason: { code: 'connection-dropped' } })
    expect(seen?.afterMs).toBeLessThan(15_000)
    expect(await ocm(product, 'node', 'status', 'ember')).toContain('possibly a penalty')
    await eventually(
      'the node is read again',
      PENALTY_ENDS_MS,
      async () => ((await product.list()).get('ember')?.row.state === 'unreachable' ? undefined : true),
      500,
    )
    expect(await said(dropped)).toBeGreaterThan(1)
  })
})
