import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { connect as connectTcp, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { identityOf, loadDeviceIdentity } from '../../src/openclaw/device-identity.ts'
import { connectGateway, type GatewayClient } from '../../src/openclaw/gateway-client.ts'
import { connectError, parseHello } from '../../src/openclaw/gateway-frames.ts'
import type { GatewayClientOptions } from '../../src/openclaw/gateway-wire.ts'
import type { GatewayEvent } from '../../src/openclaw/ports.ts'
import { recordedFrames, recordedHello, VERSIONS } from './fixtures.ts'
import { type RecordedGatewayOptions, startRecordedGateway } from './recorded-gateway.ts'

const LIMITS = { deadlineMs: 5_000 }
const device = identityOf(generateKeyPairSync('ed25519').privateKey)
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A stream with nothing of a socket but reading and writing, as an SSH channel is. */
function plainDuplex(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1')
    socket.once('error', reject)
    socket.once('connect', () => {
      const stream = new Duplex({
        read: () => socket.resume(),
        write: (chunk, _encoding, done) => void socket.write(chunk, done),
        final: (done) => void socket.end(done),
        destroy: (error, done) => {
          socket.destroy()
          done(error)
        },
      })
      socket.on('data', (chunk) => stream.push(chunk) || socket.pause())
      socket.on('end', () => stream.push(null))
      socket.on('close', () => stream.destroy())
      resolve(stream)
    })
  })
}

async function start(options: Partial<RecordedGatewayOptions> = {}) {
  const gateway = await startRecordedGateway({ version: '2026.9.6', ...options })
  cleanups.push(() => gateway.stop())
  return gateway
}

async function open(
  port: number,
  options: Partial<GatewayClientOptions> = {},
  limits = LIMITS,
): Promise<GatewayClient> {
  const base = {
    nodeId: 'n1',
    port,
    credential: { kind: 'token' as const, secret: 'tok-1' },
    device,
    clock: systemClock,
    open: () => plainDuplex(port),
  }
  const client = await connectGateway({ ...base, ...options }, limits)
  cleanups.push(() => client.close())
  return client
}

async function failure(promise: Promise<unknown>): Promise<OperatorError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(OperatorError)
  return error as OperatorError
}

/** Time that jumps: every sleep is over at once and moves the clock on. Deadlines stay true. */
function hurriedClock() {
  let now = 0
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(ms: number, signal?: AbortSignal) {
      if (ms > 5_000) return await systemClock.sleep(ms, signal)
      await systemClock.sleep(5, signal)
      now += ms
    },
    skip(ms: number) {
      now += ms
    },
  }
}

describe('the handshake', () => {
  it.each(VERSIONS)(
    'is completed with %s over a bare stream, with a signed device and no Origin',
    async (version) => {
      const gateway = await start({ version })
      const client = await open(gateway.port)
      expect(client.hello.protocol).toBe(version === '2026.9.6' ? 4 : 3)
      expect(client.hello.methods.has('sessions.list')).toBe(true)
      expect(client.hello.scopes).toContain('operator.admin')
      expect(client.hello.serverVersion).toBe(version === '2026.9.6' ? '2026.9.6' : null)
      expect(gateway.state.headers[0]).not.toHaveProperty('origin')
    },
  )

  it('tells a wrong token from everything else', async () => {
    const gateway = await start()
    const error = await failure(open(gateway.port, { credential: { kind: 'token', secret: 'nope' } }))
    expect(error.code).toBe('gateway-auth-failed')
    expect(error.params).toMatchObject({ node: 'n1', code: 'AUTH_TOKEN_MISMATCH' })
  })

  it.each([
    ['ws-frames-badtoken.jsonl', 'gateway-auth-failed', 'AUTH_TOKEN_MISMATCH'],
    ['ws-frames-notoken.jsonl', 'gateway-auth-failed', 'DEVICE_IDENTITY_REQUIRED'],
    ['ws-frames-unknown-client.jsonl', 'gateway-protocol', 'INVALID_REQUEST'],
  ])('reads the recorded refusal in %s as %s', (file, code, detail) => {
    const refused = recordedFrames('2026.9.6', file).find(({ frame }) => frame.ok === false)
    const error = connectError('n1', refused?.frame.error as never)
    expect(error.code).toBe(code)
    expect(error.params.code).toBe(detail)
  })

  it('reads the recorded protocol mismatch of 2026.2.17', () => {
    const refused = recordedFrames('2026.2.17', 'ws-frames.jsonl').find(({ frame }) => frame.ok === false)
    expect(connectError('n1', refused?.frame.error as never).code).toBe('gateway-protocol')
  })

  it('says that the gateway is starting while it asks for a later try', async () => {
    const error = {
      code: 'UNAVAILABLE',
      message: 'starting',
      details: { reason: 'startup-sidecars' },
      retryAfterMs: 750,
    }
    const gateway = await start({ reply: () => ({ error, close: 1013 }) })
    const failed = await failure(open(gateway.port))
    expect(failed.code).toBe('gateway-unreachable')
    expect(failed.params).toMatchObject({ reason: 'gateway-starting', retryInMs: 750 })
  })

  it('gives up at the deadline when the peer accepts and is silent, and lets go of the stream', async () => {
    const gateway = await start({ mute: true })
    let stream: Duplex | undefined
    const error = await failure(
      open(
        gateway.port,
        { open: async () => (stream = await plainDuplex(gateway.port)) },
        { deadlineMs: 200 },
      ),
    )
    expect(error.code).toBe('deadline')
    await expect.poll(() => stream?.destroyed).toBe(true)
  })

  it('calls a server that is no gateway by its name', async () => {
    const other = createServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => other.close())
    const port = (other.address() as { port: number }).port
    expect((await failure(open(port))).code).toBe('gateway-protocol')
  })

  it('calls a web server that answers 200 to everything no gateway either', async () => {
    const web = createHttpServer((_, response) => void response.end('<html></html>'))
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => web.close())
    const error = await failure(open((web.address() as { port: number }).port))
    expect(error.params).toMatchObject({ code: 'no-websocket' })
  })

  it('survives a peer that drops the connection before the upgrade', async () => {
    const server = createServer((socket) => void socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => server.close())
    const error = await failure(open((server.address() as { port: number }).port))
    expect(error.code).toBe('gateway-unreachable')
  })

  it('refuses a hello of a protocol that it does not know', () => {
    expect(parseHello({ ...recordedHello('2026.9.6'), protocol: 5 })).toBeNull()
    expect(parseHello({ type: 'hello-ok', protocol: 4 })?.hello.methods.size).toBe(0)
  })
})

