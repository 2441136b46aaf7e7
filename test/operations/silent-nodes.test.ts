import { describe, expect, it } from 'vitest'
import { listNodes } from '../../src/operations/list-nodes.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const viewer = { face: 'cli', id: 'u', name: 'u', grants: [{ level: 'viewer', tags: null }] } as const

describe('a list of a fleet of which half is silent', () => {
  it('asks what answered at the last look first', async () => {
    const nodes = Array.from({ length: 40 }, (_, index) => nodeRecord({ id: `n${index}` }))
    const fake = createFakeContext(nodes)
    const asked: string[] = []
    const silent = (id: string) => Number(id.slice(1)) < 20
    for (const { id } of nodes)
      fake.answers.set(id, async () => {
        asked.push(id)
        return silent(id)
          ? healthySnapshot({ nodeId: id, state: 'unreachable', reason: { code: 'connect-timeout' } })
          : healthySnapshot({ nodeId: id })
      })
    await runOperation(fake.context, viewer, listNodes, {})
    asked.length = 0
    const { data } = await runOperation(fake.context, viewer, listNodes, {})
    expect(asked.slice(0, 20).some(silent)).toBe(false)
    expect(data.counts).toMatchObject({ serving: 20, unreachable: 20 })
  })
})
