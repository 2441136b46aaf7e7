import { OVER } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'
import type { NodeLink } from './ports.ts'

/** How often it is looked which nodes are silent. A connection on a local network opens in less. */
const LOOK_EVERY_MS = 25

type Way = Pick<NodeLink, 'isDialing'>

/** Runs the reading of one node when there is room for it. `way` is asked for when the reading begins. */
export type Lanes = <T>(way: () => Way, read: () => Promise<T>) => Promise<T>

interface Reading {
  way: Way
  /** Whether it takes a place. */
  counts: boolean
}

/**
 * So many nodes are read at once. A node of which nothing is heard takes no place while it is waited for: it costs
 * nothing, and a thousand of them must not stand before a node that answers. Once it is heard of it counts again, so that
 * a fleet that is far away is not begun all at once.
 */
export function createLanes(parallel: number, clock: Clock): Lanes {
  const waiting: (() => void)[] = []
  const readings = new Set<Reading>()
  let begun = 0
  let taken = 0
  let nap: AbortController | null = null

  const count = (reading: Reading, counts: boolean) => {
    if (reading.counts === counts) return
    reading.counts = counts
    taken += counts ? 1 : -1
  }
  const beginNext = () => {
    while (taken < parallel && begun < waiting.length) {
      taken += 1
      waiting[begun++]?.()
    }
    if (begun === waiting.length) begun = waiting.length = 0
  }
  const look = async (signal: AbortSignal) => {
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined)
      for (const reading of readings) count(reading, !reading.way.isDialing)
      beginNext()
    }
  }

  return async (way, read) => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      beginNext()
    })
    const reading: Reading = { way: way(), counts: true }
    readings.add(reading)
    if (nap === null) {
      nap = new AbortController()
      void look(nap.signal)
    }
    try {
      return await read()
    } finally {
      readings.delete(reading)
      count(reading, false)
      beginNext()
      if (readings.size === 0) {
        nap?.abort(OVER)
        nap = null
      }
    }
  }
}
