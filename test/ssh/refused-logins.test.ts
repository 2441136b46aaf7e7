import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
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

  /** A server that lets in whoever an authority has signed for, and a key that it has signed. */
  async function certified(): Promise<{ sshd: Sshd; key: string }> {
    const made = folder()
    const authority = makeKey(made, 'authority')
    const key = makeKey(made, 'signed')
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-I', 'id', '-n', userInfo().username, `${key}.pub`])
    expect(existsSync(`${key}-cert.pub`)).toBe(true)
    const sshd = await server([`TrustedUserCAKeys ${authority}.pub`])
    writeFileSync(join(sshd.folder, 'authorized_keys'), '')
    return { sshd, key }
  }

  it('names the certificate beside the key file', async () => {
    const { sshd, key } = await certified()
    const auth = await loadSshAuth({ agentSocket: null, keyFile: key, passphrase: null })
    const error = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(error).toMatchObject({ code: 'certificate-unused', params: { node: 'a' } })
    writeFileSync(join(sshd.folder, 'authorized_keys'), readFileSync(`${key}.pub`))
    const pool = poolWith(sshd, auth)
    expect((await pool.session(sshd.target('a')).exec(sh`echo in`, soon)).stdout.trim()).toBe('in')
  })

  it('names the certificate in the agent', async () => {
    const { sshd, key } = await certified()
    const auth = { agentSocket: agentWith(key), privateKey: null }
    const error = await failureOf(poolWith(sshd, auth).session(sshd.target('a')).exec(sh`true`, soon))
    expect(error.code).toBe('certificate-unused')
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
