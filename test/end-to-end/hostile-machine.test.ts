import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { MessageView } from '../../src/sandbox/discord/control.ts'
import type { SandboxNode } from '../../src/sandbox/nodes/control.ts'
import { PEOPLE, type Sandbox, startSandbox } from '../../src/sandbox/stage/start-sandbox.ts'
import { type Ran, runHere } from '../cli/in-process.ts'
import { hostileTexts } from '../support/hostile-texts.ts'
import { keepLog } from '../support/log-keeper.ts'
import { controlsOf, type Person, person, textOf } from '../support/room.ts'

/** What must never reach a terminal: escapes, control characters, and what changes the order of what is read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const LONGEST_OUTPUT = 100_000
/** In each round every fact gets another text; 21 rounds are complete. */
const ROUNDS = Number(process.env.OCM_HOSTILE_ROUNDS ?? 4)
/** No divisor of the number of texts, so that rounds do not repeat. */
const STRIDE = 5
const PATIENCE_MS = 60_000 + ROUNDS * 15_000
const CALM = 'an-ordinary-name'

/** Runs the node's shell and replaces facts in what a probe prints, as a machine that somebody else owns can. */
const LYING_SHELL = `#!/bin/sh
[ $# -eq 0 ] || exec /bin/sh "$@"
/bin/sh | sed -u -E -f "$(dirname "$0")/lies"
`
/** What stands in for a program: it says its words where it restarts a service or reads a log. */
const loud = (real: string, exitCode: number) => `#!/bin/sh
here=$(dirname "$0")
case " $* " in
  *" restart "* | *" start "* | *" -n "*) cat "$here/words"; cat "$here/words" >&2; exit ${exitCode} ;;
esac
exec "$here/${real}" "$@"
`

const log = keepLog()
let canaries: string
let texts: [string, string][]
let sandbox: Sandbox
let node: SandboxNode
let bin: string
let admin: Person

beforeAll(async () => {
  canaries = await mkdtemp(join(tmpdir(), 'ocm-canary-'))
  texts = Object.entries(hostileTexts(canaries))
  sandbox = await startSandbox({
    log,
    settings: { OCM_REFRESH_INTERVAL_MS: '600000' },
    nodes: [
      {
        id: 'alpha',
        name: 'Alpha',
        version: '2026.9.6',
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }],
        timings: { readyMs: 150, stopMs: 50 },
      },
    ],
  })
  node = sandbox.nodes.node('alpha')
  bin = join(dirname(node.home), 'bin')
  await writeFile(join(bin, 'lies'), '')
  await writeFile(join(bin, 'sh'), LYING_SHELL, { mode: 0o755 })
  admin = person(sandbox.discord, PEOPLE.admin)
}, 60_000)

afterEach(() => {
  vi.unstubAllEnvs()
})
afterAll(async () => {
  // Rejects when Discord refused something.
  await sandbox?.close()
  await rm(canaries, { recursive: true, force: true })
})

const inTheEnd = (message: MessageView) => controlsOf(message).length > 0 && !textOf(message).includes('⏳')

/** What of a node's facts can be said without changing its state. */
const described = (next: () => string) => ({
  hostname: next(),
  version: next(),
  node_version: next(),
  node_binary: `/${next()}/node`,
  binary: `/${next()}/openclaw`,
  config_path: next(),
  disk: `f\n/dev/x 100 50 50 50% /${next()}`,
})
const UNIT_KEYS = ['LoadState', 'ActiveState', 'SubState', 'Result', 'MainPID', 'ExecMainStartTimestamp']
/** Every fact at once: the service and the owner of the port as well. */
const everything = (next: () => string) => ({
  ...described(next),
  unit_show: UNIT_KEYS.map((key) => `${key}=${next()}`).join('\n'),
  listener_name: next(),
  listener_openclaw: 'no',
  unit_port: next(),
  linger: next(),
  uptime: next(),
  load: next(),
  cpus: next(),
  mem_total: next(),
  clock: next(),
})

/** The texts of one round, one after the other. */
function textsOf(round: number): () => string {
  let at = round * STRIDE
  return () => texts[at++ % texts.length]?.[1] ?? ''
}

/** Makes the node say this from its next connection on. */
async function claim(facts: Record<string, string>): Promise<void> {
  const lies = Object.entries(facts).map(([name, text]) => {
    const said = JSON.stringify(text)
      .slice(1, -1)
      .replace(/[\\&/]/g, '\\$&')
    return `s/"${name}":"([^"\\\\]|\\\\.)*"/"${name}":"${said}"/`
  })
  await writeFile(join(bin, 'lies'), `${lies.join('\n')}\n`)
  node.ssh.dropConnections()
}

