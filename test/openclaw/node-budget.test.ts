import { describe, expect, it } from 'vitest'
import { fitSessions, MOST_SESSIONS } from '../../src/openclaw/node-budget.ts'
import { sessionFacts } from '../support/snapshots.ts'

describe('the sessions that a node may have', () => {
  it('are all it has, up to the budget', () => {
    const sessions = Array.from({ length: MOST_SESSIONS }, (_, index) => sessionFacts(index))
    expect(fitSessions(sessions)).toBe(sessions)
  })

  it('are the fullest and the most recent of too many, in the order of the gateway', () => {
    const sessions = Array.from({ length: 75_000 }, (_, index) => ({
      ...sessionFacts(index === 40_000 ? 160_000 : 1_000),
      key: `s${index}`,
      lastInteractionAt: index === 70_000 ? 2_000 : 1,
    }))
    const kept = fitSessions(sessions).map(({ key }) => key)
    expect(kept).toHaveLength(MOST_SESSIONS)
    expect(kept).toEqual(expect.arrayContaining(['s40000', 's70000']))
    expect(kept.indexOf('s40000')).toBeLessThan(kept.indexOf('s70000'))
  })
})
