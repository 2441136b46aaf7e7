import type { NodeRecord } from '../../registry/schema.ts'
import { type Effort, observeNode } from '../monitor/observe.ts'
import { createLanes } from '../openclaw/lanes.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'

/** What arrives together is reported together; the last of it is never held back. */
const PROGRESS_INTERVAL_MS = 100

/** What becomes of each node that is read. */
export interface FleetReading {
  effort: Pick<Effort, 'kind' | 'deadlineMs'>
  seen(node: NodeRecord, snapshot: NodeSnapshot): void
  /** The caller has stopped before this node was read. */
  givenUp(node: NodeRecord): void
  /** Something has arrived since the last report. */
  report(): void
}

/**
 * Reads many nodes, as many at once as the settings let. A node that hangs is given up at its own deadline and costs the
 * others nothing.
 */
export async function readFleet(
  context: Context,
  { signal }: Pick<Call<never>, 'signal'>,
  nodes: readonly NodeRecord[],
  { effort, seen, givenUp, report }: FleetReading,
): Promise<void> {
  const inLane = createLanes(context.limits.parallelNodes, context.clock)
  const progress = coalesced(context, report)
  try {
    await Promise.all(
      nodes.map((node) =>
        inLane(
          () => context.nodes.link(node),
          async () => {
            if (signal.aborted) return givenUp(node)
            const snapshot = await observeNode(context, node, { ...effort, signal }).catch(
              unlessStopped(signal),
            )
            if (snapshot === null) return givenUp(node)
            seen(node, snapshot)
            progress.changed()
          },
        ),
      ),
    )
  } finally {
    progress.stop()
  }
}

/** A reading that the caller stopped is no failure of the list. */
function unlessStopped(signal: AbortSignal) {
  return (error: unknown): null => {
    if (signal.aborted) return null
    throw error
  }
}

/** Calls `report` at most once per interval, and always once after the last change. */
function coalesced(context: Context, report: () => void): { changed(): void; stop(): void } {
  const stopped = new AbortController()
  let scheduled = false
  let lastAt = Number.NEGATIVE_INFINITY
  const fire = () => {
    scheduled = false
    lastAt = context.clock.monotonic()
    report()
  }
  return {
    changed() {
      if (scheduled) return
      const wait = lastAt + PROGRESS_INTERVAL_MS - context.clock.monotonic()
      if (wait <= 0) return fire()
      scheduled = true
      context.clock.sleep(wait, stopped.signal).then(fire, () => {})
    },
    stop: () => stopped.abort(),
  }
}
