import { describe, expect, it } from 'vitest'
import { createLanes } from '../../src/openclaw/lanes.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const PARALLEL = 32
const ANSWER_MS = 40
const GIVE_UP_MS = 3_000

/**
 * Reads a fleet of 2,000 nodes by a clock of its own. A host takes `openMs` to take a connection.
 * @returns when each node that answers was read, and how many were read at once at most
 */
async function readFleet({ isSilent, openMs }: { isSilent(index: number): boolean; openMs: number }) {
  const clock = createFakeClock()
  const began = clock.monotonic()
  const inLane = createLanes(PARALLEL, clock)
  const rows: number[] = []
  let atOnce = 0
  let most = 0
  const reads = Array.from({ length: 2_000 }, (_, index) => {
    const link = { isDialing: false }
    return inLane(
      () => link,
      async () => {
        link.isDialing = true
        await clock.sleep(isSilent(index) ? GIVE_UP_MS : openMs)
        if (isSilent(index)) return
        link.isDialing = false
        most = Math.max(most, ++atOnce)
        await clock.sleep(ANSWER_MS)
        atOnce -= 1
        rows.push(clock.monotonic() - began)
      },
    )
  })
  let over = false
  const all = Promise.all(reads).then(() => {
    over = true
  })
  while (!over) await clock.advance(500)
  await all
  return { last: Math.max(...rows), rows: rows.length, most }
}

describe('reading a fleet of which half is silent', () => {
  it('shows every healthy row as soon as in a fleet without silent nodes', async () => {
    const healthy = await readFleet({ isSilent: () => false, openMs: 2 })
    const half = await readFleet({ isSilent: (index) => index % 2 === 0, openMs: 2 })
    expect([healthy.rows, half.rows]).toEqual([2_000, 1_000])
    expect(half.last).toBeLessThanOrEqual(healthy.last * 1.2)
  })

  it('shows every healthy row as soon also where the silent ones come first', async () => {
    const healthy = await readFleet({ isSilent: () => false, openMs: 2 })
    const half = await readFleet({ isSilent: (index) => index < 1_000, openMs: 2 })
    expect(half.last).toBeLessThanOrEqual(healthy.last * 1.2)
  })

  it('does not begin with everybody at once where all are far away', async () => {
    const { most } = await readFleet({ isSilent: () => false, openMs: 150 })
    expect(most).toBeLessThanOrEqual(PARALLEL * 8)
  })
})

describe('reading nodes', () => {
  it('goes on after one that fails, and tells its failure', async () => {
    const inLane = createLanes(1, createFakeClock())
    const link = () => ({ isDialing: false })
    const failed = inLane(link, () => Promise.reject(new Error('no')))
    const next = inLane(link, async () => 'yes')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('yes')
  })
})
