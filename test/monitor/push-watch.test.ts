import { describe, expect, it } from 'vitest'
import { PushWatch } from '../../src/monitor/push-watch.ts'
import { MOST_SESSIONS } from '../../src/openclaw/node-budget.ts'
import type { GatewayEvent } from '../../src/openclaw/ports.ts'
import { newNode } from '../registry/support.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { keepLog } from '../support/log-keeper.ts'

describe('what is remembered of a gateway between two looks', () => {
  it('is no more than a node may have sessions, whatever names it invents', async () => {
    let tell: (event: GatewayEvent) => void = () => {}
    const link = () => ({
      events(listener: typeof tell) {
        tell = listener
        return () => {}
      },
      hello: async () => ({ methods: new Set() }),
      rpc: async () => ({}),
    })
    const context = { nodes: { link: link as never }, clock: createFakeClock(), log: keepLog() }
    const watch = new PushWatch({ context, look: async () => {} })
    watch.follow({ ...newNode('alpha') } as never)
    const refuse = (sessionKey: string) =>
      tell({ event: 'chat', payload: { sessionKey, state: 'error', errorKind: 'context_length' } } as never)
    refuse('first')
    refuse('x'.repeat(100_000))
    for (let index = 0; index < 5_000; index += 1) refuse(`agent:main:${index}`)
    const told = watch.overflowsOf('alpha')
    expect(told.size).toBe(MOST_SESSIONS)
    expect(told.has('first')).toBe(true)
    expect([...told].filter((key) => key.length > 1_000)).toEqual([])
    await watch.stop()
  })
})
