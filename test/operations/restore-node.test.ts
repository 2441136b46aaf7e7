import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackupAbout } from '../../src/backup/manifest.ts'
import { backupNode } from '../../src/operations/backup-node.ts'
import { type RestoreStep, restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'
import { sampleOf } from '../support/sample.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }

let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }, { id: 'ops' }]
  fleet = await startFleet(
    [
      { id: 'new', name: 'New', version: '2026.9.6', agents, tags: ['prod'], timings: TIMINGS },
      { id: 'old', name: 'Old', version: '2026.2.17', agents, tags: ['prod'], timings: TIMINGS },
    ],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '8000', OCM_RESTART_DEADLINE_MS: '15000' },
  )
  for (const node of ['new', 'old']) await backUp(node)
})
afterAll(() => fleet.close())

/** A node is asked for half a minute before its silence counts; a busy machine needs more for the rest. */
const SILENT_MS = 120_000
const admin = actor('admin')
const stateOf = (node: string) => join(fleet.node(node).home, '.openclaw')
const soulOf = (node: string) => join(stateOf(node), 'workspace', 'SOUL.md')
const left = (node: string) => readdirSync(fleet.node(node).home).filter((name) => name.startsWith('.ocm-'))
const named = (node: string, start: string) =>
  readdirSync(fleet.node(node).home).filter((name) => name.startsWith(start))
const aside = (node: string) => named(node, '.openclaw.before-restore')
const kept = (node: string) => named(node, '.openclaw.after-restore')

const backUp = (node: string) => runOperation(fleet.context, actor('operator'), backupNode, { node })

async function restore(
  node: string,
  onStep: (step: RestoreStep) => void = () => undefined,
  context = fleet.context,
) {
  const confirmed = await planOperation(context, admin, restoreNode, { node })
  return runOperation(context, admin, restoreNode, { node }, { confirmed, onProgress: onStep })
}

/** The fleet's own, but for what its backups tell of themselves. */
function recorded(about: { [Name in keyof BackupAbout]?: BackupAbout[Name] | undefined }) {
  const { backups } = fleet.context
  const manifest = async (node: string, backup: string) => {
    const found = await backups.manifest(node, backup)
    return { ...found, about: { ...found.about, ...about } as BackupAbout }
  }
  return { ...fleet.context, backups: { ...backups, manifest } }
}

function once(kind: RestoreStep['step'], act: () => void) {
  let done = false
  return ({ step }: RestoreStep) => {
    if (step !== kind || done) return
    done = true
    act()
  }
}

async function tidy(node: string): Promise<void> {
  for (const name of [...aside(node), ...kept(node), ...left(node)])
    rmSync(join(fleet.node(node).home, name), { recursive: true, force: true })
  if (!fleet.node(node).facts().ready) await fleet.node(node).gateway.restartService()
  while (!fleet.node(node).facts().ready) await fleet.context.clock.sleep(20)
}

