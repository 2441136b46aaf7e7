import { setFlagsFromString } from 'node:v8'

/**
 * How far V8's old space may grow beyond what is held before it is collected, in per cent. Left to itself, V8 waits for up to
 * four times as much while a fleet is busy, and gives little of that back.
 */
export const BOUNDED_GROWTH = '--heap-growing-percent=40'

/** From so many nodes on what is held is hundreds of MB. */
const MANY_NODES = 4_000

/**
 * Has the heap of a command that holds something of each of thousands of files grow no further than that of the bot. What it began
 * with stays as it is.
 */
export function boundHeap(): void {
  setFlagsFromString(BOUNDED_GROWTH)
}

/**
 * Leaves the heap of a bot with thousands of nodes to V8: it would be marked twice in each sweep, and V8, which has no time to mark it
 * by and by, would stop everything else for 100 ms.
 */
export function fitHeap(nodes: number): void {
  if (nodes >= MANY_NODES) setFlagsFromString('--heap-growing-percent=0')
}