describe('calls', () => {
  it('match answers that arrive in another order, with events in between', async () => {
    const held: (() => void)[] = []
    const gateway = await start({
      reply(request, socket) {
        if (request.method === 'connect') return undefined
        const answer = { type: 'res', id: request.id, ok: true, payload: request.method }
        held.push(() => socket.send(JSON.stringify(answer)))
        if (held.length === 3) {
          socket.send(JSON.stringify({ type: 'event', event: 'health', payload: { ok: true } }))
          for (const send of held.reverse()) send()
        }
        return null
      },
    })
    const client = await open(gateway.port)
    const answers = await Promise.all(['a', 'b', 'c'].map((method) => client.call(method, {}, LIMITS)))
    expect(answers).toEqual(['a', 'b', 'c'])
  })

  it('carry the method and the code of a refusal', async () => {
    const details = { code: 'MISSING_SCOPE', missingScope: 'operator.admin' }
    const error = { code: 'FORBIDDEN', message: 'missing scope: operator.admin', details }
    const gateway = await start({ reply: ({ method }) => (method === 'connect' ? undefined : { error }) })
    const client = await open(gateway.port)
    const failed = await failure(client.call('sessions.reset', { key: 'x' }, LIMITS))
    expect(failed.code).toBe('gateway-refused')
    expect(failed.params).toMatchObject({ method: 'sessions.reset', code: 'MISSING_SCOPE' })
    expect(client.isOpen).toBe(true)
  })

  it('end with the deadline alone: a late answer harms nothing and the connection stays', async () => {
    const gateway = await start({ reply: ({ method }) => (method === 'slow' ? null : undefined) })
    const client = await open(gateway.port)
    expect((await failure(client.call('slow', {}, { deadlineMs: 50 }))).code).toBe('deadline')
    gateway.broadcast(JSON.stringify({ type: 'res', id: '2', ok: true, payload: {} }))
    await expect(client.call('health', {}, LIMITS)).resolves.toMatchObject({ ok: true })
  })

  it('end when the caller gives up', async () => {
    const gateway = await start({ reply: ({ method }) => (method === 'slow' ? null : undefined) })
    const client = await open(gateway.port)
    const controller = new AbortController()
    const call = failure(client.call('slow', {}, { ...LIMITS, signal: controller.signal }))
    controller.abort()
    expect((await call).code).toBe('cancelled')
  })

  it('fail with output-limit for an answer larger than asked for', async () => {
    const gateway = await start()
    const client = await open(gateway.port)
    const error = await failure(client.call('sessions.list', {}, { ...LIMITS, maxOutputBytes: 100 }))
    expect(error.code).toBe('output-limit')
    expect(client.isOpen).toBe(true)
  })

  it('end the connection on a frame above the cap instead of holding it in memory', async () => {
    const gateway = await start({
      reply: ({ method }) => (method === 'big' ? { payload: 'x'.repeat(100_000) } : undefined),
    })
    const client = await open(gateway.port, { maxFrameBytes: 60_000 })
    expect((await failure(client.call('big', {}, LIMITS))).code).toBe('output-limit')
    expect(client.isOpen).toBe(false)
  })

  it('all end at once when the gateway restarts, and nobody knows what became of them', async () => {
    const gateway = await start({ reply: ({ method }) => (method === 'connect' ? undefined : null) })
    const client = await open(gateway.port)
    const calls = [failure(client.call('a', {}, LIMITS)), failure(client.call('b', {}, LIMITS))]
    await expect.poll(() => gateway.received.length).toBe(3)
    gateway.drop(1012, 'service restart')
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'connection-lost', kind: 'unknown' })
      expect(error.params).toMatchObject({ reason: 'gateway-starting', code: 1012 })
    }
    expect((await failure(client.call('c', {}, LIMITS))).code).toBe('gateway-unreachable')
  })

  it('reject a frame that is not the protocol', async () => {
    const gateway = await start()
    const client = await open(gateway.port)
    gateway.broadcast('{"type":"nonsense"}')
    await expect.poll(() => client.isOpen).toBe(false)
    expect((await failure(client.call('health', {}, LIMITS))).code).toBe('gateway-protocol')
  })
})

