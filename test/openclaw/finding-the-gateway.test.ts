import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { composeConfig } from '../../src/openclaw/config-document.ts'
import { loadDeviceIdentity } from '../../src/openclaw/device-identity.ts'
import { GatewayAccess } from '../../src/openclaw/gateway-access.ts'
import { parseListeners } from '../../src/openclaw/listeners.ts'
import { selfSigned } from '../support/certificate.ts'
import { localSession } from './local-session.ts'
import { startRecordedGateway } from './recorded-gateway.ts'

const limits = { deadlineMs: 10_000 }

let home: string
const cleanups: (() => unknown)[] = []

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ocm-find-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await rm(home, { recursive: true, force: true })
})

async function write(name: string, content: unknown): Promise<void> {
  const path = join(home, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
}

async function gateway(options: Partial<Parameters<typeof startRecordedGateway>[0]> = {}) {
  const started = await startRecordedGateway({ version: '2026.9.6', ...options })
  cleanups.push(() => started.stop())
  return started
}

/** A systemctl that names this process as the unit's: its sockets are those of the gateways that run here. */
async function unitIsThisProcess(): Promise<void> {
  await write('bin/systemctl', `#!/bin/sh\necho ${process.pid}\n`)
  await chmod(join(home, 'bin/systemctl'), 0o755)
}

function access(registryPort: number, shell?: readonly string[]): GatewayAccess {
  const made = new GatewayAccess({
    session: localSession({
      home,
      env: { PATH: `${home}/bin:${process.env.PATH}` },
      ...(shell ? { shell } : {}),
    }),
    port: registryPort,
    statePath: null,
    unit: { name: 'openclaw-gateway.service', level: 'user' },
    device: () => loadDeviceIdentity(join(home, 'device.pem')),
    clock: systemClock,
    idleMs: 60_000,
  })
  cleanups.push(() => made.close())
  return made
}

async function serves(registryPort: number): Promise<GatewayAccess> {
  const made = access(registryPort)
  const client = await made.client(limits)
  expect(client.hello.protocol).toBe(4)
  return made
}

const auth = (value: unknown) => ({ gateway: { auth: value } })

describe('a gateway is spoken to', () => {
  it('in TLS with a certificate of its own, also when asked whether it is ready', async () => {
    const { port } = await gateway({ tls: selfSigned('gateway') })
    await write('.openclaw/openclaw.json', {
      gateway: { port, tls: { enabled: true }, auth: { mode: 'token', token: 'tok-1' } },
    })
    const found = await serves(port)
    expect(await found.readiness(limits)).toMatchObject({ kind: 'ready' })
  })

  it('in TLS even where its configuration does not say so', async () => {
    const { port } = await gateway({ tls: selfSigned('gateway') })
    await write('.openclaw/openclaw.json', { gateway: { port, auth: { token: 'tok-1' } } })
    await serves(port)
  })

  it.each([
    ['in the configuration', { mode: 'password', password: 'pass word' }, ''],
    ['in the environment alone', {}, 'OPENCLAW_GATEWAY_PASSWORD="pass word"\n'],
    ['in a variable of the configuration', { mode: 'password', password: '$' + '{PW}' }, 'PW=pass word\n'],
  ])('with the password that is %s', async (_name, section, env) => {
    const { port } = await gateway({ password: 'pass word' })
    await write('.openclaw/openclaw.json', { gateway: { port, auth: section } })
    await write('.openclaw/.env', env)
    await serves(port)
  })

  it.each<[string, unknown, Record<string, string>]>([
    [
      'a file that is included as a section',
      { gateway: { $include: 'gateway.json5' } },
      { 'gateway.json5': "{auth:{token:'tok-1'}}" },
    ],
    [
      'an included file that includes another',
      { gateway: { auth: { $include: './a/one.json' } } },
      { 'a/one.json': '{"$include":"two.json"}', 'a/two.json': '{"token":"tok-1"}' },
    ],
    [
      'the last of several included files',
      { gateway: { $include: ['one.json', 'two.json'] } },
      { 'one.json': '{"auth":{"token":"no","mode":"token"}}', 'two.json': '{"auth":{"token":"tok-1"}}' },
    ],
    [
      'keys beside an include',
      { gateway: { $include: 'one.json', auth: { token: 'tok-1' } } },
      { 'one.json': '{"auth":{"token":"no"}}' },
    ],
    [
      'a variable of gateway.systemd.env',
      auth({ token: '$' + '{MY_TOKEN}' }),
      { 'gateway.systemd.env': 'MY_TOKEN=tok-1\n' },
    ],
    [
      'env.vars of the configuration',
      { env: { vars: { MY_TOKEN: 'tok-1' } }, ...auth({ token: '$' + '{MY_TOKEN}' }) },
      {},
    ],
    ['a variable in the middle of a text', auth({ token: 'to$' + '{MIDDLE}1' }), { '.env': 'MIDDLE=k-\n' }],
    [
      'a .env with quotes, comments and exports',
      {},
      { '.env': '# mine\nexport OPENCLAW_GATEWAY_TOKEN="tok-1" # the token\n' },
    ],
    [
      'a reference to the environment',
      auth({ token: { source: 'env', provider: 'default', id: 'T' } }),
      { '.env': "T='tok-1'\n" },
    ],
  ])('with the token from %s', async (_name, config, files) => {
    const { port } = await gateway()
    await write('.openclaw/openclaw.json', config)
    for (const [name, text] of Object.entries(files)) await write(`.openclaw/${name}`, text)
    await serves(port)
  })

  it('at the port of its own process when the registry and the configuration name others', async () => {
    const { port } = await gateway()
    await unitIsThisProcess()
    await write('.openclaw/openclaw.json', { gateway: { port: 9, auth: { token: 'tok-1' } } })
    const found = await serves(11)
    expect(found.port).toBe(port)
  })

  it('at the address on which its process listens alone', async () => {
    const { port } = await gateway({ host: '127.1.2.3' })
    await unitIsThisProcess()
    await write('.openclaw/openclaw.json', { gateway: { bind: 'tailnet', auth: { token: 'tok-1' } } })
    const found = await serves(port)
    expect(await found.readiness(limits)).toMatchObject({ kind: 'ready' })
  })

  it('at the address that its configuration names', async () => {
    const { port } = await gateway({ host: '127.1.2.3' })
    await write('.openclaw/openclaw.json', {
      gateway: { bind: 'custom', customBindHost: '127.1.2.3', auth: { token: 'tok-1' } },
    })
    await serves(port)
  })

  it('as soon as its process is seen to listen, though it was searched a moment ago', async () => {
    const { port } = await gateway()
    const config = (address: string) => ({
      gateway: { bind: 'custom', customBindHost: address, auth: { token: 'tok-1' } },
    })
    await write('.openclaw/openclaw.json', config('127.1.2.3'))
    const looked = access(port)
    await expect(looked.client(limits)).rejects.toMatchObject({ code: 'gateway-unreachable' })
    await write('.openclaw/openclaw.json', config('127.0.0.1'))
    await expect(looked.client(limits)).rejects.toMatchObject({ code: 'gateway-unreachable' })
    looked.lookAround()
    expect((await looked.client(limits)).hello.protocol).toBe(4)
  })

  it('as the node’s own, not as the one of a stranger that has the usual port', async () => {
    const stranger = await gateway({ token: 'of somebody else' })
    const own = await gateway()
    await unitIsThisProcess()
    await write('.openclaw/openclaw.json', { gateway: { port: stranger.port, auth: { token: 'tok-1' } } })
    expect((await serves(stranger.port)).port).toBe(own.port)
  })
})

describe('a configuration', () => {
  it('that only OpenClaw itself can resolve is named as such', async () => {
    await write('.openclaw/openclaw.json', auth({ token: { source: 'exec', id: 'vault' } }))
    const reading = await access(1).readConfig(limits)
    expect(reading).toMatchObject({
      credential: null,
      problem: { code: 'gateway-token-missing', params: { source: 'exec' } },
    })
  })

  it('below a folder that may not be entered is not taken for a missing one', async () => {
    await write('.openclaw/openclaw.json', {})
    await chmod(home, 0o755)
    await chmod(join(home, '.openclaw'), 0)
    // root may enter everywhere.
    const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'sh']
    const reading = await access(1, process.getuid?.() === 0 ? nobody : undefined).readConfig(limits)
    await chmod(join(home, '.openclaw'), 0o700)
    expect(reading.problem).toEqual({ code: 'permission-denied' })
  })

  it('keeps what is no variable as it is', async () => {
    await write('.openclaw/openclaw.json', auth({ token: 'a$$' + '{HOME}b' }))
    expect((await access(1).readConfig(limits)).credential?.secret).toBe('a$' + '{HOME}b')
  })

  it.each([
    ['leads out of its folder', '{"$include":"../secrets.json"}'],
    ['leads to an absolute place', '{"$include":"/etc/passwd"}'],
    ['is no path', '{"$include":7}'],
    ['includes itself', '{"$include":"openclaw.json"}'],
  ])('with an include that %s is not valid', (_name, text) => {
    const files = new Map([['/home/oc/.openclaw/openclaw.json', text]])
    expect(composeConfig('/home/oc/.openclaw/openclaw.json', files).kind).toBe('invalid')
  })

  it('asks for all the files that it still needs at once', () => {
    const text = '{"a":{"$include":"a.json"},"b":{"$include":["b.json","a.json"]}}'
    expect(composeConfig('/x/openclaw.json', new Map([['/x/openclaw.json', text]]))).toEqual({
      kind: 'needs',
      files: ['/x/a.json', '/x/b.json'],
    })
  })
})

describe('the sockets of a process', () => {
  it('become addresses to dial, the loopback first', () => {
    const listing =
      '0704640A:4965\n00000000:4965\n00000000000000000000000001000000:4966\nFFFF\n0000000000000000FFFF00000100007F:1F90\n'
    expect(parseListeners(listing)).toEqual([
      { host: '127.0.0.1', port: 0x4965 },
      { host: '127.0.0.1', port: 8080 },
      { host: '10.100.4.7', port: 0x4965 },
      { host: '::1', port: 0x4966 },
    ])
  })
})
