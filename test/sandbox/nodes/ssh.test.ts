import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { NodesSandbox, SandboxNode } from '../../../src/sandbox/nodes/control.ts'
import { makeHostKey } from '../../../src/sandbox/nodes/ssh/host-key.ts'
import { startNodes } from '../../../src/sandbox/nodes/start-nodes.ts'
import { eventually } from '../../support/until.ts'
import { login, loginKey, program, run, tunnel } from './clients.ts'

const timings = { readyMs: 100, stopMs: 20, restartSecMs: 150, crashAfterMs: 30 }
let sandbox: NodesSandbox
let node: SandboxNode

beforeAll(async () => {
  sandbox = await startNodes({
    authorizedKeys: [loginKey.publicKey],
    nodes: [
      {
        id: 'tokyo',
        name: 'claw-tokyo',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 15_000 }] }],
        disk: { totalBytes: 100 * 1024 ** 3, usedPercent: 91 },
        timings,
      },
      {
        id: 'gone',
        name: 'claw-gone',
        version: '2026.9.6',
        agents: [{ id: 'main' }],
        state: 'down',
        timings,
      },
    ],
  })
  node = sandbox.node('tokyo')
})

afterAll(() => sandbox.close())

describe('the SSH server of an embedded node', () => {
  test('lets in a listed key and nothing else', async () => {
    const client = await login(node)
    client.end()
    await expect(login(node, makeHostKey())).rejects.toThrow(/authentication/)
    await expect(login(node, loginKey, 'root')).rejects.toThrow(/authentication/)
  })

  test('runs a real shell in the private home with stdin, both outputs and the exit status', async () => {
    const client = await login(node)
    const ran = await run(client, 'cat; echo "$HOME" >&2; exit 7', 'hello')
    expect(ran).toMatchObject({ code: 7, stdout: 'hello', stderr: `${node.home}\n` })
    client.end()
  })

  test('reports a signal, and a signal request ends the whole process group', async () => {
    const client = await login(node)
    expect(await run(client, 'kill -TERM $$')).toMatchObject({ code: null, signal: 'SIGTERM' })
    const before = node.facts().runningCommands
    const ended = new Promise((resolve) => {
      client.exec('sleep 300 & sleep 300', (_error, channel) => {
        channel.on('close', resolve)
        channel.resume()
        channel.stderr.resume()
        void eventually(() => expect(node.facts().runningCommands).toBe(before + 1)).then(() =>
          channel.signal('TERM'),
        )
      })
    })
    await ended
    await eventually(() => expect(node.facts().runningCommands).toBe(before))
    client.end()
  })

  test('reports the exit before a background child closes the output', async () => {
    const client = await login(node)
    const order: string[] = []
    await new Promise((resolve) => {
      client.exec('sleep 0.4 & echo ok', (_error, channel) => {
        channel.on('exit', () => order.push('exit'))
        channel.on('close', resolve)
        channel.on('data', (chunk: Buffer) => order.push(String(chunk).trim()))
        channel.stderr.resume()
        setTimeout(() => order.push('later'), 150)
      })
    })
    expect(order.indexOf('exit')).toBeLessThan(order.indexOf('later'))
    client.end()
  })

  test('carries ten megabytes both ways on parallel channels', async () => {
    const client = await login(node)
    const big = 'x'.repeat(5_000_000)
    const [cat, count, ...rest] = await Promise.all([
      run(client, 'cat', big),
      run(client, 'head -c 5000000 /dev/zero | wc -c'),
      ...Array.from({ length: 8 }, (_, index) => run(client, `echo ${index}`)),
    ])
    expect(cat?.stdout.length).toBe(big.length)
    expect(count?.stdout.trim()).toBe('5000000')
    expect(rest.map((ran) => ran.stdout.trim())).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    client.end()
  })

  test('drops environment requests and refuses terminals, shells and subsystems', async () => {
    const client = await login(node)
    const seen = await new Promise<string>((resolve) => {
      client.exec('echo "[$GREETING]"', { env: { GREETING: 'hi' } }, (_error, channel) => {
        channel.on('data', (chunk: Buffer) => resolve(String(chunk).trim()))
        channel.stderr.resume()
      })
    })
    expect(seen).toBe('[]')
    const refused = await new Promise<Error | undefined>((resolve) => client.sftp((error) => resolve(error)))
    expect(refused).toBeInstanceOf(Error)
    const shell = await new Promise<Error | undefined>((resolve) =>
      client.shell(false, (error) => resolve(error)),
    )
    expect(shell).toBeInstanceOf(Error)
    client.end()
  })

  test('tunnels to its own gateway and to no other port', async () => {
    const client = await login(node)
    const stream = await tunnel(client, node.gatewayPort)
    stream.write('GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const answer = await new Promise<string>((resolve) =>
      stream.once('data', (chunk) => resolve(String(chunk))),
    )
    expect(answer).toContain('"ready":true')
    await expect(tunnel(client, node.sshPort)).rejects.toThrow()
    await expect(tunnel(client, node.gatewayPort, '10.0.0.1')).rejects.toThrow()
    client.end()
  })

  test('prints what the login shell prints before each command', async () => {
    const client = await login(node)
    node.ssh.setShellNoise("It's a nice day")
    expect((await run(client, 'echo fact')).stdout).toBe("It's a nice day\nfact\n")
    node.ssh.setShellNoise(null)
    expect((await run(client, 'echo fact')).stdout).toBe('fact\n')
    client.end()
  })

  test('changes its host key for new connections', async () => {
    const { fingerprint } = node
    const old = await login(node)
    await node.ssh.changeHostKey()
    expect(node.fingerprint).not.toBe(fingerprint)
    expect((await run(old, 'echo still here')).stdout).toBe('still here\n')
    const client = await login(node)
    client.end()
    old.end()
  })

  test('goes dark without a word, accepts in silence, and comes back', async () => {
    const client = await login(node)
    let lost = false
    client.on('close', () => {
      lost = true
    })
    await node.ssh.goDark()
    const attempt = login(node).then(
      () => 'in',
      () => 'out',
    )
    const answer = run(client, 'echo lost').then(() => 'answered')
    const nothing = new Promise((resolve) => setTimeout(() => resolve('nothing'), 300))
    expect(await Promise.race([attempt, answer, nothing])).toBe('nothing')
    expect(lost).toBe(false)
    await node.ssh.comeBack()
    await eventually(() => expect(lost).toBe(true))
    expect(await attempt).toBe('out')
    const again = await login(node)
    again.end()
  })

  test('delays every packet', async () => {
    const client = await login(node)
    node.ssh.delay(40)
    const started = performance.now()
    await run(client, 'true')
    const took = performance.now() - started
    node.ssh.delay(0)
    expect(took).toBeGreaterThan(75)
    client.end()
  })

  test('a node that is down refuses connections until it comes back', async () => {
    const down = sandbox.node('gone')
    await expect(login(down)).rejects.toThrow(/ECONNREFUSED/)
    await down.ssh.comeBack()
    const client = await login(down)
    expect((await run(client, 'hostname; uname -n')).stdout).toBe('claw-gone\nclaw-gone\n')
    client.end()
  })

  test('shows the disk that was asked for', async () => {
    const client = await login(node)
    const { stdout } = await run(client, 'df -kP "$HOME"')
    const [, row = ''] = stdout.trim().split('\n')
    expect(row.split(/\s+/)).toEqual(['/dev/vda1', '104857600', '95420416', '9437184', '91%', '/'])
    client.end()
  })
})

