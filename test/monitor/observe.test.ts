import { beforeEach, describe, expect, it } from 'vitest'
import { type Effort, observeNode } from '../../src/monitor/observe.ts'
import type { NodesPort } from '../../src/openclaw/ports.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext, type FakeContext } from '../discord/fake-context.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const node = nodeRecord({ id: 'n1' })
const viewer = { face: 'cli', id: 'u', name: 'u', grants: [{ level: 'viewer', tags: null }] } as const
let fake: FakeContext
let curves: NodeSnapshot[]

beforeEach(() => {
  fake = createFakeContext([node])
  curves = []
  Object.assign(fake.context, {
    histories: { get: () => undefined, observe: (seen: NodeSnapshot) => curves.push(seen) },
    rules: { value: () => ({ version: 1, overrides: [] }) },
  })
})

describe('what anyone sees of a node', () => {
  it.each([
    ['a status', () => runOperation(fake.context, viewer, nodeStatus, { node: 'n1' })],
    ['a list', () => runOperation(fake.context, viewer, listNodes, {})],
  ])('is remembered and fed to the curves: %s', async (_, ask) => {
    await ask()
    expect(curves).toHaveLength(1)
    expect(fake.context.snapshots.get('n1')).toBe(curves[0])
  })

  it('leaves nothing behind when the caller gave up meanwhile', async () => {
    const end = new AbortController()
    fake.answers.set('n1', async () => {
      end.abort()
      return { nodeId: 'n1' } as NodeSnapshot
    })
    const effort = { kind: 'sweep', deadlineMs: 1_000, signal: end.signal } as const
    await expect(observeNode(fake.context, node, effort)).rejects.toThrow()
    expect(curves).toEqual([])
    expect(fake.context.snapshots.get('n1')).toBeUndefined()
  })
})

describe('the effort of a look', () => {
  it('takes the rest from memory in a pass only, and tries a dead node again only for a person', async () => {
    const asked: object[] = []
    const nodes: Pick<NodesPort, 'link'> = {
      link: () =>
        ({
          async snapshot(limits: object) {
            asked.push(limits)
            return healthySnapshot({ nodeId: 'n1' })
          },
        }) as never,
    }
    for (const kind of ['sweep', 'list', 'whole', 'asked'] as Effort['kind'][])
      await observeNode({ ...fake.context, nodes }, node, { kind, deadlineMs: 5 })
    expect(asked).toEqual([
      { deadlineMs: 5, pass: { movingMs: 0, restingMs: 600_000 } },
      { deadlineMs: 5, pass: { movingMs: 30_000, restingMs: 1_200_000 } },
      { deadlineMs: 5 },
      { deadlineMs: 5, fresh: true },
    ])
  })
})