async function ocm(...argv: string[]): Promise<Ran> {
  const { folder } = sandbox
  vi.stubEnv('OCM_DATA_DIR', folder)
  vi.stubEnv('OCM_SSH_KEY', join(folder, 'id_ed25519'))
  vi.stubEnv('OCM_SSH_AGENT', 'none')
  vi.stubEnv('OCM_LOG_LEVEL', 'silent')
  const ran = await runHere(argv)
  for (const text of [ran.out, ran.err]) {
    expect(text).not.toMatch(UNPRINTABLE)
    expect(text.length).toBeLessThan(LONGEST_OUTPUT)
  }
  return ran
}

/** Asks in chat and on the command line; both must answer. */
async function askEverywhere(name: string): Promise<void> {
  const status = await admin.ask('node status', { node: 'alpha' }, inTheEnd)
  expect(textOf(status), name).toContain('Alpha')
  expect(textOf(status), name).not.toMatch(UNPRINTABLE)
  await admin.ask('node list', {}, inTheEnd)
  expect((await ocm('node', 'status', 'alpha')).out, name).toContain('Alpha')
  const { out } = await ocm('node', 'list', '--json')
  expect(JSON.parse(out)).toMatchObject({ schema: 'ocm/1' })
}

describe('what a machine claims of itself', () => {
  test('arrives at all', async () => {
    await claim(described(() => CALM))
    const { out } = await ocm('node', 'status', 'alpha', '--json')
    expect(out.split(CALM).length).toBeGreaterThan(4)
  })

  test(
    'is shown as text in chat and on the command line: names, versions and paths',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await claim(described(textsOf(round)))
        await askEverywhere(`round ${round}`)
      }
    },
    PATIENCE_MS,
  )

  test(
    'is shown as text where it concerns the state: the unit, the process and the owner of the port',
    async () => {
      for (let round = 0; round < ROUNDS; round++) {
        await claim(everything(textsOf(round)))
        await askEverywhere(`round ${round}`)
      }
      await claim({})
    },
    PATIENCE_MS,
  )
})

test('a host that cannot be resolved is named as such, and costs the other nodes nothing', async () => {
  await claim({})
  const { registry } = sandbox.app.owned.context
  await registry.add({
    id: 'lost',
    name: 'Lost',
    host: 'ocm-lost.invalid',
    sshPort: 22,
    sshUser: 'oc',
    gatewayPort: 18_789,
    ocPath: null,
    tags: [],
    hostKeys: registry.list()[0]?.hostKeys ?? [],
  })
  const list = await admin.ask('node list', {}, inTheEnd)
  expect(textOf(list)).toContain('the host name cannot be resolved')
  expect(textOf(list)).toContain('🟢')
  const status = await admin.ask('node status', { node: 'lost' }, inTheEnd)
  expect(textOf(status)).toContain('the host name cannot be resolved')
  const { code, out } = await ocm('node', 'list')
  expect(code).toBe(0)
  expect(out).toContain('the host name cannot be resolved')
})

test(
  'what the programs of a machine print, also as they fail, is quoted as text',
  async () => {
    // a gateway that serves would hand out its log itself
    await node.gateway.stopService()
    for (const [name, exitCode] of [
      ['systemctl', 1],
      ['journalctl', 0],
    ] as const) {
      await copyFile(join(bin, name), join(bin, `real-${name}`))
      await writeFile(join(bin, name), loud(`real-${name}`, exitCode), { mode: 0o755 })
    }
    await writeFile(join(bin, 'words'), CALM)
    for (const argv of [
      ['node', 'logs', 'alpha'],
      ['node', 'restart', 'alpha', '--yes'],
    ]) {
      const { out, err } = await ocm(...argv)
      expect(`${out}${err}`, argv.join(' ')).toContain(CALM)
    }
    for (let round = 0; round < ROUNDS; round++) {
      const name = `round ${round}`
      await writeFile(join(bin, 'words'), textsOf(round)())
      const logs = await admin.ask('node logs', { node: 'alpha', lines: 20 }, (one) => textOf(one) !== '')
      expect(textOf(logs), name).not.toMatch(UNPRINTABLE)
      await ocm('node', 'logs', 'alpha')
      const restart = await ocm('node', 'restart', 'alpha', '--yes')
      expect(restart.code, name).not.toBe(0)
    }
  },
  PATIENCE_MS,
)

test('nothing was run, nobody was pinged, and nothing broke', async () => {
  expect(await readdir(canaries)).toEqual([])
  const seen = Object.values(PEOPLE).flatMap((name) => person(sandbox.discord, name).messages())
  expect(seen.flatMap(({ pinged }) => pinged)).toEqual([])
  expect(sandbox.discord.refusals()).toEqual([])
  expect(log.lines.filter(({ level }) => level === 'error')).toEqual([])
})
