import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { loadSshAuth, parsePrivateKey } from '../../src/ssh/keys.ts'
import { scriptText } from '../../src/ssh/script-text.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool } from '../../src/ssh/ssh.ts'
import { until } from '../support/until.ts'
import {
  cuttingProxy,
  failureOf,
  haveSshd,
  longestBlock,
  makeKey,
  poolFor,
  publicKeyOf,
  type Sshd,
  startSshd,
  temporaryFolder,
  tryKill,
} from './rig.ts'

const soon = { deadlineMs: 15_000 }

describe.skipIf(!haveSshd)('faults of a real sshd', () => {
  const open: { close(): unknown }[] = []
  let sshd: Sshd

  beforeAll(async () => {
    sshd = await startSshd([], { hostKeyTypes: ['ed25519', 'rsa'] })
  })
  afterAll(() => sshd?.stop())
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close()
  })

  function poolWith(options: Parameters<typeof poolFor>[1] = {}): SshPool {
    const pool = poolFor(sshd.userKey, options)
    open.push(pool)
    return pool
  }
  async function started(lines: string[]): Promise<Sshd> {
    const server = await startSshd(lines)
    open.push({ close: () => server.stop() })
    return server
  }
  const sessionsOf = (server: Sshd) => server.descendants().filter(({ command }) => /^sshd: /.test(command))

  describe('host keys', () => {
    it('refuses a changed key before any login, tells both fingerprints and stays away', async () => {
      const stranger = publicKeyOf(makeKey(sshd.folder, 'stranger'))
      const session = poolWith().session(sshd.target('changed', { hostKeys: [stranger] }))
      const logins = sshd.log().split('Connection from').length
      const first = await failureOf(session.exec(sh`true`, soon))
      expect(first.code).toBe('host-key-changed')
      expect(first.params.expected).not.toBe(first.params.offered)
      expect(first.params.offered).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/)
      expect((await failureOf(session.exec(sh`true`, { ...soon, fresh: true }))).code).toBe(
        'host-key-changed',
      )
      expect(session.state()).toBe('backing-off')
      await until(() => sshd.log().split('Connection from').length > logins)
      expect(sshd.log().split('Connection from').length).toBe(logins + 1)
    })

    it('refuses a host of which nothing is known and says what it showed', async () => {
      const session = poolWith().session(sshd.target('unknown', { hostKeys: [] }))
      const error = await failureOf(session.exec(sh`true`, soon))
      const offered = await poolWith().scanHostKey({ host: '127.0.0.1', port: sshd.port }, soon)
      expect(offered).toMatchObject(sshd.hostKeys[0] ?? {})
      expect(error).toMatchObject({
        code: 'host-key-unknown',
        params: { type: 'ssh-ed25519', fingerprint: offered.fingerprint },
      })
    })

    it('connects when only the RSA key of a server that also has another is pinned', async () => {
      const session = poolWith().session(sshd.target('rsa', { hostKeys: sshd.hostKeys.slice(1) }))
      expect((await session.exec(sh`echo hi`, soon)).stdout).toBe('hi\n')
    })

    it('says which key a server shows that no longer has one of the pinned type', async () => {
      const server = await started([])
      const session = poolWith().session({
        ...sshd.target('retyped'),
        port: server.port,
        hostKeys: sshd.hostKeys.slice(1),
      })
      const error = await failureOf(session.exec(sh`true`, soon))
      expect(error.code).toBe('host-key-changed')
      expect(error.params.offered).not.toBe(error.params.expected)
    })
  })

  describe('a connection that dies', () => {
    it('is never a success: exec, script, download, lines and tunnel all reject', async () => {
      const server = await started([])
      const pool = poolFor(server.userKey)
      open.push(pool)
      const session = pool.session(server.target())
      await session.exec(sh`true`, soon)
      const stream = await session.download(sh`cat /dev/zero`, soon)
      let bytes = 0
      const reading = (async () => {
        for await (const chunk of stream) bytes += chunk.length
      })()
      const lines = (async () => {
        for await (const line of session.lines(sh`echo hello; exec sleep 1020`, soon))
          expect(line).toBe('hello')
      })()
      const calls = [
        failureOf(session.exec(sh`echo partial; exec sleep 1020`, soon)),
        failureOf(session.script(scriptText`exec sleep 1020`, soon)),
        failureOf(reading),
        failureOf(lines),
      ]
      await until(
        () =>
          bytes > 1_000_000 &&
          server.descendants().filter(({ command }) => command === 'sleep 1020').length === 3,
        10_000,
      )
      for (const { pid } of sessionsOf(server)) tryKill(pid, 'SIGKILL')
      const codes = (await Promise.all(calls)).map(({ code }) => code)
      expect(codes).toEqual(['connection-lost', 'connection-lost', 'connection-lost', 'connection-lost'])
      expect((await session.exec(sh`echo again`, soon)).stdout).toBe('again\n')
    })

    it('is noticed when the peer is stopped, by keepalives, in bounded time', async () => {
      const server = await started([])
      const pool = poolFor(server.userKey, { keepaliveIntervalMs: 400, keepaliveCountMax: 2 })
      open.push(pool)
      const session = pool.session(server.target())
      await session.exec(sh`true`, soon)
      for (const { pid } of sessionsOf(server)) tryKill(pid, 'SIGSTOP')
      const begun = performance.now()
      expect((await failureOf(session.exec(sh`true`, soon))).code).toBe('connection-lost')
      expect(performance.now() - begun).toBeLessThan(8_000)
      const closing = performance.now()
      await pool.close()
      expect(performance.now() - closing).toBeLessThan(3_000)
    })

    it('survives a reset at any byte of the protocol with one rejection per call', async () => {
      const cuts = [
        0, 1, 20, 41, 300, 900, 1_100, 1_400, 1_700, 2_000, 2_300, 2_600, 3_000, 3_400, 4_200, 6_000,
      ]
      for (const bytes of cuts) {
        const proxy = await cuttingProxy(sshd.port, bytes)
        const pool = poolFor(sshd.userKey, { connectTimeoutMs: 3_000 })
        const session = pool.session(sshd.target(`cut-${bytes}`, { port: proxy.port }))
        const error = await session.exec(sh`head -c 100000 /dev/zero`, { deadlineMs: 6_000 }).then(
          () => null,
          (cause) => cause,
        )
        expect([bytes, error?.code]).toEqual([
          bytes,
          expect.stringMatching(/^(node-unreachable|connection-lost)$/),
        ])
        await pool.close()
        await proxy.close()
      }
    }, 60_000)
  })

  describe('logins', () => {
    it('does not try again after a refused login', async () => {
      const wrong = makeKey(sshd.folder, 'wrong')
      const pool = poolFor(wrong)
      open.push(pool)
      const session = pool.session(sshd.target('wrong'))
      const before = sshd.log().split('Failed publickey').length
      for (let count = 0; count < 5; count++) {
        expect((await failureOf(session.exec(sh`true`, { ...soon, fresh: true }))).code).toBe('auth-failed')
      }
      const tries =
        sshd.log().match(/Connection closed by authenticating user|Disconnected from authenticating user/g) ??
        []
      expect(tries.length).toBeLessThanOrEqual(1)
      expect(sshd.log().split('Failed publickey').length - before).toBeLessThanOrEqual(1)
    })

    it('never tries the method "none"', async () => {
      await poolWith().session(sshd.target('methods')).exec(sh`true`, soon)
      expect(sshd.log()).not.toMatch(/ none for /)
    })

    it('finds the right key among nine in an agent, and offers it first from then on', async () => {
      const socket = join(sshd.folder, 'agent')
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
      open.push({ close: () => agent.kill() })
      const add = (key: string) =>
        execFileSync('ssh-add', ['-q', key], { env: { SSH_AUTH_SOCK: socket }, stdio: 'ignore' })
      await until(() => {
        try {
          add(makeKey(sshd.folder, `agent_${Math.random()}`))
          return true
        } catch {
          return false
        }
      })
      for (let count = 1; count < 8; count++) add(makeKey(sshd.folder, `agent_${count}`))
      add(sshd.userKey)
      const pool = poolWith({ auth: { agentSocket: socket, privateKey: null } })
      expect((await pool.session(sshd.target('nine')).exec(sh`echo in`, soon)).stdout).toBe('in\n')
      const connections = () => sshd.log().split('Connection from').length
      const before = connections()
      await pool.session(sshd.target('nine-again')).exec(sh`true`, soon)
      expect(connections()).toBe(before + 1)

      const locked = makeKey(sshd.folder, 'locked', { passphrase: 'secret' })
      const auth = await loadSshAuth({ agentSocket: socket, keyFile: locked, passphrase: null })
      const error = await failureOf(poolWith({ auth }).session(sshd.target('locked')).exec(sh`true`, soon))
      expect(error.params).toMatchObject({ why: 'identity-not-in-agent' })

      agent.kill('SIGSTOP')
      const silent = await failureOf(pool.session(sshd.target('silent-agent')).exec(sh`true`, soon))
      expect(silent.params).toMatchObject({ why: 'agent-silent' })
      agent.kill('SIGKILL')
    }, 30_000)

    it('unlocks an encrypted key once, not at every connect', async () => {
      const locked = makeKey(sshd.folder, 'slow', { passphrase: 'secret', rounds: 64 })
      const key = parsePrivateKey(readFileSync(locked, 'utf8'), 'secret')
      const pool = poolWith({ auth: { agentSocket: null, privateKey: key } })
      const { blockedMs } = await longestBlock(() =>
        Promise.all(
          Array.from({ length: 4 }, (_, index) =>
            failureOf(pool.session(sshd.target(`locked-${index}`)).exec(sh`true`, soon)),
          ),
        ),
      )
      expect(blockedMs).toBeLessThan(700)
    })
  })

  it('gets 12 nodes at one address past MaxStartups 2', async () => {
    const server = await started(['MaxStartups 2'])
    const pool = poolFor(server.userKey)
    open.push(pool)
    const outputs = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        pool.session(server.target(`n${index}`)).exec(sh`echo ${index}`, { deadlineMs: 25_000 }),
      ),
    )
    expect(outputs).toHaveLength(12)
  }, 30_000)

  it('gets along with a server that allows two sessions per connection', async () => {
    const server = await started(['MaxSessions 2'])
    const pool = poolFor(server.userKey)
    open.push(pool)
    const session = pool.session(server.target())
    const outputs = await Promise.all([1, 2, 3, 4, 5, 6].map((each) => session.exec(sh`echo ${each}`, soon)))
    expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
    expect((await session.script(scriptText`echo script`, soon)).stdout).toBe('script\n')
  })

  it('gives up a login that runs no commands, so that one with a mended shell is found', async () => {
    const folder = temporaryFolder()
    open.push({ close: folder.remove })
    const [gate, first] = [join(folder.path, 'gate'), join(folder.path, 'first')]
    // Refuses all that the first login asks for, as sshd does for a user who had no shell when it logged in.
    const lines = [
      '#!/bin/sh',
      `[ -e ${first} ] || echo "$SSH_CONNECTION" >${first}`,
      `[ "$(cat ${first})" = "$SSH_CONNECTION" ] && echo 'This account is currently not available.' && exit 1`,
      'exec sh -c "$SSH_ORIGINAL_COMMAND"',
    ]
    writeFileSync(gate, `${lines.join('\n')}\n`, { mode: 0o755 })
    const server = await started([`ForceCommand ${gate}`])
    const pool = poolFor(server.userKey)
    open.push(pool)
    const session = pool.session(server.target())
    const refused = await failureOf(session.script(scriptText`echo in`, soon))
    expect(refused.code).toBe('remote-command-failed')
    expect((await session.script(scriptText`echo in`, soon)).stdout).toBe('in\n')
  })

  it("finds a script's output in the noise of a forced command", async () => {
    const server = await started([
      `ForceCommand echo noise; head -c 10000 /dev/zero; exec sh -c "$SSH_ORIGINAL_COMMAND"`,
    ])
    const pool = poolFor(server.userKey)
    open.push(pool)
    const session = pool.session(server.target())
    const slow = scriptText`sleep 0.2; echo "clean $1"`
    const both = await Promise.all(['a', 'b'].map((each) => session.script(slow, { ...soon, args: [each] })))
    expect(both.map(({ stdout }) => stdout)).toEqual(['clean a\n', 'clean b\n'])
    expect(both.map(({ via }) => via).sort()).toEqual(['exec', 'shell'])
  })

  it('names a server without a common key exchange at once, without blocking the event loop', async () => {
    const server = await started(['KexAlgorithms diffie-hellman-group-exchange-sha256'])
    const session = poolWith().session({
      ...sshd.target('gex'),
      port: server.port,
      hostKeys: server.hostKeys,
    })
    const { value: error, blockedMs } = await longestBlock(() => failureOf(session.exec(sh`true`, soon)))
    expect([error.code, error.params.what]).toEqual(['kex-unsupported', 'key exchange'])
    expect(blockedMs).toBeLessThan(1_000)
  })

  it('leaves no shell on the node after a close, and takes it up again after forget', async () => {
    const server = await started([])
    const pool = poolFor(server.userKey, { clock: systemClock })
    open.push(pool)
    await pool.session(server.target()).script(scriptText`true`, soon)
    expect(server.descendants().filter(({ command }) => command === 'sh').length).toBeGreaterThan(0)
    await pool.forget('node')
    await until(
      () => server.descendants().length === 0,
      8_000,
      () => JSON.stringify(server.descendants()),
    )
    expect((await pool.session(server.target()).exec(sh`echo back`, soon)).stdout).toBe('back\n')
  })
})
