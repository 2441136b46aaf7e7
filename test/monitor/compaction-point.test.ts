import { describe, expect, it } from 'vitest'
import { compactionPoint } from '../../src/monitor/rules/compaction-point.ts'
import { capFor, compactsFrom } from '../../src/openclaw/compaction.ts'

describe('the point at which a session is to be compacted', () => {
  it.each([
    [168_000, 90],
    [165_952, 90],
    [168_000, 50],
    [24_000, 90],
    [968_000, 80],
  ])('lies below the critical level: %i usable tokens, critical at %i %%', (usable, critical) => {
    const point = compactionPoint(usable, critical)
    expect(point).not.toBeNull()
    expect(point).toBeLessThan((usable * critical) / 100)
    expect(point).toBeGreaterThan(usable / 4)
  })

  it('lies below the refusal also where critical is above it', () => {
    expect(compactionPoint(168_000, 150)).toBeLessThan(168_000)
  })

  it('does not exist where a compaction could not get below the level', () => {
    expect(compactionPoint(168_000, 10)).toBeNull()
    expect(compactionPoint(4_000, 90)).toBeNull()
  })
})

describe('a cap', () => {
  it.each([146_000, 60_000, 59_999, 16_000])('makes OpenClaw compact from %i tokens on', (point) => {
    expect(compactsFrom(capFor(point))).toBeCloseTo(point, -1)
  })

  it('is left to OpenClaw itself 20,000 below the window, or a quarter of a small one', () => {
    expect(compactsFrom(200_000)).toBe(180_000)
    expect(compactsFrom(32_000)).toBe(24_000)
    expect(compactsFrom(200_000, 40_000)).toBe(160_000)
  })
})
