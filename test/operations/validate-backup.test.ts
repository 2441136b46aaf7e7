import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backupNode } from '../../src/operations/backup-node.ts'
import type { Context } from '../../src/operations/context.ts'
import { drillBackup } from '../../src/operations/drill-backup.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const agents = [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 50_000 }] }]
const NEW = { version: '2026.9.6' as const, agents }
const admin = actor('admin')
let fleet: Fleet

beforeAll(async () => {
  fleet = await startFleet(
    [
      { id: 'new', name: 'New', ...NEW, tags: ['prod'] },
      { id: 'spare', name: 'Spare', ...NEW },
      { id: 'down', name: 'Down', ...NEW, state: 'down' },
      { id: 'old', name: 'Old', version: '2026.2.17', agents },
    ],
    { OCM_BACKUP_FREE_MB: '1', OCM_STATUS_DEADLINE_MS: '20000' },
  )
  await runOperation(fleet.context, admin, backupNode, { node: 'new' })
})
afterAll(() => fleet.close())

const stateOf = (node: string) => join(fleet.node(node).home, '.openclaw')
const left = (node: string) => readdirSync(fleet.node(node).home).filter((name) => name.startsWith('.ocm-'))
const drill = async (on: string | null, node = 'new', context: Context = fleet.context) =>
  await runOperation(context, admin, drillBackup, { node, on })
const withSetting = (drillOn: string): Context => ({
  ...fleet.context,
  limits: { ...fleet.context.limits, backup: { ...fleet.context.limits.backup, drillOn } },
})
const commandsOf = (node: string) => fleet.node(node).facts().commands

describe('a restore drill with OpenClaw’s own validation', () => {
  it.each([
    ['the node of the backup', 'new', () => drill(null, 'new', withSetting('own'))],
    ['a spare one', 'spare', () => drill('spare')],
  ])(
    'has the configuration and every database judged on %s, and leaves nothing there',
    async (_what, on, drilled) => {
      const before = readFileSync(join(stateOf(on), 'openclaw.json'), 'utf8')
      const pid = fleet.node(on).facts().pid
      const { outcome, data } = await drilled()
      expect(data.openclaw).toEqual({
        ...{ node: on, version: '2026.9.6', verdict: 'passed', why: null },
        ...{ config: true, databases: 2, databasesThere: 2 },
      })
      expect(outcome).toBe('done')
      expect(data.backup.restorable).toMatchObject({ ok: true, openclaw: '2026.9.6' })
      expect(fleet.context.backups.book.standing('new').drilled).toMatchObject({ openclaw: '2026.9.6' })
      expect(left(on)).toEqual([])
      expect(fleet.node(on).facts().pid).toBe(pid)
      expect(readFileSync(join(stateOf(on), 'openclaw.json'), 'utf8')).toBe(before)
      const asked = commandsOf(on).filter((line) => line.includes('ocm-validate'))
      expect(asked.at(-1)).not.toContain('agent:main')
    },
  )

  it('asks nobody where no node is named, and says so in the record', async () => {
    const count = commandsOf('new').filter((line) => line.includes('ocm-validate')).length
    const { outcome, data } = await drill(null)
    expect([outcome, data.openclaw]).toEqual(['done', null])
    expect(data.backup.restorable).toMatchObject({ ok: true, openclaw: null })
    expect(commandsOf('new').filter((line) => line.includes('ocm-validate'))).toHaveLength(count)
  })

  it('asks the node of the settings, and one that is gone leaves it unknown', async () => {
    const { outcome, data } = await drill(null, 'new', withSetting('gone'))
    expect(outcome).toBe('partial')
    expect(data.openclaw).toMatchObject({ node: 'gone', verdict: 'unknown', why: 'no-such-node' })
    expect(data.backup.restorable).toMatchObject({ ok: true, openclaw: null })
  })

  it.each([
    ['old', 'no-check'],
    ['down', 'not-reached'],
  ])('is unknown, not passed, on %s: %s', async (on, why) => {
    const { outcome, data } = await drill(on)
    expect(outcome).toBe('partial')
    expect(data.drill.sound).toBe(true)
    expect(data.openclaw).toMatchObject({ verdict: 'unknown', why, config: false, databases: 0 })
    expect(data.backup.restorable).toMatchObject({ ok: true, openclaw: null })
  })

  it('is refused on a node that the person may not use', async () => {
    const limited = actor('operator', ['prod'])
    const refused = runOperation(fleet.context, limited, drillBackup, { node: 'new', on: 'spare' })
    await expect(refused).rejects.toMatchObject({ code: 'unknown-node', params: { node: 'spare' } })
  })

  it('removes what a drill that was killed left, at the next look', async () => {
    const folder = join(fleet.node('spare').home, '.ocm-backup.00000000-0000-4000-8000-000000000000')
    mkdirSync(join(folder, 'root'), { recursive: true, mode: 0o700 })
    const { pid = 0 } = spawnSync('true')
    writeFileSync(join(folder, 'pid'), `${pid}\n`)
    const { data, outcome } = await drill('spare')
    expect([outcome, data.openclaw?.verdict]).toEqual(['done', 'passed'])
    expect(left('spare')).toEqual([])
  })

  it('fails where OpenClaw refuses what looked sound here, and names it', async () => {
    const config = join(stateOf('new'), 'openclaw.json')
    const was = readFileSync(config, 'utf8')
    const state = new DatabaseSync(join(stateOf('new'), 'state', 'openclaw.sqlite'))
    try {
      writeFileSync(config, was.replace('"local"', '"nowhere"'))
      state.exec('PRAGMA user_version = 99')
      await runOperation(fleet.context, admin, backupNode, { node: 'new' })
    } finally {
      writeFileSync(config, was)
      state.exec('PRAGMA user_version = 18')
      state.close()
    }
    const { outcome, data } = await drill('spare')
    expect(outcome).toBe('failed')
    expect(data.openclaw).toMatchObject({ verdict: 'failed', why: null })
    expect(data.drill.problems.map(({ code }) => code)).toEqual([
      'openclaw-refuses-config',
      'openclaw-refuses-database',
    ])
    expect(data.drill.problems[1]?.subject).toContain('openclaw.sqlite: 99 → 18')
    expect(data.backup.restorable).toMatchObject({ ok: false, openclaw: '2026.9.6' })
    expect(fleet.context.backups.book.standing('new').drilled?.ok).toBe(false)
  })
})
