import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import type { OperatorError } from '../../src/base/errors.ts'
import { parsePrivateKey } from '../../src/ssh/keys.ts'
import { createSshPool } from '../../src/ssh/pool.ts'
import { scriptText } from '../../src/ssh/script-text.ts'
import { sh } from '../../src/ssh/shell-quote.ts'
import type { SshPool, SshSession, SshTarget } from '../../src/ssh/ssh.ts'
import { failureOf, silentLog } from '../ssh/rig.ts'
import { eventually } from './command.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'

const KEEPALIVE = { keepaliveIntervalMs: 1_000, keepaliveCountMax: 2 } as const
/** When a call over a dead link has to be over: the keepalives, and a second for everything else. */
const LOST_MS = KEEPALIVE.keepaliveIntervalMs * (KEEPALIVE.keepaliveCountMax + 1) + 1_000
const CONNECT_MS = 3_000
/** No call may get this far. */
const never = { deadlineMs: 120_000 }
const NAP_MS = 2_000

let fleet: Fleet
let node: RealNode
let target: SshTarget
let pool: SshPool
let session: SshSession

beforeAll(async () => {
  fleet = await startFleet({ nodes: [{ name: 'faint', openclaw: null }] })
  node = fleet.node('faint')
  const [type = '', key = ''] = (await node.hostKey()).split(' ')
  target = {
    nodeId: node.name,
    host: node.host,
    port: node.port,
    user: node.login,
    hostKeys: [{ type, key }],
  }
})
afterEach(async () => {
  await pool?.close()
})
afterAll(async () => {
  await fleet?.stop()
})

async function connect(): Promise<void> {
  pool = createSshPool({
    auth: { agentSocket: null, privateKey: parsePrivateKey(readFileSync(fleet.keyPath, 'utf8'), null) },
    connectTimeoutMs: CONNECT_MS,
    clock: systemClock,
    log: silentLog,
    ...KEEPALIVE,
  })
  session = pool.session(target)
  await session.exec(sh`true`, { deadlineMs: 20_000 })
}

/** Drops every packet both ways while `during` runs. */
async function withoutLink(during: () => Promise<void>): Promise<void> {
  const undo = await node.faults.packetsDropped()
  try {
    await during()
  } finally {
    await undo()
  }
}

async function readAll(source: Promise<AsyncIterable<unknown>> | AsyncIterable<unknown>): Promise<number> {
  let parts = 0
  for await (const _part of await source) parts += 1
  return parts
}

interface End {
  what: string
  code: string
  afterMs: number
}

/** How each call ended, with the time since `begun`. */
function endsOf(begun: () => number, calls: Record<string, Promise<unknown>>): Promise<End[]> {
  return Promise.all(
    Object.entries(calls).map(async ([what, call]) => {
      const error: OperatorError = await failureOf(call)
      return { what, code: error.code, afterMs: performance.now() - begun() }
    }),
  )
}

function expectLost(ends: readonly End[]): void {
  expect(ends.filter(({ code }) => code !== 'connection-lost')).toEqual([])
  expect(ends.filter(({ afterMs }) => afterMs > LOST_MS)).toEqual([])
}

describe('a link on which every packet is dropped, both ways', () => {
  test('while nothing is under way ends all calls that come then with the typed error, in bounded time', async () => {
    await connect()
    await withoutLink(async () => {
      const begun = performance.now()
      const ends = await endsOf(() => begun, {
        exec: session.exec(sh`echo never`, never),
        stdin: session.exec(sh`cat`, { ...never, stdin: Buffer.alloc(100_000) }),
        script: session.script(scriptText`echo never`, never),
        lines: readAll(session.lines(sh`echo never`, never)),
        download: session.download(sh`echo never`, never),
        tunnel: session.openTcp(22, never),
      })
      expectLost(ends)
      // and whoever comes later does not wait for the old connection
      const asked = performance.now()
      const error = await failureOf(session.exec(sh`true`, never))
      expect([error.code, error.params.reason]).toEqual(['node-unreachable', 'connect-timeout'])
      expect(performance.now() - asked).toBeLessThan(CONNECT_MS + 2_000)
    })
  })

  test('is noticed without any call', async () => {
    await connect()
    expect(session.state()).toBe('ready')
    await withoutLink(async () => {
      const begun = performance.now()
      await eventually(
        'the connection is given up',
        LOST_MS + 5_000,
        async () => (session.state() === 'ready' ? undefined : true),
        20,
      )
      expect(performance.now() - begun).toBeLessThan(LOST_MS)
    })
    expect((await session.exec(sh`echo again`, { deadlineMs: 20_000, fresh: true })).stdout).toBe('again\n')
  })

  test('while everything streams ends every call with the typed error, in bounded time', async () => {
    await connect()
    let cutAt = 0
    const seen = { bytes: 0, lines: 0, tunnel: 0 }
    const reading = (async () => {
      for await (const chunk of await session.download(sh`cat /dev/zero`, never))
        seen.bytes += (chunk as Buffer).length
    })()
    const lines = (async () => {
      for await (const _line of session.lines(sh`while :; do echo tick; sleep 0.05; done`, never))
        seen.lines += 1
    })()
    const tunnel = (async () => {
      const socket = await session.openTcp(22, never)
      socket.write('SSH-2.0-test\r\n')
      for await (const chunk of socket) seen.tunnel += (chunk as Buffer).length
      throw new Error('the tunnel ended as if all were well')
    })()
    const ends = endsOf(() => cutAt, {
      download: reading,
      lines,
      tunnel,
      exec: session.exec(sh`echo partial; exec sleep 1041`, never),
      stdin: session.exec(sh`exec sleep 1042`, { ...never, stdin: Buffer.alloc(8_000_000) }),
      script: session.script(scriptText`echo partial; exec sleep 1043`, never),
    })
    await eventually('all of them stream', 20_000, async () => {
      const { stdout } = await node.root('pgrep -c -f "^sleep 104[123]$"')
      return seen.bytes > 10_000_000 && seen.lines > 5 && seen.tunnel > 0 && stdout.trim() === '3'
        ? true
        : undefined
    })
    await withoutLink(async () => {
      cutAt = performance.now()
      expectLost(await ends)
    })
  })
})

