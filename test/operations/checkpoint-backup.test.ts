import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import { drillBackup } from '../../src/operations/drill-backup.ts'
import { compareBackups } from '../../src/operations/manage-backups.ts'
import { restoreNode } from '../../src/operations/restore-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const TIMINGS = { readyMs: 100, stopMs: 50, restartSecMs: 100, crashAfterMs: 100, drainMs: 200 }
const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
const admin = actor('admin')
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    [
      { id: 'new', name: 'New', version: '2026.9.6', agents, timings: TIMINGS },
      { id: 'old', name: 'Old', version: '2026.2.17', agents, timings: TIMINGS },
    ],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '8000', OCM_RESTART_DEADLINE_MS: '15000' },
  )
})
afterAll(() => fleet.close())

const stateOf = (node: string) => join(fleet.node(node).home, '.openclaw')
const left = (node: string) => readdirSync(fleet.node(node).home).filter((name) => name.startsWith('.ocm-'))
const backUp = (node: string, method: 'stream' | 'checkpoint' = 'checkpoint') =>
  runOperation(fleet.context, admin, backupNode, { node, method })

describe('a backup by OpenClaw’s own archive', () => {
  it('is verified like any other, and nothing of it stays on the node', async () => {
    const { outcome, data } = await backUp('new')
    expect(data.verification.problems).toEqual([])
    expect(outcome).toBe('done')
    expect(data.backup).toMatchObject({ method: 'openclaw', verified: { sound: true } })
    expect(data.verification.databases).toBeGreaterThan(0)
    expect(left('new')).toEqual([])
    const asked = fleet
      .node('new')
      .facts()
      .commands.filter((line) => line.includes('backup create'))
    expect(asked).toHaveLength(1)
    const drill = await runOperation(fleet.context, admin, drillBackup, { node: 'new' })
    expect(drill.outcome).toBe('done')
  })

  it('holds what the files themselves hold, but for what OpenClaw leaves out', async () => {
    const { data: checkpoint } = await backUp('new')
    const { data: stream } = await backUp('new', 'stream')
    const { data } = await runOperation(fleet.context, admin, compareBackups, {
      node: 'new',
      from: checkpoint.backup.id,
      to: stream.backup.id,
    })
    expect(data.difference.removed.names).toEqual([])
    expect(data.difference.added.names.filter((path) => !/\/logs$|\.log$/.test(path))).toEqual([])
    expect(data.difference.changed.names.filter((path) => !path.endsWith('.sqlite'))).toEqual([])
  })

  it('leaves the next stream what an earlier one had: nothing comes twice', async () => {
    let before = 0
    // A file is recognised once it has rested.
    const unchanged = async () => {
      const { data } = await backUp('new', 'stream')
      before = data.unchanged.files
      return before
    }
    await expect.poll(unchanged, { interval: 500, timeout: 15_000 }).toBeGreaterThan(3)
    await backUp('new')
    const { data } = await backUp('new', 'stream')
    expect(data.unchanged.files).toBeGreaterThanOrEqual(before)
  })

  it('is restored like any other', async () => {
    const soul = join(stateOf('new'), 'workspace', 'SOUL.md')
    const was = readFileSync(soul, 'utf8')
    const { data: made } = await backUp('new')
    writeFileSync(soul, 'I was changed.')
    const input = { node: 'new', backup: made.backup.id }
    const confirmed = await planOperation(fleet.context, admin, restoreNode, input)
    const { data, outcome } = await runOperation(fleet.context, admin, restoreNode, input, { confirmed })
    expect(data).toMatchObject({ state: 'restored', serving: true, fault: null })
    expect(outcome).toBe('done')
    expect(readFileSync(soul, 'utf8')).toBe(was)
    expect(
      fleet
        .node('new')
        .gateway.sessions()
        .map(({ key }) => key),
    ).toEqual(['agent:main:main'])
  }, 120_000)

  it('is refused before anything is tried where OpenClaw cannot make one', async () => {
    await expect(backUp('old')).rejects.toMatchObject({
      code: 'backup-impossible',
      params: { node: 'old', why: 'no-create' },
    })
    expect(
      fleet
        .node('old')
        .facts()
        .commands.filter((line) => line.includes('ocm-backup')),
    ).toEqual([])
    expect(await fleet.context.backups.list('old')).toEqual([])
  })

  it('that OpenClaw fails to make is none, and what it left on the node goes', async () => {
    const count = (await fleet.context.backups.list('new')).length
    const file = join(stateOf('new'), 'agents', 'main', 'agent', 'broken.sqlite')
    writeFileSync(file, 'SQLite format 3\0 and nothing of the kind')
    try {
      await expect(backUp('new')).rejects.toMatchObject({
        code: 'backup-impossible',
        params: { why: 'no-archive' },
      })
    } finally {
      rmSync(file)
    }
    expect(left('new')).toEqual([])
    expect(await fleet.context.backups.list('new')).toHaveLength(count)
    expect(existsSync(stateOf('new'))).toBe(true)
  })
})
