import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DEMO_FLEET } from '../../src/sandbox/stage/demo-fleet.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'

let fleet: Fleet
beforeAll(async () => {
  fleet = await startFleet(
    DEMO_FLEET.filter(({ state, registered }) => state !== 'down' && registered !== false).map((node) => ({
      ...node,
      // Turns run when the test says so.
      agents: node.agents.map((agent) => ({
        ...agent,
        sessions: (agent.sessions ?? []).map(({ turnEveryMs: _by, ...session }) => session),
      })),
    })),
  )
}, 60_000)
afterAll(() => fleet?.close())

describe('the fleet of the demo', () => {
  it.each(['tokyo-1', 'osaka-2', 'berlin-3'])(
    'has a provider on %s that refuses where ocm says that a context is full',
    { timeout: 60_000 },
    async (id) => {
      const { gateway } = fleet.node(id)
      const key = gateway.sessions().find(({ totalTokens }) => totalTokens !== null)?.key ?? ''
      const read = async () => {
        const link = fleet.context.nodes.link(fleet.context.registry.get(id))
        const { sessions } = await link.snapshot({ deadlineMs: 20_000 })
        const session = sessions.value?.find((one) => one.key === key)
        return session?.context
      }
      // The first turn carries what every prompt begins with.
      expect(await gateway.grow(key, 1_000)).toBe('done')
      const left = (await read())?.headroom.value ?? 0
      expect(left).toBeGreaterThan(0)
      expect(await gateway.grow(key, left)).toBe('done')
      expect((await read())?.usablePercent.value).toBe(100)
      expect(await gateway.grow(key, 1)).toBe('failed')
    },
  )
})
