import { describe, expect, it } from 'vitest'
import { recordAt } from '../../registry/record-at.ts'
import type { Maintenance, NodeRecord } from '../../registry/schema.ts'

const NOON = Date.parse('2026-11-22T12:00:00Z')

function inMaintenance(maintenance: Maintenance | null): NodeRecord {
  return {
    id: 'alpha',
    name: 'Alpha',
    host: 'alpha.example',
    sshPort: 22,
    sshUser: 'oc',
    gatewayPort: 18_789,
    ocPath: null,
    unit: null,
    jump: null,
    tags: [],
    state: 'maintenance',
    stateReason: 'disk',
    maintenance,
    hostKeys: [],
    agents: [],
    createdAt: '2026-11-01T00:00:00.000Z',
    updatedAt: '2026-11-01T00:00:00.000Z',
    retiredAt: null,
  }
}

describe('a record at a moment', () => {
  const until = '2026-11-22T12:00:00.000Z'
  const node = inMaintenance({ by: 'Aiko', since: '2026-11-22T10:00:00.000Z', until })

  it('is in maintenance until the time is up, and active from then on', () => {
    expect(recordAt(node, NOON - 1)).toBe(node)
    expect(recordAt(node, NOON)).toMatchObject({ state: 'active', stateReason: null, maintenance: null })
  })

  it('stays in a maintenance without end, and in one that nobody wrote down', () => {
    const open = inMaintenance({ by: 'Aiko', since: until, until: null })
    expect(recordAt(open, NOON * 2)).toBe(open)
    const imported = inMaintenance(null)
    expect(recordAt(imported, NOON * 2)).toBe(imported)
  })

  it('does not come back from retirement', () => {
    const retired: NodeRecord = { ...node, state: 'retired' }
    expect(recordAt(retired, NOON)).toBe(retired)
  })
})
