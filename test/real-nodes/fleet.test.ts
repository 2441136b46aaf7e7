import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, must } from './command.ts'
import type { Undo } from './faults.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'
import type { Gateway } from './gateway.ts'

const CLEANUP = path.join(import.meta.dirname, 'cleanup.sh')

let fleet: Fleet
let atlas: RealNode
let boreas: RealNode
let cirrus: RealNode
let dune: RealNode

beforeAll(async () => {
  const started = performance.now()
  await must(path.join(import.meta.dirname, 'prepare.sh'), [], { timeoutMs: 600_000 })
  const prepared = performance.now()
  fleet = await startFleet({
    nodes: [
      {
        name: 'atlas',
        openclaw: '2026.9.6',
        agents: ['main', 'research'],
        sessions: [
          { agent: 'main', tokens: 15_000 },
          { agent: 'research', key: 'discord:channel:4711', tokens: 172_000, cachedTokens: 171_990 },
        ],
      },
      { name: 'boreas', openclaw: '2026.9.6', sessions: [{ agent: 'main', tokens: 90_000 }] },
      {
        name: 'cirrus',
        openclaw: '2026.2.17',
        agents: ['main', 'ops', 'support'],
        sessions: [{ agent: 'support', tokens: 120_000 }],
      },
      { name: 'dune', openclaw: null },
    ],
  })
  atlas = fleet.node('atlas')
  boreas = fleet.node('boreas')
  cirrus = fleet.node('cirrus')
  dune = fleet.node('dune')
  const seconds = (from: number, to: number) => `${((to - from) / 1000).toFixed(1)} s`
  console.log(`prepared in ${seconds(started, prepared)}, up in ${seconds(prepared, performance.now())}`)
})

afterAll(async () => {
  await fleet?.stop()
})

/** What is on the host of one fleet. */
async function leftOf(id: string): Promise<string[]> {
  const lines = (await must(CLEANUP, ['--list'])).split('\n')
  return lines.filter((line) => line.includes(id))
}

async function property(node: RealNode, name: string): Promise<string> {
  return (await node.gateway?.systemctl(`show --property=${name} --value`)) ?? ''
}

/** Asks for a compaction by a model, which 2026.2.17 offers only as a chat command. */
async function compact(gateway: Gateway, key: string): Promise<void> {
  if (gateway.version === '2026.2.17') {
    const command = { sessionKey: key, message: '/compact', idempotencyKey: `compact-${key}` }
    await gateway.call('chat.send', command)
  } else {
    expect(await gateway.call('sessions.compact', { key })).toMatchObject({ compacted: true })
  }
}

/** First bytes that a TCP server says within `waitMs`; '' for silence, undefined when no connection is made. */
function greeting(host: string, port: number, waitMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    let said: string | undefined
    const end = () => {
      socket.destroy()
      resolve(said)
    }
    const timer = setTimeout(end, waitMs)
    socket.on('connect', () => {
      said = ''
    })
    socket.on('data', (chunk) => {
      said = chunk.toString()
      end()
    })
    socket.on('error', end)
    socket.on('close', () => {
      clearTimeout(timer)
      end()
    })
  })
}

async function during(fault: Promise<Undo>, check: () => Promise<void>): Promise<void> {
  const undo = await fault
  try {
    await check()
  } finally {
    await undo()
  }
}

