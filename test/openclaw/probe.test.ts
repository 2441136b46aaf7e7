import { spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { cpus, hostname, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseProbe, parseQuickProbe } from '../../src/openclaw/probe.ts'
import { parseProbeDocument } from '../../src/openclaw/probe-facts.ts'
import { PROBE_SCRIPT } from '../../src/openclaw/probe-script.ts'
import { QUICK_PROBE_SCRIPT } from '../../src/openclaw/quick-probe-script.ts'
import { localSession } from './local-session.ts'

const SHELLS = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'ash']].filter(
  ([program]) => spawnSync(program ?? '', ['true']).error === undefined,
)
const UNIT = 'openclaw-gateway.service'
const MARKER = 'mark-1'

let root: string
let server: Server
let port: number

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ocm probe "quoted" '))
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as { port: number }).port
})

afterAll(async () => {
  server.close()
  await rm(root, { recursive: true, force: true })
})

async function put(path: string, text: string, mode = 0o644): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await chmod(path, mode)
  return path
}

/** A home with a systemd unit, an installed OpenClaw and its Node.js, all made up. */
async function makeHome(
  name: string,
  show: Record<string, string>,
  argv = '',
): Promise<{ home: string; bin: string }> {
  const home = join(root, name)
  const bin = join(home, 'stand-ins')
  await put(join(home, 'opt/node/bin/node'), '#!/bin/sh\necho v26.10.0\n', 0o755)
  await put(
    join(home, 'opt/openclaw/package.json'),
    '{\n  "name": "openclaw",\n  "version": "2026.9.6",\n  "x": 1\n}\n',
  )
  await put(join(home, 'opt/openclaw/dist/index.js'), '')
  await put(join(home, '.openclaw/openclaw.json'), '{}', 0o600)
  const lines = Object.entries(show).map(([key, value]) => `${key}=${value}`)
  const exec =
    argv === '' ? [] : [`ExecStart={ path=/x ; argv[]=${argv} ; ignore_errors=no ; pid=0 ; status=0/0 }`]
  const out = await put(join(home, 'show.txt'), `${[...exec, ...lines].join('\n')}\n`)
  await put(join(bin, 'systemctl'), `#!/bin/sh\n[ -n "$XDG_RUNTIME_DIR" ] || exit 1\ncat '${out}'\n`, 0o755)
  await put(join(bin, 'loginctl'), '#!/bin/sh\necho yes\n', 0o755)
  return { home, bin }
}

async function run(
  shell: readonly string[],
  home: string,
  bin: string | null,
  gatewayPort = port,
  known: readonly string[] = [],
) {
  const env = bin === null ? {} : { PATH: `${bin}:${process.env.PATH}` }
  const session = localSession({ home, shell, env })
  const hex = gatewayPort.toString(16).toUpperCase().padStart(4, '0')
  const limits = { deadlineMs: 15_000, args: [MARKER, '', UNIT, hex, ...known] }
  const { stdout, tookMs } = await session.script(PROBE_SCRIPT, limits)
  return { stdout, report: parseProbe(stdout, MARKER, { observedAt: Date.now(), tookMs }, UNIT) }
}