describe.each(['new', 'old'])('a restore of a node: %s', (id) => {
  it('brings agents, sessions and files back as they were, and keeps what was there', async () => {
    const node = fleet.node(id)
    const soul = readFileSync(soulOf(id), 'utf8')
    const sessions = node.gateway
      .sessions()
      .map(({ key, sessionId, totalTokens }) => ({ key, sessionId, totalTokens }))
    writeFileSync(soulOf(id), 'I was changed.')
    writeFileSync(join(stateOf(id), 'workspace', 'new.md'), 'new')
    await node.gateway.grow('agent:main:main', 5_000)
    const steps: RestoreStep['step'][] = []
    const { outcome, data } = await restore(id, ({ step }) => {
      if (steps.at(-1) !== step) steps.push(step)
    })
    expect(data).toMatchObject({ state: 'restored', serving: true, fault: null })
    expect(data.compared).toEqual({ agentsMissing: [], fewer: [], unusable: [], unread: false })
    expect(outcome).toBe('done')
    expect(readFileSync(soulOf(id), 'utf8')).toBe(soul)
    expect(existsSync(join(stateOf(id), 'workspace', 'new.md'))).toBe(false)
    expect(
      node.gateway.sessions().map(({ key, sessionId, totalTokens }) => ({ key, sessionId, totalTokens })),
    ).toEqual(sessions)
    expect(data.asides.map(({ path }) => path)).toEqual([join(node.home, aside(id)[0] ?? '')])
    expect(data.asides[0]?.bytes).toBeGreaterThan(1_000)
    expect(readFileSync(join(data.asides[0]?.path ?? '', 'workspace', 'SOUL.md'), 'utf8')).toBe(
      'I was changed.',
    )
    expect(left(id)).toEqual([])
    expect(steps.filter((step) => step !== 'draining' && step !== 'waiting')).toEqual([
      'verifying',
      'staging',
      'checking-staged',
      'stopping',
      'swapping',
      'starting',
      'comparing',
      'verified',
    ])
    await tidy(id)
  })

  it('whose gateway does not start goes back and serves as before', async () => {
    const node = fleet.node(id)
    writeFileSync(soulOf(id), 'I am the present.')
    const { outcome, data } = await restore(id, (step) => {
      once('starting', () => node.gateway.failStarts(1))(step)
      if (step.step === 'rolling-back') node.gateway.failStarts(null)
    })
    expect(data).toMatchObject({ state: 'before', serving: true, fault: 'not-serving' })
    expect(outcome).toBe('failed')
    expect(readFileSync(soulOf(id), 'utf8')).toBe('I am the present.')
    expect([aside(id), left(id)]).toEqual([[], []])
    // It has written something before it failed: that is in no backup.
    expect(data.kept.map(({ path }) => path)).toEqual(kept(id).map((name) => join(node.home, name)))
    await tidy(id)
  })
})