describe('a bot that is killed while its link is dead', () => {
  let bot: ChildProcess | undefined
  afterEach(() => {
    bot?.kill('SIGKILL')
  })

  /** What runs on the node for the login user, without its service manager. */
  async function leftOnNode(what: string): Promise<string[]> {
    const { stdout } = await node.root(`ps -u ${node.login} -o args=`)
    return stdout.split('\n').filter((line) => new RegExp(what).test(line))
  }
  const SHELLS = '^(sh|sleep [0-9]+)$'
  const SSHD = '^sshd: '

  /**
   * A process that uses its held shell twice a second and prints the shell's process id, until a line comes: then it
   * runs a script that does not end.
   */
  function startBot(): ChildProcess {
    const from = (file: string) => JSON.stringify(path.join(import.meta.dirname, '../../src/ssh', file))
    const source = `
      import { readFileSync } from 'node:fs'
      import { parsePrivateKey } from ${from('keys.ts')}
      import { createSshPool } from ${from('pool.ts')}
      import { scriptText } from ${from('script-text.ts')}
      import { systemClock } from ${from('../base/clock.ts')}
      const quiet = () => undefined
      const pool = createSshPool({
        auth: { agentSocket: null, privateKey: parsePrivateKey(readFileSync(${JSON.stringify(fleet.keyPath)}, 'utf8'), null) },
        connectTimeoutMs: 10_000,
        clock: systemClock,
        log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
        shellNapMs: ${NAP_MS},
      })
      const session = pool.session(${JSON.stringify(target)})
      let busy = false
      process.stdin.once('data', () => { busy = true })
      while (!busy) {
        const { stdout, via } = await session.script(scriptText\`echo $$\`, { deadlineMs: 30_000 })
        process.stdout.write(via + ' ' + stdout)
        await systemClock.sleep(500)
      }
      await session.script(scriptText\`sleep 1044\`, { deadlineMs: 600_000 })`
    return spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', source], {
      stdio: ['pipe', 'pipe', 'inherit'],
      cwd: path.join(import.meta.dirname, '../..'),
    })
  }

  test.each(['idle', 'busy'])(
    'leaves no %s shell on the node, though one that is used lives on',
    async (how) => {
      // What the tests before left ends by time limits that are longer than a test waits, its connections too.
      await node.root(`pkill -KILL -u ${node.login} -x 'sh|sleep|timeout|cat|sshd'`)
      // So that sshd, which has something to send when the shell ends, finds out soon that nobody answers.
      await node.machine.giveUpAfter(3)
      bot = startBot()
      const answers: string[] = []
      createInterface({ input: bot.stdout as NodeJS.ReadableStream }).on('line', (line) => answers.push(line))
      await eventually('the shell answers', 60_000, async () => (answers.length > 0 ? true : undefined))
      const heldAt = performance.now()
      await eventually('the shell has outlived its naps', 60_000, async () =>
        performance.now() - heldAt > 4 * NAP_MS && answers.length > 5 ? true : undefined,
      )
      expect(new Set(answers)).toEqual(new Set([answers[0]]))
      expect(answers[0]).toMatch(/^shell \d+$/)
      expect(await leftOnNode(SHELLS)).not.toEqual([])
      expect(await leftOnNode(SSHD)).not.toEqual([])

      if (how === 'busy') {
        bot.stdin?.write('\n')
        await eventually('the script runs', 20_000, async () =>
          (await leftOnNode('^sleep 1044$')).length > 0 ? true : undefined,
        )
      }

      await node.machine.dropPackets(true)
      try {
        const ended = once(bot, 'exit')
        bot.kill('SIGKILL')
        await ended
        await eventually('no shell is left', 15 * NAP_MS, async () =>
          (await leftOnNode(SHELLS)).length === 0 ? true : undefined,
        )
        await eventually('sshd has given up the session', 60_000, async () =>
          (await leftOnNode(SSHD)).length === 0 ? true : undefined,
        )
      } finally {
        await node.machine.dropPackets(false)
      }
    },
  )
})