describe.each(SHELLS)('the probe script under %s %s', (...shell) => {
  it('reads a node with a systemd unit', async () => {
    const argv = (home: string) =>
      `${home}/opt/node/bin/node --max-old-space-size=8192 ${home}/opt/openclaw/dist/index.js gateway --token SECRET-1 --port 18921`
    // The paths of a unit hold no white space; a link without any leads to the home that has some.
    const { home, bin } = await makeHome('systemd', {
      LoadState: 'loaded',
      ActiveState: 'active',
      SubState: 'running',
      Result: 'success',
      MainPID: String(process.pid),
      NRestarts: '3',
      ExecMainStatus: '0',
      ExecMainStartTimestamp: 'Sun 2026-11-22 08:58:01 UTC',
      UnitFileState: 'enabled',
    })
    const plain = await mkdtemp(join(tmpdir(), 'ocm-plain-'))
    await rm(plain, { recursive: true })
    await symlink(home, plain)
    try {
      const show = await readFile(join(home, 'show.txt'), 'utf8')
      await put(
        join(home, 'show.txt'),
        `ExecStart={ path=x ; argv[]=${argv(plain)} ; ignore_errors=no }\n${show}`,
      )
      const { report, stdout } = await run(shell as string[], home, bin)
      expect(report?.service).toMatchObject({
        kind: { value: 'systemd-user' },
        unit: { value: UNIT },
        activeState: { value: 'active' },
        subState: { value: 'running' },
        pid: { value: process.pid },
        restarts: { value: 3 },
        exitStatus: { value: 0 },
        startedAt: { value: Date.parse('2026-11-22T08:58:01Z') },
        enabled: { value: true },
        linger: { value: true },
      })
      expect(report?.install).toMatchObject({
        version: { value: '2026.9.6' },
        binary: { value: `${plain}/opt/openclaw/dist/index.js` },
        nodeBinary: { value: `${plain}/opt/node/bin/node` },
        nodeVersion: { value: '26.10.0' },
        gatewayPort: { value: 18921 },
        configPath: { value: join(home, '.openclaw/openclaw.json') },
      })
      expect(report?.config).toBe('present')
      expect(report?.port).toMatchObject({ listening: true, ownerPid: process.pid, ownedByOpenClaw: true })
      expect(stdout).not.toContain('SECRET-1')
    } finally {
      await rm(plain, { force: true })
    }
  })

  it('reads the machine as the system itself tells it', async () => {
    const { home } = await makeHome('machine', {})
    const { report } = await run(shell as string[], home, null)
    const host = report?.host
    expect(host?.hostname.value).toBe(hostname())
    expect(host?.cpuCount.value).toBe(cpus().length)
    expect(host?.memory.value?.totalBytes).toBe(totalmem())
    expect(host?.memory.value?.usedPercent).toBeGreaterThan(0)
    expect(host?.disk.value?.totalBytes).toBeGreaterThan(1e6)
    expect(host?.uptimeSeconds.value).toBeGreaterThan(1)
    expect(Math.abs(host?.clockSkewMs.value ?? Infinity)).toBeLessThan(5_000)
  })

  it('tells a stranger on the gateway port from OpenClaw', async () => {
    const { home, bin } = await makeHome('stranger', {
      LoadState: 'loaded',
      ActiveState: 'active',
      MainPID: '1',
    })
    const { report } = await run(shell as string[], home, bin)
    expect(report?.port.listening).toBe(true)
    expect(report?.port.ownerPid).toBe(process.pid)
    const free = await run(shell as string[], home, bin, 9)
    expect(free.report?.port).toMatchObject({ listening: false, ownerPid: null, ownedByOpenClaw: null })
  })

  it('says what is missing and why', async () => {
    const home = join(root, 'empty')
    const bin = join(home, 'stand-ins')
    await put(
      join(bin, 'systemctl'),
      '#!/bin/sh\necho "Failed to connect to bus: No medium found" >&2; exit 1\n',
      0o755,
    )
    await put(join(bin, 'loginctl'), '#!/bin/sh\nexit 1\n', 0o755)
    const { report } = await run(shell as string[], home, bin, 9)
    expect(report?.install.binary).toMatchObject({
      freshness: 'unknown',
      reason: { code: 'openclaw-not-installed' },
    })
    expect(report?.install.version.freshness).toBe('unknown')
    expect(report?.install.configValid).toMatchObject({ reason: { code: 'config-missing' } })
    expect(report?.service.kind.value).toBe('none')
    expect(report?.service.activeState).toMatchObject({ freshness: 'unknown' })
    expect(['no-systemd', 'bus-unavailable']).toContain(
      report?.service.activeState.freshness === 'unknown' ? report.service.activeState.reason.code : '',
    )
  })

  it('finds OpenClaw outside PATH and asks it for its version when there is no package beside it', async () => {
    const home = join(root, 'npm-global')
    await put(join(home, '.npm-global/bin/openclaw'), '#!/bin/sh\necho "OpenClaw 2026.2.17"\n', 0o755)
    const { report } = await run(shell as string[], home, null, 9)
    expect(report?.install.binary.value).toBe(join(home, '.npm-global/bin/openclaw'))
    expect(report?.install.version.value).toBe('2026.2.17')
  })

  it.each([
    ['asdf', '.asdf/installs/nodejs/24.1.0/bin'],
    ['asdf by its shim alone', '.asdf/shims'],
    ['mise', '.local/share/mise/installs/node/24.1.0/bin'],
    ['Nix', '.nix-profile/bin'],
    ['Nix in its newer place', '.local/state/nix/profile/bin'],
    ['Homebrew', '.linuxbrew/bin'],
    ['npm with a prefix', '.npm-packages/bin'],
    ['fnm', '.local/share/fnm/node-versions/v24.1.0/installation/bin'],
  ])('finds OpenClaw and Node.js where %s puts them while the gateway is down', async (_name, folder) => {
    const home = await mkdtemp(join(root, 'placed-'))
    await put(join(home, folder, 'openclaw'), '#!/bin/sh\necho "OpenClaw 2026.7.1"\n', 0o755)
    await put(join(home, folder, 'node'), '#!/bin/sh\necho v24.1.0\n', 0o755)
    const { report } = await run(shell as string[], home, null, 9)
    expect(report?.install).toMatchObject({
      binary: { value: join(home, folder, 'openclaw') },
      version: { value: '2026.7.1' },
      nodeBinary: { value: join(home, folder, 'node') },
    })
  })

  it('believes the unit first, then a program before a shim', async () => {
    const home = await mkdtemp(join(root, 'order-'))
    const program = (folder: string) =>
      put(join(home, folder, 'openclaw'), '#!/bin/sh\necho 2026.1.1\n', 0o755)
    await program('.asdf/shims')
    const installed = await program('.asdf/installs/nodejs/24.1.0/bin')
    expect((await run(shell as string[], home, null, 9)).report?.install.binary.value).toBe(installed)
  })

  it('starts Node.js only for a version that it does not know, and never again for the same file', async () => {
    const home = await mkdtemp(join(root, 'runtime-'))
    const bin = join(home, 'stand-ins')
    const node = join(bin, 'node')
    const started = join(home, 'started')
    // As large as a Node.js: what is smaller may be the launcher of a version manager.
    const makeNode = async (version: string, size: number) => {
      await put(node, `#!/bin/sh\necho x >>'${started}'\necho v${version}\nexit\n`, 0o755)
      await truncate(node, size)
    }
    const starts = async () => (await readFile(started, 'utf8').catch(() => '')).length / 2
    const look = async (...known: string[]) => (await run(shell as string[], home, bin, 9, known)).report
    await makeNode('24.1.0', 20_000_000)

    const spared = await look('', '', 'spare')
    expect(spared?.install.nodeBinary.value).toBe(node)
    expect(spared?.install.nodeVersion).toMatchObject({ reason: { code: 'not-read-yet' } })
    expect(await starts()).toBe(0)

    const first = (await look())?.runtime
    expect(first?.version).toBe('24.1.0')
    expect(await starts()).toBe(1)
    const again = await look(first?.stamp ?? '', 'v24.1.0')
    expect(again?.install.nodeVersion.value).toBe('24.1.0')
    expect(await starts()).toBe(1)

    await makeNode('24.2.0', 20_000_000)
    const stale = await look(first?.stamp ?? '', 'v24.1.0', 'spare')
    expect(stale?.install.nodeVersion.freshness).toBe('unknown')
    expect((await look(first?.stamp ?? '', 'v24.1.0'))?.install.nodeVersion.value).toBe('24.2.0')
    expect(await starts()).toBe(2)

    await makeNode('24.3.0', 500)
    expect(await look()).toMatchObject({ install: { nodeVersion: { value: '24.3.0' } }, runtime: null })
  })

  it('does not trust a link to a version manager, but one to a Node.js', async () => {
    const home = await mkdtemp(join(root, 'managed-'))
    const bin = join(home, 'stand-ins')
    for (const [target, safe] of [
      ['opt/manager', false],
      ['opt/node', true],
    ] as const) {
      const file = await put(join(home, target), '#!/bin/sh\necho v24.1.0\nexit\n', 0o755)
      await truncate(file, 20_000_000)
      await mkdir(bin, { recursive: true })
      await rm(join(bin, 'node'), { force: true })
      await symlink(file, join(bin, 'node'))
      const { report } = await run(shell as string[], home, bin, 9)
      expect(report?.install).toMatchObject({
        nodeBinary: { value: join(bin, 'node') },
        nodeVersion: { value: '24.1.0' },
      })
      expect(report?.runtime === null).toBe(!safe)
    }
  })

  it('finds the package behind a link to its program', async () => {
    const home = await mkdtemp(join(root, 'linked-'))
    const lib = join(home, 'lib/node_modules/openclaw')
    await put(join(lib, 'package.json'), '{"name": "openclaw", "version": "2026.7.1"}')
    await put(join(lib, 'openclaw.mjs'), '', 0o755)
    await mkdir(join(home, 'bin'), { recursive: true })
    await symlink('../lib/node_modules/openclaw/openclaw.mjs', join(home, 'bin/openclaw'))
    const { report } = await run(shell as string[], home, null, 9)
    expect(report?.install).toMatchObject({
      binary: { value: join(home, 'bin/openclaw') },
      version: { value: '2026.7.1' },
    })
  })

  it('has a cheap companion of builtins alone', async () => {
    // Without any program in PATH: nothing may be started. The shell itself is found before.
    const path = spawnSync('sh', ['-c', `command -v ${shell[0]}`])
      .stdout.toString()
      .trim()
    const bare = localSession({
      home: root,
      shell: [path, ...shell.slice(1)] as string[],
      env: { PATH: '/nonexistent' },
    })
    const { stdout, tookMs } = await bare.script(QUICK_PROBE_SCRIPT, { deadlineMs: 10_000, args: [MARKER] })
    const quick = parseQuickProbe(stdout, MARKER, { observedAt: Date.now(), tookMs })
    expect(quick?.uptimeSeconds.value).toBeGreaterThan(1)
    expect(quick?.memory.value?.totalBytes).toBeGreaterThan(1e6)
    expect(quick?.load.freshness).toBe('fresh')
    expect(quick).toMatchObject({ disk: null, activeState: null })
  })

  it('reads the disk and the state of a unit beside the figures when asked to', async () => {
    const { home, bin } = await makeHome('quick', { ActiveState: 'deactivating' })
    const session = localSession({
      home,
      shell: shell as string[],
      env: { PATH: `${bin}:${process.env.PATH}` },
    })
    const args = [MARKER, 'disk', '', UNIT]
    const { stdout, tookMs } = await session.script(QUICK_PROBE_SCRIPT, { deadlineMs: 10_000, args })
    const quick = parseQuickProbe(stdout, MARKER, { observedAt: Date.now(), tookMs })
    const { report } = await run(shell as string[], home, bin)
    expect(quick?.activeState).toBe('deactivating')
    expect(quick?.disk?.value).toMatchObject({
      path: report?.host.disk.value?.path,
      totalBytes: report?.host.disk.value?.totalBytes,
    })
    expect(quick?.load.freshness).toBe('fresh')
  })

  it('asks the gateway whether it is ready where the shell can, and says where it cannot', async () => {
    const answer = 'HTTP/1.1 503 Service Unavailable\r\n\r\n{"ready":false,"failing":["x"],"uptimeMs":1}'
    const asked: string[] = []
    const gateway = createServer((socket) => {
      let question = ''
      socket.on('error', () => undefined)
      socket.on('data', (bytes) => {
        // A shell may write line by line.
        question += bytes.toString()
        if (!question.endsWith('\r\n\r\n')) return
        asked.push(question)
        socket.end(answer)
      })
    })
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve))
    const at = String((gateway.address() as { port: number }).port)
    try {
      const { home, bin } = await makeHome('quick-ready', { ActiveState: 'active' })
      const session = localSession({
        home,
        shell: shell as string[],
        env: { PATH: `${bin}:${process.env.PATH}` },
      })
      const look = async (unit: string, host: string, onPort: string) => {
        const args = [MARKER, 'disk', '', unit, host, onPort]
        const { stdout, tookMs } = await session.script(QUICK_PROBE_SCRIPT, { deadlineMs: 10_000, args })
        return parseQuickProbe(stdout, MARKER, { observedAt: Date.now(), tookMs })
      }
      const canAsk = shell[0] === 'bash'
      const told = await look(UNIT, '127.0.0.1', at)
      expect(told).toMatchObject({ activeState: 'active', readiness: canAsk ? answer : null })
      expect(told?.disk?.value?.totalBytes).toBeGreaterThan(0)
      expect(asked).toEqual(canAsk ? ['GET /readyz HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n'] : [])
      expect(await look('', '', '')).toMatchObject({ readiness: null })
      gateway.close()
      const silent = await look('', '127.0.0.1', at)
      expect(silent).toMatchObject({ readiness: canAsk ? '' : null })
      expect(silent?.disk?.value?.totalBytes).toBeGreaterThan(0)
    } finally {
      gateway.close()
    }
  })

  it('does not take what systemctl prints for more than a word', async () => {
    const { home, bin } = await makeHome('quick-odd', { ActiveState: 'active","disk":"x' })
    const session = localSession({
      home,
      shell: shell as string[],
      env: { PATH: `${bin}:${process.env.PATH}` },
    })
    const args = [MARKER, '', '', UNIT]
    const { stdout, tookMs } = await session.script(QUICK_PROBE_SCRIPT, { deadlineMs: 10_000, args })
    expect(parseQuickProbe(stdout, MARKER, { observedAt: Date.now(), tookMs })).toMatchObject({
      activeState: null,
      load: { freshness: 'fresh' },
    })
  })
})

