import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { NodeRecord } from '../../registry/schema.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createNodes } from '../../src/openclaw/nodes.ts'
import type { SshPool, SshTarget } from '../../src/ssh/ssh.ts'
import { localSession } from './local-session.ts'

const record: NodeRecord = {
  id: 'web',
  name: 'Web',
  host: '192.0.2.7',
  sshPort: 22,
  sshUser: 'oc',
  gatewayPort: 18789,
  ocPath: null,
  unit: null,
  jump: null,
  tags: [],
  state: 'active',
  stateReason: null,
  maintenance: null,
  hostKeys: [],
  agents: [],
  createdAt: '2026-11-22T00:00:00Z',
  updatedAt: '2026-11-22T00:00:00Z',
  retiredAt: null,
}

function setUp() {
  const targets: SshTarget[] = []
  const forgotten: string[] = []
  let closed = 0
  const pool: SshPool = {
    session(target) {
      targets.push(target)
      return localSession({ home: tmpdir() })
    },
    scanHostKey: async ({ host, port }) => ({
      type: 'ssh-ed25519',
      key: 'AAAA',
      fingerprint: `${host}:${port}`,
    }),
    login: async () => undefined,
    forget: async (nodeId) => void forgotten.push(nodeId),
    close: async () => void closed++,
  }
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const nodes = createNodes({
    pool,
    clock: systemClock,
    log,
    deviceKeyPath: '/nonexistent/key',
    knownHosts: () => [],
    jumpOf: () => null,
  })
  return { nodes, targets, forgotten, closed: () => closed }
}

describe('the links', () => {
  it('are one per node until something that they depend on changes', () => {
    const { nodes, targets } = setUp()
    const link = nodes.link(record)
    expect(nodes.link({ ...record, name: 'Other', tags: ['x'] })).toBe(link)
    expect(nodes.link({ ...record, gatewayPort: 18790 })).not.toBe(link)
    expect(targets).toHaveLength(2)
  })

  it('trust exactly the pinned keys', () => {
    const { nodes, targets } = setUp()
    const pinned = {
      type: 'ssh-ed25519',
      key: 'AAAA',
      fingerprint: 'SHA256:x',
      approvedAt: '',
      approvedBy: '',
    }
    nodes.link({ ...record, hostKeys: [pinned] })
    expect(targets[0]).toEqual({
      nodeId: 'web',
      host: '192.0.2.7',
      port: 22,
      user: 'oc',
      hostKeys: [{ type: 'ssh-ed25519', key: 'AAAA' }],
      via: null,
      key: null,
    })
  })

  it('that are temporary never share a session with a registered node', async () => {
    const { nodes, targets, forgotten } = setUp()
    nodes.link(record)
    const temporary = nodes.temporary(record)
    expect(new Set(targets.map(({ nodeId }) => nodeId)).size).toBe(2)
    await temporary.close()
    expect(forgotten).toEqual([targets[1]?.nodeId])
    expect(temporary.nodeId).toBe('web')
  })

  it('are made anew after a node was forgotten, and end with the pool', async () => {
    const { nodes, forgotten, closed } = setUp()
    const link = nodes.link(record)
    await nodes.forget('web')
    expect(forgotten).toEqual(['web'])
    expect(nodes.link(record)).not.toBe(link)
    await nodes.close()
    expect(closed()).toBe(1)
  })

  it('pass a host key scan on to SSH', async () => {
    const { nodes } = setUp()
    const offered = await nodes.scanHostKey({ host: 'h', sshPort: 2222 }, { deadlineMs: 1 })
    expect(offered.fingerprint).toBe('h:2222')
  })
})
