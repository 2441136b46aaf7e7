import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { Curve, curves } from '../src/monitor/curve.ts'
import { observe } from '../src/monitor/history.ts'
import { inSlices } from '../src/store/slices.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import { memoryNodes, registryOf } from './memory-nodes.ts'

/** As many as a curve keeps, and how far they lie apart. */
const POINTS = 120
const APART_MS = 5 * 60_000
/** What a turn adds in such a fleet. */
const TURN = 400

/**
 * Gives the sessions of a fleet in memory the past that they have after ten hours: curves that are as long as they get.
 * Without it the memory of a long run would grow because its curves do, and not only then.
 */
export async function writeFullCurves(
  folder: string,
  { nodes, share }: { nodes: number; share: number },
): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const fleet = memoryNodes({ nodes, share, clock: systemClock })
  fleet.answerAs(0)
  const now = systemClock.now()
  const written: [string, Curve][] = []
  for (const node of registryOf(nodes).nodes) {
    const { sessions } = await fleet.link(node).snapshot({ deadlineMs: APART_MS })
    for (const session of sessions.value ?? []) {
      const history = observe(undefined, session, now - APART_MS)
      const points = Array.from({ length: POINTS }, (_, index) => {
        const ago = POINTS - index
        return { at: now - ago * APART_MS, used: (session.context.used.value ?? 0) - ago * TURN, cut: false }
      })
      written.push([`${node.id}/${session.key}`, Curve.of({ ...history, points })])
    }
  }
  const store = await openSqliteStore({ path: join(folder, 'cache.db'), log })
  await inSlices(store, written, (tx, [key, curve]) => tx.put(curves, key, curve.packed()))
  await store.close()
}