describe('the frame', () => {
  const frame = (json: string, marker = MARKER) => `<<ocm-probe ${marker}\n${json}\nocm-probe ${marker}>>\n`

  it('is found among noise, and only with the right marker', () => {
    const noise = `welcome\n${frame('{"facts":{"uptime":"9 9"},"gaps":{}}', 'other')}`
    const text = `${noise}${frame('{"facts":{"uptime":"5 5"},"gaps":{}}')}bye`
    expect(parseProbeDocument(text, MARKER)?.facts.uptime).toBe('5 5')
    expect(parseProbeDocument(noise, MARKER)).toBeNull()
  })

  it('is refused when it is cut or not JSON, and survives control characters', () => {
    expect(parseProbeDocument(frame('{"facts":{').slice(0, 20), MARKER)).toBeNull()
    expect(parseProbeDocument(frame('{oops'), MARKER)).toBeNull()
    expect(parseProbeDocument(frame('{"facts":{"hostname":"a\u001b[31mb"}}'), MARKER)?.facts.hostname).toBe(
      'a [31mb',
    )
  })

  it('gives facts in another shape as unknown instead of as numbers', () => {
    const facts = {
      uptime: 'soon',
      load: '1',
      disk: 'df: broken',
      mem_total: '0',
      cpus: '0-x',
      clock: 'now',
      version: 'dev',
    }
    const report = parseProbe(frame(JSON.stringify({ facts })), MARKER, { observedAt: 5, tookMs: 0 }, UNIT)
    for (const reading of [
      report?.host.uptimeSeconds,
      report?.host.load,
      report?.host.disk,
      report?.host.memory,
      report?.host.cpuCount,
      report?.host.clockSkewMs,
      report?.install.version,
    ]) {
      expect(reading).toMatchObject({ freshness: 'unknown', value: null })
    }
  })

  it('reads sparse CPU lists, full disks and clocks without nanoseconds', () => {
    const disk =
      'Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/my disk 1000 950 0 100% /home of oc'
    const facts = { cpus: '0-3,8,10-11', disk, clock: '1795336091', uptime: '50.10 9', uptime_end: '50.14 9' }
    const report = parseProbe(
      frame(JSON.stringify({ facts })),
      MARKER,
      { observedAt: 1_795_336_091_500, tookMs: 0 },
      UNIT,
    )
    expect(report?.host.cpuCount.value).toBe(7)
    expect(report?.host.disk.value).toMatchObject({
      path: '/home of oc',
      availableBytes: 0,
      usedPercent: 100,
    })
    expect(report?.host.clockSkewMs.value).toBe(20)
  })
})
