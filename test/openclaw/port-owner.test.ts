import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { identityOf } from '../../src/openclaw/device-identity.ts'
import { OpenClawNodeLink } from '../../src/openclaw/node-link.ts'
import { DEFAULT_CONTEXT_SETTINGS } from '../../src/openclaw/sessions.ts'
import { type LocalSessionOptions, localSession } from './local-session.ts'
import { startRecordedGateway } from './recorded-gateway.ts'

const device = identityOf(generateKeyPairSync('ed25519').privateKey)
const cleanups: (() => unknown)[] = []
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocm-port-'))
  cleanups.push(() => rm(home, { recursive: true, force: true }))
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A process of its own that holds a port under a name, and passes on what comes, or says nothing. */
async function program(name: string, passTo: number | null): Promise<number> {
  const code = `
    process.title = ${JSON.stringify(name)}
    const { connect, createServer } = require('node:net')
    const server = createServer((peer) => {
      peer.on('error', () => undefined)
      const to = ${JSON.stringify(passTo)}
      if (to === null) return peer.resume()
      const way = connect(to, '127.0.0.1')
      way.on('error', () => peer.destroy())
      peer.pipe(way).pipe(peer)
    })
    server.listen(0, '127.0.0.1', () => console.log(server.address().port))`
  const child: ChildProcess = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanups.push(() => child.kill('SIGKILL'))
  return await new Promise((resolve) => child.stdout?.once('data', (text) => resolve(Number(text))))
}

/** A listener of this process, which is no OpenClaw either. */
async function listening(server: {
  listen(port: number, host: string, done: () => void): unknown
  address(): unknown
}) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function gateway(): Promise<number> {
  const started = await startRecordedGateway({ version: '2026.9.6' })
  cleanups.push(() => started.stop())
  return started.port
}

async function look(
  port: number,
  options: { token?: string; deadlineMs?: number } & Partial<LocalSessionOptions> = {},
) {
  const { token = 'tok-1', deadlineMs = 20_000, ...more } = options
  await mkdir(join(home, '.openclaw'), { recursive: true })
  await writeFile(
    join(home, '.openclaw/openclaw.json'),
    JSON.stringify({ gateway: { port, auth: { token } } }),
  )
  const record = { id: 'n1', gatewayPort: port, ocPath: null } as ConstructorParameters<
    typeof OpenClawNodeLink
  >[0]
  const link = new OpenClawNodeLink(record, localSession({ home, ...more }), {
    clock: systemClock,
    device: async () => device,
    settings: DEFAULT_CONTEXT_SETTINGS,
    idleMs: 60_000,
    onToken: () => undefined,
  })
  cleanups.push(() => link.dispose())
  return await link.snapshot({ deadlineMs, fresh: true })
}

// Only root sees whose sockets those of another process are, and only Linux has /proc.
describe.skipIf(process.platform !== 'linux')('a port that a program holds for a gateway', () => {
  it('is the gateway’s: it serves behind it', async () => {
    const { state, reason } = await look(await program('docker-proxy', await gateway()))
    expect([state, reason]).toEqual(['serving', null])
  })

  it('is the gateway’s also when that refuses the credential', async () => {
    const { state, reason } = await look(await program('docker-proxy', await gateway()), { token: 'another' })
    expect([state, reason?.code]).toEqual(['serving', 'gateway-auth-failed'])
  })

  it('is one of a gateway that hangs when nothing is said there', async () => {
    const { state, reason } = await look(await program('docker-proxy', null), { deadlineMs: 12_000 })
    expect([state, reason?.code]).toEqual(['not-serving', 'gateway-hung'])
  })

  it('is held by another when what is behind it speaks otherwise', async () => {
    const web = createServer((_request, response) => response.end('<html>'))
    cleanups.push(() => web.close())
    const { reason } = await look(await program('docker-proxy', await listening(web)))
    expect(reason).toMatchObject({ code: 'port-held-by-other', params: { program: 'docker-proxy' } })
  })
})

describe.skipIf(process.platform !== 'linux')('a port that another program holds', () => {
  it('is named without waiting for whoever says nothing there', { timeout: 20_000 }, async () => {
    const peers: Socket[] = []
    const mute = createTcpServer((peer) => peers.push(peer.on('error', () => undefined).resume()))
    cleanups.push(() => mute.close())
    // The look may take a minute; the test may not.
    const { state, reason } = await look(await listening(mute), { deadlineMs: 60_000 })
    expect([state, reason?.code]).toEqual(['not-serving', 'port-held-by-other'])
    // The attempt itself was not at its end yet.
    expect(peers.some(({ readableEnded, destroyed }) => !readableEnded && !destroyed)).toBe(true)
  })
})

it('a login that runs no commands is named as such, whatever its shell prints', async () => {
  const shell = ['printf', 'This account is currently not available.\\n']
  const { state, reason, host } = await look(await gateway(), { shell, tcpFailure: undefined as never })
  expect(state).not.toBe('unreachable')
  expect(reason).toEqual({ code: 'commands-refused' })
  expect(host.load).toMatchObject({ freshness: 'unknown', reason: { code: 'commands-refused' } })
})
