import { readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2'
import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { keyTypeOf } from '../../src/ssh/host-keys.ts'
import { loadSshAuth, parsePrivateKey } from '../../src/ssh/keys.ts'
import { createSshPool } from '../../src/ssh/pool.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPoolOptions, SshTarget } from '../../src/ssh/ssh.ts'
import { freePort } from '../support/free-port.ts'
import { makeKeyPair } from '../support/key-pair.ts'
import { failureOf, silentLog, tcpServer, temporaryFolder } from './rig.ts'

const soon = { deadlineMs: 10_000 }
const userKey = makeKeyPair()
const hostKey = makeKeyPair()
const [hostType = '', hostBlob = ''] = hostKey.public.split(' ')

describe('the pool beside a server of ssh2', () => {
  const open: { close(): unknown }[] = []
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close()
  })

  function poolWith(options: Partial<SshPoolOptions> = {}) {
    const pool = createSshPool({
      auth: { agentSocket: null, privateKey: parsePrivateKey(userKey.private, null) },
      connectTimeoutMs: 1_500,
      clock: systemClock,
      log: silentLog,
      ...options,
    })
    open.push(pool)
    return pool
  }

  function targetOf(port: number, change: Partial<SshTarget> = {}): SshTarget {
    return {
      nodeId: 'n',
      host: '127.0.0.1',
      port,
      user: 'u',
      hostKeys: [{ type: hostType, key: hostBlob }],
      ...change,
    }
  }

  async function serve(onExec: (channel: ServerChannel, client: Connection) => void) {
    const seen = { logins: [] as string[] }
    const clients = new Set<Connection>()
    const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
      clients.add(client)
      client.on('error', () => undefined)
      client.on('authentication', (context: AuthContext) => {
        seen.logins.push(context.method)
        context.accept()
      })
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec) => onExec(acceptExec(), client))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push({
      close: () => {
        for (const client of clients) client.end()
        return new Promise((resolve) => server.close(resolve))
      },
    })
    return { port: (server.address() as { port: number }).port, seen }
  }

  it('takes a channel that closes without an exit status for a loss, not for an empty success', async () => {
    const { port } = await serve((channel) => {
      channel.write('partial')
      channel.close()
    })
    expect((await failureOf(poolWith().session(targetOf(port)).exec(sh`true`, soon))).code).toBe(
      'connection-lost',
    )
  })

  it('does not wait for a channel that stays open after the exit status', async () => {
    const { port } = await serve((channel) => {
      channel.write('done')
      channel.exit(0)
    })
    const result = await poolWith().session(targetOf(port)).exec(sh`true`, soon)
    expect(result).toMatchObject({ code: 0, stdout: 'done' })
  })

  it('sends no login to a server with another host key', async () => {
    const { port, seen } = await serve((channel) => channel.close())
    const other = makeKeyPair().public.split(' ')
    const session = poolWith().session(
      targetOf(port, { hostKeys: [{ type: other[0] ?? '', key: other[1] ?? '' }] }),
    )
    expect((await failureOf(session.exec(sh`true`, soon))).code).toBe('host-key-changed')
    expect(seen.logins).toEqual([])
  })

  it('logs in without asking for the method "none", once for many calls', async () => {
    const { port, seen } = await serve((channel) => {
      channel.exit(0)
      channel.end()
    })
    const session = poolWith().session(targetOf(port))
    await Promise.all(Array.from({ length: 20 }, () => session.exec(sh`true`, soon)))
    expect(new Set(seen.logins)).toEqual(new Set(['publickey']))
    expect(session.state()).toBe('ready')
  })

  it('keeps to eight channels at once', async () => {
    let now = 0
    let most = 0
    const { port } = await serve((channel) => {
      now += 1
      most = Math.max(most, now)
      setTimeout(() => {
        now -= 1
        channel.exit(0)
        channel.end()
      }, 20)
    })
    const session = poolWith().session(targetOf(port))
    await Promise.all(Array.from({ length: 40 }, () => session.exec(sh`true`, soon)))
    expect(most).toBe(8)
  })

  it('cancels what runs and what comes later when it is closed', async () => {
    const { port } = await serve(() => undefined)
    const pool = poolWith()
    const session = pool.session(targetOf(port))
    const running = failureOf(session.exec(sh`true`, soon))
    await pool.close()
    expect((await running).code).toBe('cancelled')
    expect((await failureOf(session.exec(sh`true`, soon))).code).toBe('cancelled')
    expect((await failureOf(pool.session(targetOf(port)).exec(sh`true`, soon))).code).toBe('cancelled')
  })

  describe('a node that cannot be reached', () => {
    it('is refused at once, and then left alone for a moment', async () => {
      const session = poolWith().session(targetOf(await freePort()))
      expect((await failureOf(session.exec(sh`true`, soon))).params).toMatchObject({
        reason: 'connect-refused',
      })
      expect((await failureOf(session.exec(sh`true`, soon))).params).toMatchObject({
        reason: 'backing-off',
        last: 'connect-refused',
      })
      expect(session.state()).toBe('backing-off')
      expect((await failureOf(session.exec(sh`true`, { ...soon, fresh: true }))).params).toMatchObject({
        reason: 'connect-refused',
      })
    })

    it('is reported as silent when it says nothing, or too slowly, within the connect budget', async () => {
      const mute = await tcpServer(() => undefined)
      const slow = await tcpServer((socket) => {
        const timer = setInterval(() => socket.write('S'), 200)
        socket.on('close', () => clearInterval(timer))
      })
      open.push(mute, slow)
      for (const { port } of [mute, slow]) {
        const session = poolWith().session(targetOf(port))
        const begun = performance.now()
        expect((await failureOf(session.exec(sh`true`, soon))).params).toMatchObject({
          reason: 'sshd-silent',
        })
        expect(performance.now() - begun).toBeLessThan(6_000)
        const again = performance.now()
        expect((await failureOf(session.exec(sh`true`, soon))).params).toMatchObject({
          reason: 'backing-off',
        })
        expect(performance.now() - again).toBeLessThan(500)
      }
    })

    it('is reported as slow when it speaks SSH and the login takes too long', async () => {
      const { port } = await serve(() => undefined)
      const slow = await tcpServer((socket) => {
        const server = connect(port, '127.0.0.1')
        const carry = (from: Socket, to: Socket) =>
          from.on('data', (chunk) => setTimeout(() => to.write(chunk), 400)).on('error', () => undefined)
        carry(socket, server)
        carry(server, socket)
        socket.on('close', () => server.destroy())
      })
      open.push(slow)
      const session = poolWith().session(targetOf(slow.port))
      const ended = await failureOf(session.exec(sh`true`, { deadlineMs: 1_200 }))
      expect([ended.code, ended.params.reason]).toEqual(['node-unreachable', 'node-slow'])
      await expect.poll(() => session.state(), { timeout: 10_000 }).toBe('backing-off')
      expect((await failureOf(session.exec(sh`true`, soon))).params).toMatchObject({
        reason: 'backing-off',
        last: 'node-slow',
      })
    })

    it.each<[string, (socket: Socket) => unknown]>([
      ['hangs up', (socket) => socket.end('Exceeded MaxStartups\r\n')],
      ['hangs up with a reset', (socket) => socket.once('data', () => socket.resetAndDestroy())],
      [
        'hangs up with a word and a reset',
        (socket) => socket.once('data', () => socket.write('Exceeded\r\n', () => socket.resetAndDestroy())),
      ],
    ])('is dropped by a server that %s, after a few tries', async (_how, greet) => {
      const rude = await tcpServer(greet)
      open.push(rude)
      const error = await failureOf(poolWith().session(targetOf(rude.port)).exec(sh`true`, soon))
      expect(error.params).toMatchObject({ reason: 'connection-dropped' })
      expect(rude.connections()).toBe(5)
    })

    it("ends with its caller's deadline when that comes first", async () => {
      const mute = await tcpServer(() => undefined)
      open.push(mute)
      const error = await failureOf(
        poolWith({ connectTimeoutMs: 5_000 })
          .session(targetOf(mute.port))
          .exec(sh`true`, { deadlineMs: 300 }),
      )
      expect([error.code, error.params.reason]).toEqual(['node-unreachable', 'deadline'])
    })

    it('costs other nodes nothing, though many are silent', async () => {
      const mute = await tcpServer(() => undefined)
      open.push(mute)
      const { port } = await serve((channel) => {
        channel.exit(0)
        channel.end()
      })
      const pool = poolWith({ connectTimeoutMs: 8_000, parallelConnects: 2 })
      const dead = Array.from({ length: 6 }, (_, index) =>
        failureOf(
          pool
            .session(targetOf(mute.port, { nodeId: `dead-${index}`, host: `127.0.0.${index + 1}` }))
            .exec(sh`true`, soon),
        ),
      )
      const begun = performance.now()
      await pool.session(targetOf(port, { nodeId: 'alive' })).exec(sh`true`, soon)
      expect(performance.now() - begun).toBeLessThan(6_000)
      await pool.close()
      await Promise.all(dead)
    })
  })
})