describe('a fleet that is up', () => {
  test('logs in to every node under its own name', async () => {
    const names = await Promise.all(
      fleet.nodes.map(async (node) => (await node.ssh('hostname')).stdout.trim()),
    )
    expect(names).toEqual(['atlas', 'boreas', 'cirrus', 'dune'])
  })

  test('gives every node a host key and an address of its own', async () => {
    const keys = await Promise.all(fleet.nodes.map((node) => node.hostKey()))
    expect(new Set(keys).size).toBe(4)
    expect(new Set(fleet.nodes.map((node) => node.host)).size).toBe(4)
  })

  test('keeps the services of one node apart from those of another', async () => {
    const before = await property(boreas, 'MainPID')
    expect((await dune.root('systemctl restart ssh')).code).toBe(0)
    await dune.machine.waitForSsh(10_000)
    expect(await property(boreas, 'MainPID')).toBe(before)
    expect((await boreas.ssh('true')).code).toBe(0)
  })

  test.each(['atlas', 'boreas', 'cirrus'])('runs the gateway of %s as a user service', async (name) => {
    const answer = await fleet.node(name).ssh('systemctl --user is-active openclaw-gateway')
    expect(answer).toMatchObject({ code: 0, stdout: 'active\n' })
  })

  test('runs the versions that were asked for', async () => {
    const versions = await Promise.all(
      [atlas, boreas, cirrus].map(async (node) => (await node.ssh('openclaw --version')).stdout),
    )
    expect(versions.map((text) => /\d{4}\.\d+\.\d+/.exec(text)?.[0])).toEqual([
      '2026.9.6',
      '2026.9.6',
      '2026.2.17',
    ])
  })

  test('answers /readyz only where this version has it', async () => {
    const page = 'curl -s http://127.0.0.1:18789/readyz'
    expect(JSON.parse((await atlas.ssh(page)).stdout)).toMatchObject({ ready: true })
    expect((await cirrus.ssh(page)).stdout).toMatch(/<html/i)
  })

  test('lists sessions at the sizes that were chosen, through the gateway of either version', async () => {
    const sizes = async (node: RealNode) =>
      Object.fromEntries((await node.gateway?.sessions())?.map((row) => [row.key, row.totalTokens]) ?? [])
    expect(await sizes(atlas)).toMatchObject({
      'agent:main:main': 15_000,
      'agent:research:discord:channel:4711': 172_000,
    })
    expect(await sizes(boreas)).toMatchObject({ 'agent:main:main': 90_000 })
    expect(await sizes(cirrus)).toMatchObject({ 'agent:support:main': 120_000 })
  })

  test('shows the same sizes on the command line of the node', async () => {
    const list = await atlas.ssh('NO_COLOR=1 openclaw sessions --all-agents --json </dev/null')
    const { sessions } = JSON.parse(list.stdout) as { sessions: Array<{ key: string; totalTokens: number }> }
    expect(sessions.find((row) => row.key === 'agent:main:main')?.totalTokens).toBe(15_000)
  })

  test('has a node on which OpenClaw was never installed', async () => {
    expect((await dune.ssh('command -v openclaw node')).code).not.toBe(0)
    expect(dune.gateway).toBeUndefined()
    await expect(dune.faults.gatewayStopped()).rejects.toThrow('dune has no gateway')
  })

  test('has an administrator who may become root, and a user who may not', async () => {
    expect((await dune.ssh('sudo -n id -u', { user: 'admin' })).stdout).toBe('0\n')
    expect((await dune.ssh('sudo -n id -u')).code).not.toBe(0)
  })
})

describe('the stand-in for the model provider', () => {
  test('refuses a turn that no longer fits, and OpenClaw fails the session for it', async () => {
    const key = 'agent:research:discord:channel:4711'
    const end = await atlas.gateway?.turn('research', key, 'and now?')
    expect(end).toMatchObject({ status: 'error' })
    const row = (await atlas.gateway?.sessions())?.find((one) => one.key === key)
    expect(row).toMatchObject({ status: 'failed', lastRunError: expect.stringMatching(/context overflow/i) })
  })

  test.each(['boreas', 'cirrus'])(
    'summarises, so that the gateway of %s can compact what was said',
    async (name) => {
      const { gateway } = fleet.node(name)
      if (!gateway) throw new Error(`${name} has no gateway`)
      const key = `agent:${gateway.agents[0]}:long`
      const size = async () => (await gateway.sessions()).find((row) => row.key === key)?.totalTokens ?? 0
      await gateway.talk(gateway.agents[0] ?? '', key, 4, 80)
      const before = await eventually('the size is known', 10_000, async () => (await size()) || undefined)
      expect(before).toBeGreaterThan(80_000)
      await compact(gateway, key)
      await eventually('the session is small', 20_000, async () => {
        const now = await size()
        return (now > 0 && now < before / 2) || undefined
      })
    },
  )
})

describe('faults of a machine', () => {
  test('power off and on keeps the disk', async () => {
    await dune.ssh('echo kept > note')
    await during(dune.faults.poweredOff(), async () => {
      expect(await greeting(dune.host, 22, 1500)).toBeUndefined()
    })
    expect((await dune.ssh('cat note')).stdout).toBe('kept\n')
  })

  test.each(['linkCut', 'packetsDropped'] as const)(
    '%s makes one node unreachable and no other',
    async (name) => {
      await during(dune.faults[name](), async () => {
        expect(await greeting(dune.host, 22, 1500)).toBeUndefined()
        expect(await greeting(atlas.host, 22, 5000)).toMatch(/^SSH-2\.0-OpenSSH/)
      })
    },
  )

  test('a full disk refuses every further byte', async () => {
    await during(dune.faults.diskFull(), async () => {
      const write = await dune.ssh('head -c 1000000 /dev/zero > big')
      expect(write.stderr).toContain('No space left on device')
      expect((await dune.ssh('df -kP / | tail -n 1')).stdout).toMatch(/ 100% /)
    })
    expect((await dune.ssh('head -c 1000000 /dev/zero > big && rm big')).code).toBe(0)
  })

  test.each(['sshdSilent', 'sshdFrozen'] as const)('%s accepts and says nothing', async (name) => {
    await during(dune.faults[name](), async () => {
      expect(await greeting(dune.host, 22, 1500)).toBe('')
    })
    expect(await greeting(dune.host, 22, 5000)).toMatch(/^SSH-2\.0-OpenSSH/)
  })

  test('a changed host key is another one until it is taken back', async () => {
    const before = await dune.hostKey()
    await during(dune.faults.hostKeyChanged(), async () => {
      expect(await dune.hostKey()).not.toBe(before)
      expect((await dune.ssh('true')).code).toBe(0)
    })
    expect(await dune.hostKey()).toBe(before)
  })

  test('a slow link delays what comes and goes', async () => {
    const link = await dune.slowLink(300)
    try {
      const started = performance.now()
      expect(await greeting(link.host, link.port, 10_000)).toMatch(/^SSH-2\.0-OpenSSH/)
      expect(performance.now() - started).toBeGreaterThan(290)
    } finally {
      await link.close()
    }
  })
})

