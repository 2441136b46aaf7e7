import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import type { BackupsPort } from '../../src/operations/backups.ts'
import {
  compareBackups,
  deleteBackup,
  listBackups,
  verifyBackup,
} from '../../src/operations/manage-backups.ts'
import type { Report } from '../../src/operations/operation.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import type { BackupResult, BackupStep } from '../../src/operations/take-backup.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }

let fleet: Fleet

beforeAll(async () => {
  const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }, { id: 'ops' }]
  fleet = await startFleet(
    [
      { id: 'new', name: 'New', version: '2026.9.6', agents, tags: ['prod'], timings: TIMINGS },
      { id: 'old', name: 'Old', version: '2026.2.17', agents, tags: ['prod'], timings: TIMINGS },
      { id: 'gone', name: 'Gone', version: '2026.9.6', agents, state: 'down' },
    ],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '8000' },
  )
})
afterAll(() => fleet.close())

const operator = actor('operator')
const admin = actor('admin')

function backUp(node: string, options: { signal?: AbortSignal; onProgress?(step: BackupStep): void } = {}) {
  return runOperation(fleet.context, operator, backupNode, { node }, options)
}

const left = (node: string) =>
  readdirSync(fleet.node(node).home).filter((name) => name.startsWith('.ocm-backup'))

async function deleted(node: string, backup: string): Promise<Report<unknown>> {
  const confirmed = await planOperation(fleet.context, admin, deleteBackup, { node, backup })
  return runOperation(fleet.context, admin, deleteBackup, { node, backup }, { confirmed })
}

describe('a backup of a node', () => {
  let first: Report<BackupResult>

  it.each(['new', 'old'])('is done once all of it was read back: %s', async (node) => {
    const steps: BackupStep[] = []
    const report = await backUp(node, { onProgress: (step) => steps.push(step) })
    if (node === 'new') first = report
    expect(report.data.gaps).toEqual({
      databases: [],
      foreignDatabases: [],
      unreadable: [],
      missingPlaces: [],
      configuration: null,
    })
    expect(report.data.verification).toMatchObject({ sound: true, problemCount: 0 })
    expect(report.outcome).toBe('done')
    expect(report.data.backup.verified?.sound).toBe(true)
    expect(report.data.backup.openclawVersion).toBe(fleet.node(node).version)
    const kinds = [...new Set(steps.map(({ step }) => step))]
    expect(kinds.filter((kind) => kind !== 'copying')).toEqual([
      'looking',
      'transferring',
      'verifying',
      'verified',
    ])
    expect(left(node)).toEqual([])
  })

  it('has the databases of a new node, opened and of the right agents', () => {
    expect(first.data.databases).toBe(2)
    expect(first.data.verification.databases).toBe(2)
  })

  it('costs next to nothing when nothing has changed', async () => {
    const { data, outcome } = await backUp('new')
    expect(outcome).toBe('done')
    expect(data.backup.bytes).toBeGreaterThan(20_000)
    expect(data.backup.newBytes).toBeLessThan(data.backup.bytes / 10)
  })

  it('tells what it could not take, and is partial then', async () => {
    const { home } = fleet.node('old')
    const config = join(home, '.openclaw', 'openclaw.json')
    const before = readFileSync(config, 'utf8')
    const changed = JSON.parse(before) as { agents: { list: object[] } }
    changed.agents.list.push({ id: 'lost', workspace: '/no/such/workspace' })
    writeFileSync(config, JSON.stringify(changed))
    try {
      const { data, outcome } = await backUp('old')
      expect([outcome, data.gaps.missingPlaces]).toEqual(['partial', ['/no/such/workspace']])
      expect(data.backup.verified?.sound).toBe(true)
    } finally {
      writeFileSync(config, before)
    }
  })

  it('takes workspaces that lie elsewhere', async () => {
    const { home } = fleet.node('new')
    const config = join(home, '.openclaw', 'openclaw.json')
    const before = readFileSync(config, 'utf8')
    const changed = JSON.parse(before) as { agents: { entries: Record<string, object> } }
    mkdirSync(join(home, 'bots', 'news'), { recursive: true })
    writeFileSync(join(home, 'bots', 'news', 'SOUL.md'), 'I read the news.')
    changed.agents.entries.ops = { workspace: join(home, 'bots', 'news') }
    const earlier = (await fleet.context.backups.list('new'))[0]
    writeFileSync(config, JSON.stringify(changed))
    try {
      const { data, outcome } = await backUp('new')
      expect(outcome).toBe('done')
      const input = { node: 'new', from: earlier?.id, to: data.backup.id }
      const compared = await runOperation(fleet.context, operator, compareBackups, input)
      expect(compared.data.difference.added.names).toContain(join(home, 'bots', 'news', 'SOUL.md'))
      expect(compared.data.difference.changed.names).toContain(config)
    } finally {
      writeFileSync(config, before)
    }
  })

  const keepingOne = () => {
    const keep = { last: 1, daily: 0, weekly: 0, monthly: 0 }
    return { ...fleet.context.limits, backup: { ...fleet.context.limits.backup, keep } }
  }

  it('is good even when the older ones cannot be cleaned up, and says so', async () => {
    const fails: BackupsPort['retain'] = (_node, _policy, onRemoved) => {
      onRemoved('the-oldest')
      return Promise.reject(new Error('the disk is gone'))
    }
    const context = {
      ...fleet.context,
      limits: keepingOne(),
      backups: { ...fleet.context.backups, retain: fails },
    }
    const { data, outcome } = await runOperation(context, operator, backupNode, { node: 'new' })
    expect([outcome, data.retained]).toEqual([
      'done',
      { removed: ['the-oldest'], freedBytes: null, failed: true },
    ])
  })

  it('lets older ones go that the settings do not keep, and that is audited', async () => {
    const before = (await fleet.context.backups.list('new')).map(({ id }) => id)
    const others = await fleet.context.backups.list('old')
    const context = { ...fleet.context, limits: keepingOne() }
    const { data, outcome, operationId } = await runOperation(context, operator, backupNode, { node: 'new' })
    expect(outcome).toBe('done')
    expect(before.length).toBeGreaterThan(0)
    expect(data.retained).toMatchObject({ removed: before, failed: false })
    expect((await context.backups.list('new')).map(({ id }) => id)).toEqual([data.backup.id])
    expect(await context.backups.list('old')).toEqual(others)
    const { lines: entries } = await context.audit.find({ nodeId: 'new', limit: 5 })
    expect(entries).toContainEqual(
      expect.objectContaining({ operation: 'retain-backups', operationId, result: 'done' }),
    )
  })

  it('is refused while another works on the node, and to a viewer', async () => {
    const running = backUp('new')
    await expect(backUp('new')).rejects.toMatchObject({ code: 'node-busy' })
    await running
    const viewing = runOperation(fleet.context, actor('viewer'), backupNode, { node: 'new' })
    await expect(viewing).rejects.toMatchObject({ code: 'not-allowed' })
  })

  it('of a node that cannot be reached says why', async () => {
    await expect(backUp('gone')).rejects.toMatchObject({ code: 'node-unreachable' })
    expect(await fleet.context.backups.list('gone')).toEqual([])
  })

  it('that is stopped leaves nothing, here or there', async () => {
    const before = await fleet.context.backups.list('new')
    const stop = new AbortController()
    const run = backUp('new', {
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 'transferring') stop.abort()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'backup-stopped' })
    expect(await fleet.context.backups.list('new')).toEqual(before)
    while (left('new').length > 0) await fleet.context.clock.sleep(50)
  })

  it('whose connection breaks is no backup', async () => {
    const before = await fleet.context.backups.list('new')
    const large = join(fleet.node('new').home, '.openclaw', 'large')
    writeFileSync(large, Buffer.alloc(40_000_000, 'x'))
    const run = backUp('new', {
      onProgress: ({ step }) => {
        if (step === 'transferring') fleet.node('new').ssh.dropConnections()
      },
    })
    await expect(run).rejects.toMatchObject({ code: 'backup-torn' })
    rmSync(large)
    expect(await fleet.context.backups.list('new')).toEqual(before)
    while (left('new').length > 0) await fleet.context.clock.sleep(50)
  })

  it('is not begun where it would not leave room', async () => {
    const { context } = fleet
    const limits = { ...context.limits, backup: { ...context.limits.backup, floorBytes: 2 ** 60 } }
    const run = runOperation({ ...context, limits }, operator, backupNode, { node: 'new' })
    await expect(run).rejects.toMatchObject({ code: 'backup-disk-floor' })
  })
})

