import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventually, must } from './command.ts'
import type { Undo } from './faults.ts'
import { type Fleet, type RealNode, startFleet } from './fleet.ts'
import { sharedFleet } from './shared-fleet.ts'

const CLEANUP = path.join(import.meta.dirname, 'cleanup.sh')

let fleet: Fleet
let atlas: RealNode
let boreas: RealNode
let cirrus: RealNode
let dune: RealNode

beforeAll(async () => {
  fleet = await sharedFleet()
  atlas = fleet.node('atlas')
  boreas = fleet.node('boreas')
  cirrus = fleet.node('cirrus')
  dune = fleet.node('dune')
})

/** What is on the host of one fleet. */
async function leftOf(id: string): Promise<string[]> {
  const lines = (await must(CLEANUP, ['--list'])).split('\n')
  return lines.filter((line) => line.includes(id))
}

async function property(node: RealNode, name: string): Promise<string> {
  return (await node.gateway?.systemctl(`show --property=${name} --value`)) ?? ''
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
})

describe('faults of a machine, where the truth table does not show them', () => {
  test('power off and on keeps the disk', async () => {
    await dune.ssh('echo kept > note')
    await during(dune.faults.poweredOff(), async () => {
      expect((await dune.ssh('true', { connectSeconds: 1 })).code).toBe(255)
    })
    expect((await dune.ssh('cat note')).stdout).toBe('kept\n')
  })

  test('a changed host key is another one until it is taken back', async () => {
    const before = await dune.hostKey()
    await during(dune.faults.hostKeyChanged(), async () => {
      expect(await dune.hostKey()).not.toBe(before)
      expect((await dune.ssh('true')).code).toBe(0)
    })
    expect(await dune.hostKey()).toBe(before)
  })
})

describe('the end of a fleet', () => {
  test('leaves nothing of it on the host', async () => {
    const short = await startFleet({ nodes: [{ name: 'ephemeral', openclaw: null }] })
    expect((await leftOf(short.id)).length).toBeGreaterThan(0)
    await short.stop()
    expect(await leftOf(short.id)).toEqual([])
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