describe.skipIf(!existsSync('/usr/bin/ssh'))('the OpenSSH client', () => {
  test('logs in with a pinned host key and runs commands', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ocm-ssh-'))
    try {
      const [key, hosts] = [join(directory, 'key'), join(directory, 'known_hosts')]
      writeFileSync(key, loginKey.privateKey, { mode: 0o600 })
      writeFileSync(hosts, `[127.0.0.1]:${node.sshPort} ${node.hostPublicKey}\n`)
      const options = [
        ...[
          '-F',
          '/dev/null',
          '-i',
          key,
          '-p',
          String(node.sshPort),
          '-o',
          'IdentitiesOnly=yes',
          '-o',
          'BatchMode=yes',
        ],
        ...[
          '-o',
          `UserKnownHostsFile=${hosts}`,
          '-o',
          'StrictHostKeyChecking=yes',
          '-o',
          'GlobalKnownHostsFile=/dev/null',
        ],
      ]
      const ran = await program('/usr/bin/ssh', [
        ...options,
        `${node.user}@${node.host}`,
        'openclaw --version; exit 3',
      ])
      expect(ran).toMatchObject({ code: 3, stdout: 'OpenClaw 2026.9.6 (eb377ac)\n' })
      await program('/usr/bin/ssh-keygen', ['-lf', hosts]).then(({ stdout }) =>
        expect(stdout).toContain(node.fingerprint),
      )
      expect(readFileSync(hosts, 'utf8')).toContain('ssh-ed25519')
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