describe('backups that there are', () => {
  it('are listed newest first, of one node or of each that may be seen', async () => {
    const one = await runOperation(fleet.context, actor('viewer'), listBackups, { node: 'new' })
    const times = one.data.backups.map(({ takenAt }) => takenAt)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    const all = await runOperation(fleet.context, actor('viewer'), listBackups, {})
    expect(all.data.backups.map(({ nodeId }) => nodeId).sort()).toEqual(['new', 'old'])
    expect(all.data.without).toEqual(['gone'])
    const tagged = await runOperation(fleet.context, actor('viewer', ['lab']), listBackups, {})
    expect([tagged.data.backups, tagged.data.without]).toEqual([[], []])
  })

  it('are deleted by an admin, but not one of another node by its id', async () => {
    const backup = (await fleet.context.backups.list('new')).at(-1)?.id ?? ''
    await expect(
      planOperation(fleet.context, operator, deleteBackup, { node: 'new', backup }),
    ).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(deleted('old', backup)).rejects.toMatchObject({ code: 'unknown-backup' })
    expect((await deleted('new', backup)).outcome).toBe('done')
    expect((await fleet.context.backups.list('new')).map(({ id }) => id)).not.toContain(backup)
  })

  it('keep the last verified one', async () => {
    for (const { id } of (await fleet.context.backups.list('old')).slice(1)) await deleted('old', id)
    await expect(deleted('old', 'latest')).rejects.toMatchObject({ code: 'backup-last-good' })
    expect(await fleet.context.backups.list('old')).toHaveLength(1)
  })

  it('that were tampered with are found out', async () => {
    const sound = await runOperation(fleet.context, operator, verifyBackup, { node: 'old' })
    expect(sound.outcome).toBe('done')
    const objects = join(fleet.folder, 'backups', 'objects')
    const { stdout } = spawnSync('find', [objects, '-type', 'f'], { encoding: 'utf8' })
    for (const path of stdout.split('\n').filter(Boolean)) {
      const bytes = readFileSync(path)
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
      writeFileSync(path, bytes)
    }
    const report = await runOperation(fleet.context, operator, verifyBackup, { node: 'old' })
    expect(report.outcome).toBe('failed')
    expect(report.data.verification.problemCount).toBeGreaterThan(0)
    expect(report.data.backup.verified?.sound).toBe(false)
  })
})