describe('a restore', () => {
  const id = 'new'

  it.each(sampleOf(['staging', 'checking-staged'] as const))(
    'whose connection is cut while %s changes nothing',
    async (kind) => {
      const node = fleet.node(id)
      const starts = node.facts().starts
      writeFileSync(soulOf(id), 'I am the present.')
      const cut = once(kind, () => node.ssh.dropConnections())
      const run = restore(id, cut)
      await expect(run).rejects.toMatchObject({ code: 'restore-torn' })
      expect(readFileSync(soulOf(id), 'utf8')).toBe('I am the present.')
      expect(node.facts().starts).toBe(starts)
      expect(aside(id)).toEqual([])
      await tidy(id)
    },
  )

  it.each(sampleOf(['swapping', 'stopping', 'starting', 'comparing'] as const))(
    'whose connection is cut while %s goes on and is proven all the same',
    async (kind) => {
      const node = fleet.node(id)
      writeFileSync(soulOf(id), 'I am the present.')
      const cut = once(kind, () => node.ssh.dropConnections())
      const { outcome, data } = await restore(id, cut)
      expect(data).toMatchObject({ state: 'restored', serving: true })
      expect(['done', 'partial']).toContain(outcome)
      expect(readFileSync(soulOf(id), 'utf8')).not.toBe('I am the present.')
      await tidy(id)
    },
  )

  it(
    'of a node that falls silent after the stop is unknown, and the next one settles it',
    async () => {
      const node = fleet.node(id)
      writeFileSync(soulOf(id), 'I am the present.')
      const dark: Promise<void>[] = []
      // How long a gateway may take to start is no measure of how long silence is hoped away.
      const limits = { ...fleet.context.limits, restartDeadlineMs: 600_000 }
      const { outcome, data } = await restore(
        id,
        once('swapping', () => dark.push(node.ssh.goDark('refused'))),
        { ...fleet.context, limits },
      )
      await Promise.all(dark)
      expect(outcome).toBe('unknown')
      expect(data).toMatchObject({ state: 'unproven', fault: 'silent', serving: false })
      expect(data.places.map(({ real }) => real)).toEqual([stateOf(id)])
      await node.ssh.comeBack()
      expect(readFileSync(soulOf(id), 'utf8')).toBe('I am the present.')
      expect(left(id)).toHaveLength(1)
      const confirmed = await planOperation(fleet.context, admin, restoreNode, { node: id })
      expect(confirmed.plan.leftovers.map(({ told }) => told)).toEqual(['untouched'])
      const again = await runOperation(fleet.context, admin, restoreNode, { node: id }, { confirmed })
      expect(again.data).toMatchObject({ state: 'restored', serving: true })
      expect(left(id)).toEqual([])
      await tidy(id)
    },
    SILENT_MS,
  )

  it(
    'that was cut between two renames is taken back and said, with what came up in between',
    async () => {
      const node = fleet.node(id)
      writeFileSync(soulOf(id), 'I am the present.')
      const dark: Promise<void>[] = []
      const cut = await restore(
        id,
        once('swapping', () => dark.push(node.ssh.goDark('refused'))),
      )
      await Promise.all(dark)
      const [{ real = '', aside: put = '' } = {}] = cut.data.places
      renameSync(real, put ?? '')
      mkdirSync(real)
      writeFileSync(join(real, 'precious'), 'said in between')
      await node.ssh.comeBack()
      const settled = await restore(id).catch((error: unknown) => error)
      expect(settled).toMatchObject({
        code: 'restore-settled',
        detail: expect.stringMatching(/after-restore/),
      })
      expect(readFileSync(soulOf(id), 'utf8')).toBe('I am the present.')
      const place = (settled as { detail: string }).detail
      expect(readFileSync(join(place, 'precious'), 'utf8')).toBe('said in between')
      expect(left(id)).toEqual([])
      expect(node.facts().ready).toBe(true)
      expect((await restore(id)).data).toMatchObject({ state: 'restored', serving: true })
      expect(existsSync(place)).toBe(true)
      await tidy(id)
    },
    SILENT_MS,
  )

  it('keeps what the restored gateway wrote before it went back, and says where', async () => {
    const node = fleet.node(id)
    const { data } = await restore(id, (step) => {
      once('starting', () => {
        writeFileSync(join(stateOf(id), 'precious'), 'said since')
        node.gateway.failStarts(1)
      })(step)
      if (step.step === 'rolling-back') node.gateway.failStarts(null)
    })
    expect(data).toMatchObject({ state: 'before', serving: true, fault: 'not-serving' })
    expect(data.kept).toHaveLength(1)
    expect(readFileSync(join(data.kept[0]?.path ?? '', 'precious'), 'utf8')).toBe('said since')
    expect(existsSync(join(stateOf(id), 'precious'))).toBe(false)
    expect(left(id)).toEqual([])
    await tidy(id)
  })

  it('that somebody stops before the gateway is stopped changes nothing', async () => {
    writeFileSync(soulOf(id), 'I am the present.')
    const stop = new AbortController()
    const confirmed = await planOperation(fleet.context, admin, restoreNode, { node: id })
    const run = runOperation(
      fleet.context,
      admin,
      restoreNode,
      { node: id },
      { confirmed, signal: stop.signal, onProgress: once('checking-staged', () => stop.abort()) },
    )
    await expect(run).rejects.toMatchObject({ code: 'restore-stopped' })
    expect(readFileSync(soulOf(id), 'utf8')).toBe('I am the present.')
    await tidy(id)
  })

  it('waits for running turns and is not made while they last', async () => {
    const node = fleet.node(id)
    node.gateway.startTurn('agent:main:main')
    const limits = { ...fleet.context.limits, drainDeadlineMs: 1_000 }
    const context = { ...fleet.context, limits }
    try {
      const confirmed = await planOperation(context, admin, restoreNode, { node: id })
      const run = runOperation(context, admin, restoreNode, { node: id }, { confirmed })
      await expect(run).rejects.toMatchObject({ code: 'turns-running' })
      expect([aside(id), left(id)]).toEqual([[], []])
    } finally {
      node.gateway.endTurn()
    }
  })

  it('is refused without room for twice the backup', async () => {
    const df = join(fleet.node(id).home, '..', 'bin', 'df')
    writeFileSync(
      df,
      "#!/bin/sh\necho 'Filesystem 1024-blocks Used Available Capacity Mounted on'\necho '/dev/a 100 90 10 90% /'\n",
      {
        mode: 0o755,
      },
    )
    try {
      const planned = planOperation(fleet.context, admin, restoreNode, { node: id })
      await expect(planned).rejects.toMatchObject({ code: 'restore-impossible', params: { why: 'no-room' } })
    } finally {
      rmSync(df)
    }
  })

  it.each([
    ['newer-openclaw', { openclawVersion: '2027.1.1' }],
    ['version-unread', { openclawVersion: null }],
    ['other-machine', { machine: { hostname: hostname(), idHash: 'a'.repeat(64), hostKeys: [] } }],
    ['other-machine', { machine: { hostname: 'elsewhere', idHash: null, hostKeys: [] } }],
    ['other-machine', { machine: { hostname: hostname(), idHash: null, hostKeys: ['SHA256:other'] } }],
    [
      'newer-database',
      { databases: [{ path: '/x', own: true, userVersion: 99, agentId: 'main', error: null }] },
    ],
    ['other-home', { home: '/home/somebody' }],
  ])('is refused where the backup does not fit the node: %s', async (why, about) => {
    const planned = planOperation(recorded(about), admin, restoreNode, { node: id })
    await expect(planned).rejects.toMatchObject({ code: 'restore-impossible', params: { why } })
  })

  it('of another machine is made when somebody says that it is meant, and bound to what was shown', async () => {
    const machine = { hostname: 'elsewhere', idHash: 'a'.repeat(64), hostKeys: ['SHA256:other'] }
    const input = { node: id, otherMachine: true }
    const context = recorded({ machine })
    const confirmed = await planOperation(context, admin, restoreNode, input)
    expect(confirmed.plan.machine).toEqual({
      backup: 'elsewhere',
      node: hostname(),
      differs: ['machine-id', 'host-key', 'hostname'],
    })
    const again = runOperation(fleet.context, admin, restoreNode, input, { confirmed })
    await expect(again).rejects.toMatchObject({ code: 'plan-changed' })
    const { data } = await runOperation(context, admin, restoreNode, input, { confirmed })
    expect(data).toMatchObject({ state: 'restored', serving: true })
    await tidy(id)
  })

  it('tells on which machine the backup was made, and says so when nobody knows', async () => {
    const own = await planOperation(fleet.context, admin, restoreNode, { node: id })
    expect(own.plan.machine).toEqual({ backup: hostname(), node: hostname(), differs: [] })
    expect(own.plan.freeHereBytes).toBeGreaterThan(0)
    const before = await planOperation(recorded({ machine: undefined }), admin, restoreNode, { node: id })
    expect(before.plan.machine.differs).toBeNull()
  })

  it('misses a conversation by its id although another one has its place', async () => {
    const [row] = await fleet.context.backups.list(id)
    const { about } = await fleet.context.backups.manifest(id, row?.id ?? '')
    expect(about.agents?.find((agent) => agent.id === 'main')?.sessionIds).toHaveLength(1)
    const agents = about.agents?.map((agent) =>
      agent.id === 'main' ? { ...agent, sessionIds: ['of-a-conversation-that-is-gone'] } : agent,
    )
    const { outcome, data } = await restore(id, undefined, recorded({ agents }))
    expect(data.compared?.fewer).toEqual([{ agent: 'main', had: 1, missing: 1 }])
    expect(outcome).toBe('partial')
    await tidy(id)
  })

  it('is refused of a backup that does not verify, before anything is sent', async () => {
    const { backups } = fleet.context
    const verify = async () => ({ at: 1, sound: false, problems: [], problemCount: 1, databases: 0 })
    const context = { ...fleet.context, backups: { ...backups, verify } }
    const confirmed = await planOperation(context, admin, restoreNode, { node: id })
    const run = runOperation(context, admin, restoreNode, { node: id }, { confirmed })
    await expect(run).rejects.toMatchObject({ code: 'restore-impossible', params: { why: 'unsound' } })
    expect(left(id)).toEqual([])
  })

  it('is refused to an operator, of a backup of another node, and while another works on the node', async () => {
    const asOperator = planOperation(fleet.context, actor('operator'), restoreNode, { node: id })
    await expect(asOperator).rejects.toMatchObject({ code: 'not-allowed' })
    const [foreign] = await fleet.context.backups.list('old')
    const other = planOperation(fleet.context, admin, restoreNode, { node: id, backup: foreign?.id })
    await expect(other).rejects.toMatchObject({ code: 'unknown-backup' })
    const confirmed = await planOperation(fleet.context, admin, restoreNode, { node: id })
    const running = backUp(id)
    const run = runOperation(fleet.context, admin, restoreNode, { node: id }, { confirmed })
    await expect(run).rejects.toMatchObject({ code: 'node-busy' })
    await running
  })
})
