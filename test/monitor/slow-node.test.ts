import { describe, expect, it } from 'vitest'
import { anomaliesOf, judgeNode } from '../../src/monitor/judge.ts'
import { blindSignal } from '../../src/monitor/rules/availability.ts'
import type { NodeSnapshot } from '../../src/openclaw/snapshot.ts'
import { healthySnapshot } from '../support/snapshots.ts'
import { around, openAfterEach } from './looks.ts'

const silent = healthySnapshot({ state: 'unreachable', reason: { code: 'connect-timeout' } })
const slow = healthySnapshot({ state: 'unknown', reason: { code: 'node-slow', params: { ms: 4_250 } } })
const otherKey = healthySnapshot({ state: 'unreachable', reason: { code: 'host-key-changed' } })
const healthy = healthySnapshot()

/** What is open after each of these looks, by its cause. */
const openAfter = (looks: readonly NodeSnapshot[]) =>
  openAfterEach(looks).map((open) => open.map(({ level, cause }) => `${level} ${cause}`))

describe('a node that answers too slowly to be read', () => {
  it('calls somebody as soon as one that is silent, and says what it is', () => {
    const gone = openAfter([silent, silent, silent])
    expect(gone.at(-1)).toEqual(['critical node-unreachable'])
    expect(openAfter([slow, slow, slow])).toEqual(
      gone.map((open) => open.map((one) => one.replace('node-unreachable', 'node-slow'))),
    )
  })

  it('is the same incident when it falls silent, and over when it is read again', () => {
    const looks = openAfter([slow, slow, slow, silent, silent, healthy, healthy, healthy, healthy])
    expect(looks[4]).toHaveLength(1)
    expect(looks.at(-1)).toEqual([])
  })

  it('is told once, and not as a state that is not clear as well', () => {
    expect(anomaliesOf(judgeNode(slow, around)).map(({ code }) => code)).toEqual(['node-slow'])
  })

  it('leaves it open what its host key is', () => {
    const looks = openAfter([otherKey, otherKey, otherKey, slow, slow, slow])
    expect(looks.at(-1)).toContain('critical host-key-changed')
  })

  it('shows that the bot is not blind', () => {
    const { seen } = blindSignal([slow, silent], slow.observedAt)
    expect(seen?.level).toBeNull()
  })
})
