import { execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeRecordSchema } from '../../registry/schema.ts'
import { systemClock } from '../../src/base/clock.ts'
import { journalCommand } from '../../src/openclaw/logs.ts'
import { createNodes } from '../../src/openclaw/nodes.ts'
import { PROBE_SCRIPT } from '../../src/openclaw/probe-script.ts'
import { restrictedKey } from '../../src/openclaw/restricted-key.ts'
import { resetFailedCommand, restartCommand, stopCommand } from '../../src/openclaw/service.ts'
import { createMarker, oneShot } from '../../src/ssh/frame.ts'
import { guardedCommand } from '../../src/ssh/process.ts'
import { scriptText } from '../../src/ssh/script-text.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool, SshSession } from '../../src/ssh/ssh.ts'
import { freePort } from '../support/free-port.ts'
import { eventually } from '../support/until.ts'
import { failureOf, haveSshd, poolFor, publicKeyOf, type Sshd, silentLog, startSshd } from './rig.ts'

const run = promisify(execFile)
const limits = { deadlineMs: 15_000 }
const UNIT = 'openclaw-gateway.service'

/** What is heard at a port of this machine; undefined while nobody listens there. */
function talk(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    let heard = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (chunk: Buffer) => {
      heard += String(chunk)
    })
    socket.once('connect', () => socket.once('close', () => resolve(heard === '' ? 'closed' : heard)))
    socket.once('error', () => resolve(undefined))
  })
}

