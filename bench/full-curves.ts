import { join } from 'node:path'
import { systemClock } from '../src/base/clock.ts'
import { Curve, curves } from '../src/monitor/curve.ts'
import { observe, type SessionHistory } from '../src/monitor/history.ts'
import { inSlices } from '../src/store/slices.ts'
import { openSqliteStore } from '../src/store/sqlite-store.ts'
import { cycling, memoryNodes, registryOf, SESSIONS } from './memory-nodes.ts'

/** As many as a curve keeps, and how far they lie apart. */
const POINTS = 120
const APART_MS = 5 * 60_000
const COMPACTIONS = 20
/** Enough for both. */
const MOST_TURNS = 1_000

/**
 * Gives the sessions of a fleet in memory the past that they have after ten hours: curves that are as long as they get.
 * Without it the memory of a long run would grow because its curves do, and not only then.
 */
export async function writeFullCurves(
  folder: string,
  { nodes, share }: { nodes: number; share: number },
): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const fleet = memoryNodes({ nodes, share, clock: systemClock, compacts: true })
  fleet.answerAs(0)
  const now = systemClock.now()
  /** The last points of a session, and the last times that it compacted. */
  const pastOf = (session: number): Pick<SessionHistory, 'points' | 'compactions'> => {
    const points: SessionHistory['points'] = []
    const compactions: SessionHistory['compactions'] = []
    let last = cycling(session, -MOST_TURNS, share)
    for (let ago = MOST_TURNS - 1; ago > 0; ago -= 1) {
      const fill = cycling(session, -ago, share)
      const cut = fill.compactions > last.compactions
      const at = now - ago * APART_MS
      points.push({ at, used: fill.used, cut })
      if (cut) compactions.push({ at, before: last.used, after: fill.used })
      last = fill
    }
    return { points: points.slice(-POINTS), compactions: compactions.slice(-COMPACTIONS) }
  }
  const written: [string, Curve][] = []
  for (const [index, node] of registryOf(nodes).nodes.entries()) {
    const { sessions } = await fleet.link(node).snapshot({ deadlineMs: APART_MS })
    for (const [number, session] of (sessions.value ?? []).entries()) {
      const history = observe(undefined, session, now - APART_MS)
      written.push([
        `${node.id}/${session.key}`,
        Curve.of({ ...history, ...pastOf(index * SESSIONS + number) }),
      ])
    }
  }
  const store = await openSqliteStore({ path: join(folder, 'cache.db'), log })
  await inSlices(store, written, (tx, [key, curve]) => tx.put(curves, key, curve.packed()))
  await store.close()
}
