import { expect, it } from 'vitest'
import type { BackupFacts } from '../../src/openclaw/backup/facts.ts'
import { aboutOf } from '../../src/operations/backup-about.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const PATH = '/home/oc/.openclaw/state/openclaw.sqlite'
const nothing = { count: 0, names: [] }
const facts = {
  ...{
    home: '/home/oc',
    state: '/home/oc/.openclaw',
    roots: [],
    nodeVersion: 'v24.21.0',
    platform: 'linux-x64',
  },
  ...{ special: nothing, gone: nothing, unsteady: nothing, unread: nothing },
  machine: { hostname: 'one', idHash: null },
  databases: [
    {
      ...{ path: PATH, own: true, tables: null, userVersion: null, role: null, agentId: null },
      ...{ bytes: 4_096, error: null, same: true },
    },
  ],
} as unknown as BackupFacts
const about = (databases: ReadonlyMap<string, { userVersion: number; agentId: null }> | null) =>
  aboutOf(
    facts,
    nodeRecord({ id: 'one', host: '192.0.2.1' }),
    { operationId: 'op-1', actor: { face: 'cli', id: 'x', name: 'x', grants: [] } },
    healthySnapshot({ nodeId: 'one' }),
    {
      ...{ agent: null, method: 'stream' as const },
      earlier: databases && { marks: new Map(), readWholeAt: 0, there: new Set<string>(), databases },
    },
  )

it('knows of a database that was not opened again what the backup before knew', () => {
  const known = new Map([[PATH, { userVersion: 12, agentId: null }]])
  expect(about(known).databases).toEqual([
    { path: PATH, own: true, userVersion: 12, agentId: null, error: null },
  ])
})

it.each([
  ['of which nothing is known', new Map()],
  ['and everything had to come', null],
])('refuses a database that a node calls unchanged, %s', (_, known) => {
  expect(() => about(known)).toThrow(
    expect.objectContaining({ code: 'archive-refused', params: { why: 'not-as-told' } }),
  )
})