describe('keys', () => {
  const encrypted = makeKeyPair({
    passphrase: 'right',
    cipher: 'aes256-ctr',
    rounds: 4,
  })
  const whyOf = (error: { params: object }) => error.params

  it('say in which way they are unusable', async () => {
    const folder = temporaryFolder()
    const write = (name: string, text: string) => {
      writeFileSync(join(folder.path, name), text)
      return join(folder.path, name)
    }
    const load = (keyFile: string | null, passphrase: string | null = null) =>
      failureOf(loadSshAuth({ agentSocket: null, keyFile, passphrase })).then(whyOf)
    expect(await load(null)).toMatchObject({ why: 'none-configured' })
    expect(await load(join(folder.path, 'absent'))).toMatchObject({ why: 'file-missing' })
    expect(await load(folder.path)).toMatchObject({ why: 'file-unreadable' })
    expect(await load(write('empty', ''))).toMatchObject({ why: 'not-a-private-key' })
    expect(
      await load(
        write('garbage', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'),
      ),
    ).toMatchObject({ why: 'not-a-private-key' })
    expect(await load(write('public', userKey.public))).toMatchObject({ why: 'not-a-private-key' })
    expect(await load(write('locked', encrypted.private))).toMatchObject({ why: 'passphrase-needed' })
    expect(await load(join(folder.path, 'locked'), 'wrong')).toMatchObject({ why: 'passphrase-wrong' })
    expect(readFileSync(join(folder.path, 'locked'), 'utf8')).toBe(encrypted.private)
    folder.remove()
  })

  it('give their public half without the passphrase, to choose an identity of the agent', () => {
    const locked = parsePrivateKey(encrypted.private, null)
    expect(locked.signer).toBeNull()
    expect(locked.publicKey.toString('base64')).toBe(encrypted.public.split(' ')[1])
    expect(parsePrivateKey(encrypted.private, 'right')).toMatchObject({
      fingerprint: locked.fingerprint,
      type: 'ssh-ed25519',
    })
    expect(keyTypeOf(Buffer.from('garbage'))).toBeNull()
  })
})
