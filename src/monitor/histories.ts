import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'
import { inSlices } from '../store/slices.ts'
import type { Store } from '../store/store.ts'
import { Curve, curves } from './curve.ts'
import type { HistoriesPort, SessionHistory } from './history.ts'

/** A crash forgets at most this much of the curves; alerts do not depend on it. */
const SAVE_EVERY_MS = 60_000
/** A session that was not seen for this long has ended or was renamed. */
const FORGET_AFTER_MS = 7 * 24 * 3_600_000
/** Of a node with more sessions, the fullest ones have a curve. */
const SESSIONS_PER_NODE = 1_000
/** Points of all curves together: 16 bytes each in memory. Curves of a larger fleet are shorter. */
const POINTS_OF_FLEET = 10_000_000
const LEAST_POINTS = 20
const MOST_POINTS = 120

/**
 * The curves of all sessions. Those of a node come from the store when they are first asked for; what has changed is
 * written now and then. A curve is never the reason why something else fails.
 */
export class Histories implements HistoriesPort {
  readonly #store: Store
  readonly #clock: Clock
  readonly #log: Log
  readonly #nodes = new Map<string, Map<string, Curve>>()
  readonly #changed = new Map<string, Curve | null>()
  #sessions = 0
  #savedAt: number

  /** @param options.store may be one that is not durable */
  constructor(options: { store: Store; clock: Clock; log: Log }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#log = options.log
    this.#savedAt = options.clock.monotonic()
  }

  /** How many sessions have their curve in memory. */
  get sessions(): number {
    return this.#sessions
  }

  get(nodeId: string, sessionKey: string): SessionHistory | undefined {
    return this.#curvesOf(nodeId).get(sessionKey)?.history()
  }

  stateOf(nodeId: string, sessionKey: string): object | undefined {
    return this.#curvesOf(nodeId).get(sessionKey)?.state
  }

  /** Reads the curves of many nodes at once, in slices; a read for each of them costs more than what it finds. */
  async prepare(nodeIds: readonly string[]): Promise<void> {
    const missing = nodeIds.filter((id) => !this.#nodes.has(id))
    // In the order of the keys, which is another one than that of the ids: `n-1/` comes before `n/`.
    const prefixes = missing.map((id) => keyOf(id, '')).sort()
    const [from, last] = [prefixes[0], prefixes.at(-1)]
    if (last === undefined || from === undefined || from === last) return
    try {
      // `0` follows the slash: the end of all keys of the last node.
      const found = await this.#store.list(curves, { from, to: last.replace('/', '0') })
      const read = new Map(missing.map((id) => [id, new Map<string, Curve>()]))
      for (const { key, value } of found) {
        const end = key.indexOf('/')
        read.get(key.slice(0, end))?.set(key.slice(end + 1), new Curve(value))
      }
      for (const [id, loaded] of read) if (!this.#nodes.has(id)) this.#keep(id, loaded)
    } catch (error) {
      this.#log.error({ err: error }, 'the curves could not be read together')
    }
  }

  /** Takes every session of a snapshot in. A snapshot that saw no sessions changes nothing. */
  observe(snapshot: NodeSnapshot): void {
    const { nodeId, sessions } = snapshot
    if (sessions.freshness === 'unknown') return
    // A quick look keeps the sessions of an earlier one: they were counted when they were read.
    const readAt = sessions.observedAt
    const known = this.#curvesOf(nodeId)
    const before = known.size
    const limit = Math.max(LEAST_POINTS, Math.min(MOST_POINTS, POINTS_OF_FLEET / (this.#sessions + 1)))
    for (const session of followed(sessions.value)) {
      const curve = known.get(session.key) ?? new Curve()
      if (curve.observe(session, readAt, limit)) this.#changed.set(keyOf(nodeId, session.key), curve)
      known.set(session.key, curve)
    }
    for (const [key, curve] of known) if (readAt - curve.seenAt > FORGET_AFTER_MS) this.#drop(nodeId, key)
    if (known.size > SESSIONS_PER_NODE) this.#dropLongestUnseen(nodeId, known)
    this.#sessions += known.size - before
  }

  /**
   * Writes what has changed, in slices, when the last save is old enough or `now` is set. Never rejects: what could
   * not be written is written later.
   */
  async save(now = false): Promise<void> {
    if (!now && this.#clock.monotonic() - this.#savedAt < SAVE_EVERY_MS) return
    this.#savedAt = this.#clock.monotonic()
    const changed = [...this.#changed]
    this.#changed.clear()
    try {
      await inSlices(this.#store, changed, (tx, [key, curve]) => {
        if (curve === null) tx.delete(curves, key)
        else tx.put(curves, key, curve.packed())
      })
    } catch (error) {
      for (const [key, curve] of changed) if (!this.#changed.has(key)) this.#changed.set(key, curve)
      this.#log.error({ err: error }, 'the curves could not be saved; it is tried again')
    }
  }

  /** Holds the curves of a node no longer; what of them was not written yet is. Who asks for them reads them again. */
  forget(nodeId: string): void {
    this.#sessions -= this.#nodes.get(nodeId)?.size ?? 0
    this.#nodes.delete(nodeId)
  }

  #curvesOf(nodeId: string): Map<string, Curve> {
    const known = this.#nodes.get(nodeId)
    if (known) return known
    const loaded = new Map<string, Curve>()
    try {
      const prefix = keyOf(nodeId, '')
      const limit = SESSIONS_PER_NODE
      for (const { key, value } of this.#store.readNow((reads) => reads.list(curves, { prefix, limit })))
        loaded.set(key.slice(prefix.length), new Curve(value))
    } catch (error) {
      this.#log.error({ err: error, node: nodeId }, 'the curves of a node could not be read')
    }
    return this.#keep(nodeId, loaded)
  }

  #keep(nodeId: string, loaded: Map<string, Curve>): Map<string, Curve> {
    this.#nodes.set(nodeId, loaded)
    this.#sessions += loaded.size
    return loaded
  }

  #drop(nodeId: string, sessionKey: string): void {
    this.#nodes.get(nodeId)?.delete(sessionKey)
    this.#changed.set(keyOf(nodeId, sessionKey), null)
  }

  #dropLongestUnseen(nodeId: string, known: Map<string, Curve>): void {
    const byAge = [...known].sort(([, a], [, b]) => a.seenAt - b.seenAt)
    for (const [key] of byAge.slice(0, known.size - SESSIONS_PER_NODE)) this.#drop(nodeId, key)
  }
}

/** The sessions that get a curve. */
function followed(sessions: readonly SessionFacts[]): readonly SessionFacts[] {
  const used = sessions.filter(({ archived }) => !archived)
  if (used.length <= SESSIONS_PER_NODE) return used
  const fullness = ({ context }: SessionFacts) => context.used.value ?? -1
  return used.sort((a, b) => fullness(b) - fullness(a)).slice(0, SESSIONS_PER_NODE)
}

/** An id of a node holds no slash. */
function keyOf(nodeId: string, sessionKey: string): string {
  return `${nodeId}/${sessionKey}`
}
