import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSshAuth } from '../../src/ssh/keys.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshAuth, SshPool } from '../../src/ssh/ssh.ts'
import { failureOf, haveSshd, makeKey, poolFor, type Sshd, startSshd, temporaryFolder } from './rig.ts'

const soon = { deadlineMs: 20_000, fresh: true }
const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

function folder(): string {
  const made = temporaryFolder()
  open.push(() => made.remove())
  return made.path
}

async function server(lines: string[]): Promise<Sshd> {
  const sshd = await startSshd(lines)
  open.push(() => sshd.stop())
  return sshd
}

function poolWith(sshd: Sshd, auth: SshAuth): SshPool {
  const pool = poolFor(sshd.userKey, { auth })
  open.push(() => pool.close())
  return pool
}

/** A real agent that holds the given keys. */
function agentWith(...keys: string[]): string {
  const socket = join(folder(), 'agent')
  const printed = execFileSync('ssh-agent', ['-a', socket]).toString()
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1])
  open.push(() => process.kill(pid))
  execFileSync('ssh-add', ['-q', ...keys], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return socket
}

/** An agent that lists one key of a type for which there is no hardware here. */
async function agentListing(type: string): Promise<string> {
  const counted = (text: string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(text))
    return Buffer.concat([length, Buffer.from(text)])
  }
  const blob = Buffer.concat([counted(type), counted('x'.repeat(32)), counted('ssh:')]).toString('latin1')
  const body = Buffer.concat([Buffer.from([12, 0, 0, 0, 1]), counted(blob), counted('key')])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  const socket = join(folder(), 'agent')
  const agent: Server = createServer((peer) =>
    peer.on('data', () => peer.write(Buffer.concat([length, body]))),
  )
  await new Promise<void>((resolve) => agent.listen(socket, resolve))
  open.push(() => agent.close())
  return socket
}

describe.skipIf(!haveSshd)('a login that is refused', () => {
  const factor = ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password']

  it('after the key of a file was accepted is named as a second factor', async () => {
    const sshd = await server(factor)
    const auth = await loadSshAuth({ agentSocket: null, keyFile: sshd.userKey, passphrase: null })
    const error = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(error).toMatchObject({ code: 'second-factor', params: { node: 'a', methods: 'password' } })
  })

  it('after a key of the agent was accepted is named as a second factor', async () => {
    const sshd = await server(factor)
    const other = makeKey(folder(), 'other')
    const auth = { agentSocket: agentWith(other, sshd.userKey), privateKey: null }
    const error = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(error).toMatchObject({ code: 'second-factor', params: { node: 'a', methods: 'password' } })
  })

  it('without any accepted key is not, whatever else the server would take', async () => {
    const sshd = await server(['PasswordAuthentication yes'])
    const stranger = makeKey(folder(), 'stranger')
    const auth = await loadSshAuth({ agentSocket: null, keyFile: stranger, passphrase: null })
    const error = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(error.code).toBe('auth-failed')
  })

  /** A server that trusts an authority, and a key that it has signed. The plain key may not log in. */
  async function certified(options: { type?: string; signing?: string[]; trusted?: boolean } = {}) {
    const made = folder()
    const authority = makeKey(made, 'authority')
    const key = makeKey(made, 'signed', { type: options.type ?? 'ed25519' })
    const signing = options.signing ?? ['-n', userInfo().username]
    const sign = (...args: string[]) =>
      execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'id', ...args, `${key}.pub`])
    sign(...signing)
    const trusted = options.trusted === false ? makeKey(made, 'other') : authority
    const sshd = await server([`TrustedUserCAKeys ${trusted}.pub`])
    writeFileSync(join(sshd.folder, 'authorized_keys'), '')
    return { sshd, key, sign }
  }

  const fileOf = (key: string) => loadSshAuth({ agentSocket: null, keyFile: key, passphrase: null })
  const login = async (sshd: Sshd, auth: SshAuth) => {
    const { stdout } = await poolWith(sshd, auth).session(sshd.target('a')).exec(sh`echo in`, soon)
    return stdout.trim()
  }
  const refusal = (sshd: Sshd, auth: SshAuth) =>
    failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))

  it.each(['ed25519', 'rsa', 'ecdsa'])(
    'is none with the certificate of a %s key, beside its file and in the agent',
    async (type) => {
      const { sshd, key } = await certified({ type })
      expect(await login(sshd, await fileOf(key))).toBe('in')
      expect(await login(sshd, { agentSocket: agentWith(key), privateKey: null })).toBe('in')
    },
  )

  it('is none with a key that a server takes without the certificate that lies beside it', async () => {
    const { sshd, key } = await certified({ trusted: false })
    writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`))
    expect(await login(sshd, await fileOf(key))).toBe('in')
  })

  it('is over as soon as a new certificate lies there', async () => {
    const { sshd, key, sign } = await certified({ signing: ['-V', '-2h:-1h'] })
    const auth = await fileOf(key)
    const error = await refusal(sshd, auth)
    expect(error).toMatchObject({ code: 'certificate-not-valid', params: { node: 'a' } })
    const until = Date.parse(String(error.params.until))
    expect(Math.abs(Date.now() - 3_600_000 - until)).toBeLessThan(600_000)
    sign('-n', userInfo().username)
    expect(await login(sshd, auth)).toBe('in')
  })

  it('names a certificate that is not valid yet', async () => {
    const { sshd, key } = await certified({ signing: ['-V', '+1h:+2h'] })
    const error = await refusal(sshd, { agentSocket: agentWith(key), privateKey: null })
    expect(error).toMatchObject({ code: 'certificate-not-valid', params: { from: expect.any(String) } })
    expect(error.params).not.toHaveProperty('until')
  })

  it('names a certificate that is for other logins', async () => {
    const { sshd, key } = await certified({ signing: ['-n', 'deploy,backup'] })
    expect(await refusal(sshd, await fileOf(key))).toMatchObject({
      code: 'certificate-principal',
      params: { node: 'a', user: userInfo().username, principals: 'deploy, backup' },
    })
  })

  it('names a certificate whose authority the server does not trust', async () => {
    const { sshd, key } = await certified({ trusted: false })
    expect((await refusal(sshd, await fileOf(key))).code).toBe('certificate-refused')
    expect((await refusal(sshd, { agentSocket: agentWith(key), privateKey: null })).code).toBe(
      'certificate-refused',
    )
  })

  it('is judged without a file beside the key that is no certificate of it', async () => {
    const { key } = await certified()
    const other = await certified()
    writeFileSync(`${key}-cert.pub`, readFileSync(`${other.key}-cert.pub`))
    expect((await refusal(other.sshd, await fileOf(key))).code).toBe('auth-failed')
    writeFileSync(`${key}-cert.pub`, 'ssh-ed25519-cert-v01@openssh.com AAAA')
    expect((await refusal(other.sshd, await fileOf(key))).code).toBe('auth-failed')
  })

  it('names the FIDO key of the agent', async () => {
    const sshd = await server([])
    writeFileSync(join(sshd.folder, 'authorized_keys'), '')
    const socket = await agentListing('sk-ssh-ed25519@openssh.com')
    const alone = poolWith(sshd, { agentSocket: socket, privateKey: null })
    const error = await failureOf(alone.session(sshd.target('a')).exec(sh`true`, soon))
    expect(error).toMatchObject({ code: 'key-unusable', params: { why: 'agent-only-hardware-key' } })
    const auth = await loadSshAuth({ agentSocket: socket, keyFile: sshd.userKey, passphrase: null })
    const beside = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(beside.code).toBe('hardware-key-unused')
  })
})