describe('faults of a gateway', () => {
  const page = 'curl -s --max-time 2 -o /dev/null -w "%{http_code}" http://127.0.0.1:18789/readyz'

  test('stopped: the unit is inactive and the port is closed', async () => {
    await during(boreas.faults.gatewayStopped(), async () => {
      expect(await property(boreas, 'ActiveState')).toBe('inactive')
      expect((await boreas.ssh(page)).code).toBe(7)
    })
    expect(await property(boreas, 'ActiveState')).toBe('active')
  })

  test('frozen: the unit is active and the port accepts, but nothing answers', async () => {
    await during(boreas.faults.gatewayFrozen(), async () => {
      expect(await property(boreas, 'ActiveState')).toBe('active')
      expect((await boreas.ssh(page)).code).toBe(28)
    })
  })

  test('crash-looping: systemd restarts the service again and again', async () => {
    await during(boreas.faults.gatewayCrashLooping(), async () => {
      await eventually('two restarts', 60_000, async () =>
        Number(await property(boreas, 'NRestarts')) >= 2 ? true : undefined,
      )
    })
  })

  test('port taken: another program answers there, and the service says so in its log', async () => {
    await during(boreas.faults.portTaken(), async () => {
      expect((await boreas.ssh('curl -s --max-time 5 http://127.0.0.1:18789/readyz')).stdout).toBe('hi\n')
      await eventually('the service has noticed', 120_000, async () => {
        const log = await boreas.user('journalctl --user -u openclaw-gateway -n 200 -o cat')
        return /already (running|in use|listening)/.test(log.stdout) || undefined
      })
    })
  })

  test('broken configuration: the service ends with the exit code that OpenClaw has for it', async () => {
    await during(boreas.faults.configBroken(), async () => {
      await eventually('the service has failed', 60_000, async () =>
        (await property(boreas, 'ActiveState')) === 'failed' ? true : undefined,
      )
      expect(await property(boreas, 'ExecMainStatus')).toBe('78')
    })
  })

  test('missing: neither program nor service, and the state is still there', async () => {
    await during(boreas.faults.openclawMissing(), async () => {
      expect((await boreas.ssh('command -v openclaw')).code).not.toBe(0)
      expect(await property(boreas, 'LoadState')).toBe('not-found')
      expect((await boreas.ssh('test -f ~/.openclaw/openclaw.json')).code).toBe(0)
    })
  })

  test('node off the path: the command fails over ssh while the service runs on', async () => {
    await during(boreas.faults.nodeOffPath(), async () => {
      expect((await boreas.ssh('openclaw --version')).code).toBe(127)
      expect(await property(boreas, 'ActiveState')).toBe('active')
    })
    expect((await boreas.ssh('openclaw --version')).code).toBe(0)
  })

  test.each(['boreas', 'cirrus'])(
    'token rotated on %s: only the new one is accepted, until it is taken back',
    async (name) => {
      const node = fleet.node(name)
      const before = node.gateway?.token
      await during(node.faults.tokenRotated(), async () => {
        expect(node.gateway?.token).not.toBe(before)
        expect((await node.gateway?.sessions())?.length).toBeGreaterThan(0)
        await expect(node.gateway?.greets(before ?? '')).resolves.toBe(false)
      })
      expect(node.gateway?.token).toBe(before)
    },
  )
})

describe('the end of a fleet', () => {
  test('leaves nothing of it on the host', async () => {
    expect((await leftOf(fleet.id)).length).toBeGreaterThan(0)
    await fleet.stop()
    expect(await leftOf(fleet.id)).toEqual([])
  })

  test('comes by itself when its test process is killed', async () => {
    const source = `
      import { startFleet } from ${JSON.stringify(path.join(import.meta.dirname, 'fleet.ts'))}
      const fleet = await startFleet({ nodes: [{ name: 'orphan', openclaw: null }] })
      process.stdout.write(fleet.id)
      setInterval(() => undefined, 60_000)`
    const owner: ChildProcess = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', source],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: path.join(import.meta.dirname, '../..') },
    )
    const [id] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
    expect((await leftOf(id.toString())).length).toBeGreaterThan(0)
    owner.kill('SIGKILL')
    await eventually('nothing is left', 30_000, async () =>
      (await leftOf(id.toString())).length === 0 ? true : undefined,
    )
  })
})