describe('events', () => {
  it('reach every listener until it leaves, and each hears the end once', async () => {
    const gateway = await start()
    const client = await open(gateway.port)
    const heard: GatewayEvent[][] = [[], []]
    const ends: [number, number] = [0, 0]
    const leave = client.listen(
      (event) => heard[0]?.push(event),
      () => ends[0]++,
    )
    client.listen(
      (event) => heard[1]?.push(event),
      () => ends[1]++,
    )
    const chat = JSON.stringify({
      type: 'event',
      event: 'chat',
      payload: { state: 'error', errorKind: 'context_length' },
    })
    gateway.broadcast(chat)
    await expect.poll(() => heard.map((list) => list.length)).toEqual([1, 1])
    leave()
    gateway.broadcast(chat)
    await expect.poll(() => heard[1]?.length).toBe(2)
    gateway.drop(1012, 'service restart')
    await expect.poll(() => ends).toEqual([0, 1])
    expect(heard[0]).toHaveLength(1)
    expect(heard[1]?.[0]?.payload).toMatchObject({ errorKind: 'context_length' })
  })

  it('that stop coming for two intervals end the connection as hung', async () => {
    const hello = { ...recordedHello('2026.9.6'), policy: { tickIntervalMs: 1_000 } }
    const gateway = await start({
      reply: ({ method }) => (method === 'connect' ? { payload: hello } : null),
    })
    const clock = hurriedClock()
    const client = await open(gateway.port, { clock }, { deadlineMs: 10_000 })
    let ended = 0
    client.listen(
      () => undefined,
      () => ended++,
    )
    await expect.poll(() => ended).toBe(1)
    expect((await failure(client.call('health', {}, { deadlineMs: 10_000 }))).params.reason).toBe(
      'gateway-hung',
    )
  })

  it('that stop coming while long work is under way are waited for as long as the work may take', async () => {
    const hello = { ...recordedHello('2026.9.6'), policy: { tickIntervalMs: 1_000 } }
    const asked: (() => void)[] = []
    const gateway = await start({
      reply({ id, method }, socket) {
        if (method === 'connect') return { payload: hello }
        const payload = { compacted: true }
        asked.push(() => socket.send(JSON.stringify({ type: 'res', id, ok: true, payload })))
        return null
      },
    })
    const clock = hurriedClock()
    const client = await open(gateway.port, { clock }, { deadlineMs: 10_000 })
    const work = client.call('sessions.compact', { key: 'k' }, { deadlineMs: 4_000_000 })
    await expect.poll(() => asked.length).toBe(1)
    clock.skip(166_000)
    expect(client.isWorking).toBe(true)
    asked[0]?.()
    expect(await work).toEqual({ compacted: true })
    await expect.poll(() => client.isOpen).toBe(false)
  })
})

describe('the device key', () => {
  it('is made once, for its owner alone, and read again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ocm-device-'))
    cleanups.push(() => rm(directory, { recursive: true }))
    const path = join(directory, 'state', 'device.pem')
    const [first, second] = await Promise.all([loadDeviceIdentity(path), loadDeviceIdentity(path)])
    expect(second?.id).toBe(first?.id)
    expect((await loadDeviceIdentity(path)).publicKey).toBe(first?.publicKey)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toContain('PRIVATE KEY')
  })

  it('is one and the same for all who make it at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ocm-device-'))
    cleanups.push(() => rm(directory, { recursive: true }))
    for (let round = 0; round < 40; round++) {
      const path = join(directory, String(round), 'device.pem')
      const keys = await Promise.all(Array.from({ length: 6 }, () => loadDeviceIdentity(path)))
      expect(new Set(keys.map(({ id }) => id)).size).toBe(1)
      expect(await readdir(join(directory, String(round)))).toEqual(['device.pem'])
    }
  })

  it('is refused, and not overwritten, when the file holds something else', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ocm-device-'))
    cleanups.push(() => rm(directory, { recursive: true }))
    const path = join(directory, 'device.pem')
    await writeFile(path, 'not a key')
    expect((await failure(loadDeviceIdentity(path))).code).toBe('state-damaged')
    expect(await readFile(path, 'utf8')).toBe('not a key')
  })
})