describe.skipIf(!haveSshd)('a restricted key on a real sshd', () => {
  let sshd: Sshd
  let pool: SshPool
  let session: SshSession
  let gateway: Server
  let other: Server
  let canary: string
  let sockets: string

  const portOf = (server: Server) => (server.address() as { port: number }).port
  const record = () =>
    nodeRecordSchema.parse({
      id: 'alpha',
      name: 'alpha',
      host: '127.0.0.1',
      sshPort: sshd.port,
      sshUser: userInfo().username,
      gatewayPort: portOf(gateway),
      ocPath: null,
      unit: null,
      jump: null,
      tags: [],
      state: 'active',
      stateReason: null,
      maintenance: null,
      hostKeys: sshd.hostKeys.map((key) => ({
        ...key,
        fingerprint: `SHA256:${'a'.repeat(43)}`,
        approvedAt: new Date(0).toISOString(),
        approvedBy: 'test',
      })),
      agents: [],
      createdAt: new Date(0).toISOString(),
      updatedAt: new Date(0).toISOString(),
      retiredAt: null,
    })

  beforeAll(async () => {
    const listen = async (server: Server) => {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }
    gateway = await listen(createServer((socket) => socket.end('hello from the gateway\n')))
    other = await listen(createServer((socket) => socket.end('hello from elsewhere\n')))
    // What `sshdConfig` has for one login, here for all: a Match block would hold for the lines after it.
    sshd = await startSshd([
      'AllowTcpForwarding local',
      'AllowStreamLocalForwarding no',
      'Subsystem sftp internal-sftp',
    ])
    canary = join(sshd.folder, 'canary')
    sockets = join(sshd.folder, 'bus')
    const made = restrictedKey(record(), null, publicKeyOf(sshd.userKey))
    // Twice, as after an update of ocm: the line is there once.
    const env = { PATH: process.env.PATH, HOME: sshd.folder }
    for (let round = 0; round < 2; round++) await run('sh', ['-c', made.installer], { env })
    writeFileSync(
      join(sshd.folder, 'authorized_keys'),
      readFileSync(join(sshd.folder, '.ssh/authorized_keys')),
    )
    pool = poolFor(sshd.userKey)
    session = pool.session(sshd.target())
  })
  afterAll(async () => {
    await pool?.close()
    sshd?.stop()
    gateway?.close()
    other?.close()
  })

  /** What a client of somebody else gets who has the key: status and both streams. */
  async function asked(...args: string[]): Promise<{ code: number; out: string }> {
    try {
      const { stdout, stderr } = await run('ssh', clientArgs(...args), { timeout: 15_000 })
      return { code: 0, out: stdout + stderr }
    } catch (error) {
      const failed = error as { code?: number; stdout?: string; stderr?: string }
      return { code: Number(failed.code ?? -1), out: `${failed.stdout ?? ''}${failed.stderr ?? ''}` }
    }
  }
  function clientArgs(...args: string[]): string[] {
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'BatchMode=yes',
    ]
    return [
      ...['-i', sshd.userKey, '-p', String(sshd.port), '-F', 'none'],
      ...options.flatMap((one) => ['-o', one]),
      ...args,
    ]
  }
  const login = () => `${userInfo().username}@127.0.0.1`
  const touch = () => `touch ${canary}`

  it('looks at the node, reads its log and restarts it', async () => {
    const marker = createMarker()
    const port = portOf(gateway).toString(16).toUpperCase().padStart(4, '0')
    for (const last of [
      ['', '', ''],
      ['-rwxr-xr-x 1 root root 117000000 Nov  2 10:00 /usr/bin/node', '24.1.0', 'spare'],
    ]) {
      const probe = await session.script(PROBE_SCRIPT, { ...limits, args: [marker, '', UNIT, port, ...last] })
      expect(probe.stdout).toContain(marker)
      expect(probe.via).toBe('exec')
    }
    for (const command of [journalCommand(UNIT, 50), resetFailedCommand(UNIT), restartCommand(UNIT)])
      expect((await session.exec(command, limits)).stderr).not.toContain('restricted')
    const nodes = createNodes({
      pool: poolFor(sshd.userKey),
      clock: systemClock,
      log: silentLog,
      deviceKeyPath: join(sshd.folder, 'device-key.pem'),
      knownHosts: () => [],
      jumpOf: () => null,
    })
    for (const fresh of [true, false]) {
      const seen = await nodes.link(record()).snapshot({ ...limits, fresh })
      expect([seen.host.disk.freshness, JSON.stringify(seen).includes('commands-refused')]).toEqual([
        'fresh',
        false,
      ])
    }
    await nodes.close()
    const tunnel = await session.openTcp(portOf(gateway), limits)
    const heard = await new Promise((resolve) =>
      tunnel.once('data', (chunk: Buffer) => resolve(String(chunk))),
    )
    expect(heard).toBe('hello from the gateway\n')
    tunnel.destroy()
  })

  it('says which key is needed for whatever else ocm would do', async () => {
    for (const command of [
      sh`id`,
      stopCommand(UNIT, 'user'),
      restartCommand('ssh.service'),
      restartCommand(UNIT, 'system'),
    ])
      expect(await failureOf(session.exec(command, limits))).toMatchObject({ code: 'key-restricted' })
    expect(await failureOf(session.script(scriptText`echo hi`, limits))).toMatchObject({
      code: 'key-restricted',
    })
    const stream = await session.download(sh`cat /etc/passwd`, limits)
    const error = await new Promise((resolve) => stream.on('error', resolve).resume())
    expect(error).toMatchObject({ code: 'key-restricted' })
  })

  it('lets nothing out that is no command of ocm', async () => {
    const allowed = guardedCommand(restartCommand(UNIT).shellText, 10_000)
    const probeOf = (script = PROBE_SCRIPT, ...more: string[]) =>
      guardedCommand(
        oneShot(createMarker(), script, [createMarker(), '', UNIT, '4965', '', '', '', ...more]),
        10_000,
      )
    const probe = probeOf()
    const corpus = [
      ...[
        touch(),
        `sh -c '${touch()}'`,
        `exec sh -c '${touch()}'`,
        'id',
        '',
        'exec sh',
        'bash -i',
        'scp -t /tmp',
        'rsync --server . /',
      ],
      ...[
        `${allowed}; ${touch()}`,
        `${allowed}\n${touch()}`,
        `${touch()}; ${allowed}`,
        `${allowed} & ${touch()}`,
      ],
      ...[
        `${allowed} $(${touch()})`,
        `${allowed} \`${touch()}\``,
        `${allowed}'`,
        ` ${allowed}`,
        `${allowed} `,
        `${allowed}\n`,
      ],
      allowed.replace(/ ocm \d+ /, ` ocm $(${touch()}) `),
      allowed.replace(/ ocm \d+ /, ` ocm 1;${touch()}; `),
      allowed.replace(/ ocm \d+ /, ' ocm 99999999 '),
      allowed.replace(/ 0$/, ' all'),
      allowed.replace(/ 0$/, ' 12'),
      allowed.replace(UNIT, 'ssh.service'),
      allowed.replace(UNIT, `x.service; ${touch()}`),
      allowed.replace('restart', 'stop'),
      allowed.replace('exec 3<&0', `${touch()}; exec 3<&0`),
      allowed.replace('exec sh -c', `${touch()}; exec sh -c`),
      probe.replace('LC_ALL=C', `${touch()}; LC_ALL=C`),
      probe.replace(/ocm_script\(\) \{/, `ocm_script() {\n${touch()}`),
      probe.replace(/[0-9a-f]{8}-[0-9a-f-]{27} ocm_script/, `x; ${touch()}; ocm_script`),
      probe.replace(/ocm_script ([0-9a-f-]{36}) /, `ocm_script $1 '"'"'$(${touch()})'"'"' `),
      probeOf(PROBE_SCRIPT, touch()),
      probeOf(scriptText`touch "$1"`),
      guardedCommand(
        oneShot(createMarker(), PROBE_SCRIPT, [createMarker(), '/', UNIT, '4965', '', '', '']),
        10_000,
      ),
      guardedCommand(
        oneShot(createMarker(), PROBE_SCRIPT, [createMarker(), '', UNIT, '4965', `$(${touch()})`, '', '']),
        10_000,
      ),
      guardedCommand(
        oneShot(createMarker(), PROBE_SCRIPT, [
          createMarker(),
          '',
          UNIT,
          '4965',
          `a'; ${touch()}; '`,
          '',
          '',
        ]),
        10_000,
      ),
      guardedCommand(journalCommand(UNIT, 5).shellText.replace('-n 5', `-n 5 --file ${canary}`), 10_000),
      guardedCommand(journalCommand(UNIT, 5).shellText.replace('-n 5', '-n 123456789'), 10_000),
    ]
    expect(corpus.length).toBeGreaterThan(35)
    const escaped: object[] = []
    const tryOne = async (command: string) => {
      const { code, out } = await asked('-T', login(), ...(command === '' ? [] : [command]))
      if (code !== 126 || !out.includes('ocm-key-restricted')) escaped.push({ command, code, out })
    }
    // As many at once as a server lets in that are not yet logged in.
    for (let from = 0; from < corpus.length; from += 6)
      await Promise.all(corpus.slice(from, from + 6).map(tryOne))
    expect(escaped).toEqual([])
    expect(existsSync(canary)).toBe(false)
  })

  it('has no terminal, agent, display, files, or way to anything but the gateway', async () => {
    const allowed = guardedCommand(journalCommand(UNIT, 5).shellText, 5_000)
    const tty = await asked('-tt', login(), allowed)
    expect(tty.out).toMatch(/PTY allocation request failed/)
    const files = await asked('-s', login(), 'sftp')
    expect({ ...files, log: '' }).toMatchObject({ code: 126, out: '' })
    const forwards = async (...args: string[]) => (await asked(...args, login())).out
    expect(await forwards('-W', `127.0.0.1:${portOf(gateway)}`)).toContain('hello from the gateway')
    expect(await forwards('-W', `127.0.0.1:${portOf(other)}`)).toMatch(/forwarding failed/)
    expect(await forwards('-W', `127.0.0.1:${sshd.port}`)).toMatch(/forwarding failed/)
    const bus = createServer((socket) => socket.end('hello from a socket\n'))
    await new Promise<void>((resolve) => bus.listen(sockets, resolve))
    // By a port here to a socket there: what the user's own service manager listens on.
    const here = await freePort()
    const client = spawn('ssh', clientArgs('-N', '-L', `127.0.0.1:${here}:${sockets}`, login()), {
      stdio: 'ignore',
    })
    const heard = await eventually(async () => {
      const said = await talk(here)
      if (said === undefined) throw new Error('nobody listens')
      return said
    }, 15_000)
    expect(heard).toBe('closed')
    client.kill('SIGKILL')
    expect(
      await forwards(
        '-o',
        'ExitOnForwardFailure=yes',
        '-R',
        `${await freePort()}:127.0.0.1:${portOf(other)}`,
        '-N',
      ),
    ).toMatch(/remote port forwarding failed|forwarding failed/i)
    bus.close()
  })

  it('takes nothing from the environment of who logs in', async () => {
    const { code, out } = await asked(
      '-o',
      `SetEnv=BASH_ENV=${canary} ENV=${canary} LD_PRELOAD=${canary}`,
      '-T',
      login(),
      'id',
    )
    expect([code, out.includes('ocm-key-restricted')]).toEqual([126, true])
  })

  it('is a program that a shell can read', async () => {
    const { program, line, sshdConfig } = restrictedKey(record(), null, publicKeyOf(sshd.userKey))
    writeFileSync(join(sshd.folder, 'program'), program)
    for (const shell of ['sh', 'bash'].filter((name) => existsSync(`/bin/${name}`)))
      await run(shell, ['-n', join(sshd.folder, 'program')])
    expect(line).toMatch(
      /^restrict,port-forwarding,permitopen="127\.0\.0\.1:\d+",.*command="exec \\"\$HOME\\"\/\.ssh\/ocm-alpha" ssh-ed25519 /,
    )
    expect(sshdConfig).toContain('AllowStreamLocalForwarding no')
    expect(readFileSync(join(sshd.folder, 'authorized_keys'), 'utf8').trim()).toBe(line)
  })
})
