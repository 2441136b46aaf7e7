import { Latest } from '../base/latest.ts'
import { judgedSoFar } from '../monitor/judge.ts'
import type { Actor } from '../operations/access.ts'
import type { Context } from '../operations/context.ts'
import { listNodes, type NodeList } from '../operations/list-nodes.ts'
import { cachedUntil } from '../operations/node-row.ts'
import type { AnyOperation } from './offered.ts'

/** Lists that are remembered, one for each kind of rights and each question that is about. */
const MOST_LISTS = 8

/** A list, and what it was made of. */
interface Remembered {
  list: NodeList
  rests: readonly unknown[]
  /** Between these moments (epoch milliseconds) no passing of time changes it. */
  from: number
  until: number
}

/**
 * `list-nodes` that gives the same list again, the very object, as long as nothing has moved of what a list from memory is
 * made of. That is asked of everything it rests on, each time, so that no answer is ever older than what it tells of. Who asks
 * is still authorised and written down; a list belongs to the rights that it was made for.
 */
export function rememberLists(context: Context): AnyOperation {
  const known = new Latest<string, Remembered>(MOST_LISTS)
  let looks = 0
  context.snapshots.onChange(() => {
    looks += 1
  })
  const rests = ({ registry, incidents, rules, backups }: Context): unknown[] => [
    ...[registry.list(), incidents.state(), rules.value()],
    ...[backups.book.revision(), backups.book.isUnreadable(), looks],
  ]
  const remembering: typeof listNodes = {
    ...listNodes,
    async run(around, input, call, prepared) {
      if (input.live) return listNodes.run(around, input, call, prepared)
      const key = JSON.stringify([rightsOf(call.actor), input.tags, input.state])
      const last = known.get(key)
      const now = around.clock.now()
      if (
        last &&
        now >= last.from &&
        now < last.until &&
        isSame(last.rests, [...rests(around), judgedSoFar()])
      )
        return { outcome: 'done', data: last.list }
      const before = rests(around)
      const ended = await listNodes.run(around, input, call, prepared)
      known.delete(key)
      // What moved while it was made may be in it or not.
      if (isSame(before, rests(around))) {
        const made = { list: ended.data, rests: [...before, judgedSoFar()] }
        known.set(key, { ...made, from: now, until: changesAt(around, now) })
      }
      return ended
    },
  }
  return remembering as unknown as AnyOperation
}

/** Everything of an actor on which it depends what they see. */
function rightsOf({ grants }: Actor): unknown {
  return grants
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((part, index) => part === other[index])
}

/** The next moment at which the clock alone changes a list: a maintenance ends, or what is shown is recent no more. */
function changesAt({ registry, snapshots, limits }: Context, now: number): number {
  let next = Number.POSITIVE_INFINITY
  const consider = (at: number) => {
    if (at > now && at < next) next = at
  }
  for (const { id, state, maintenance } of registry.list()) {
    if (state === 'maintenance' && maintenance?.until) consider(Date.parse(maintenance.until))
    const snapshot = snapshots.get(id)
    // It is recent up to and including that moment.
    if (snapshot) consider(cachedUntil(snapshot, limits.refreshIntervalMs) + 1)
  }
  return next
}
