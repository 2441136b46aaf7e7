import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { joined } from '../base/abort.ts'
import { Turns } from '../base/turns.ts'
import type { Actor } from '../operations/access.ts'
import type { Context } from '../operations/context.ts'
import { incidentsFor } from '../operations/handle-incident.ts'
import { rememberedRow } from '../operations/list-nodes.ts'
import type { NodeRow } from '../operations/node-row.ts'
import type { Store } from '../store/store.ts'
import { followRuns, maySeeRun, type RunFollower, type RunNews } from './feed-runs.ts'
import { type RowChange, View } from './feed-view.ts'
import { curveOf } from './row-curve.ts'

/** Readers are told no more often than this: what changes meanwhile is told together. What comes after a pause waits for nothing. */
const GATHER_MS = 50
/** What only the clock changes, such as the age of a row, is looked for this often. */
const TICK_MS = 5_000
/** News of runs that are kept for who comes back late. */
const MOST_RUN_NEWS = 200

/** The fleet as it moves: made once for each kind of rights, and only while somebody reads. */
export interface Feed {
  /** What somebody with these rights sees, until `leave`. */
  enter(actor: Actor): Promise<{ view: View; leave(): void }>
  /** Grows with every change. */
  revision(): number
  /** Changes that go on and that the actor may know of. */
  running(actor: Actor): RunNews[]
  /** Those that began or ended after a revision; null when that is no longer known. */
  runsSince(actor: Actor, revision: number): RunNews[] | null
  /** Calls back after every change. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
  /** Follows no more. */
  close(): Promise<void>
}

/** The feed of a context; nothing is followed before the first reader comes, or after the last has left. */
export function createFeed(options: { context: Context; store: Store }): Feed {
  return new Board(options.context, options.store)
}

/** What is followed while somebody reads. */
interface Following {
  over: AbortController
  /** Resolves when everything was read once. */
  ready: Promise<void>
}

class Board implements Feed {
  readonly #context: Context
  readonly #store: Store
  readonly #views = new Map<string, View>()
  readonly #listeners = new Set<() => void>()
  readonly #rows = new Map<string, { row: NodeRow; json: string; node: NodeRecord }>()
  readonly #runNews: { revision: number; news: RunNews }[] = []
  #revision = 0
  #forgotRuns = 0
  #runs: RunFollower | null = null
  #following: Following | null = null
  /** Resolves when nothing is followed any more. */
  #ended: Promise<void> = Promise.resolve()
  /** What has to be looked at; null is every node. */
  #dirty: Set<string> | null = null
  #incidentsMoved = false
  #fresh: RunNews[] = []
  #wake = () => {}

  constructor(context: Context, store: Store) {
    this.#context = context
    this.#store = store
  }

  revision(): number {
    return this.#revision
  }

  async enter(actor: Actor): Promise<{ view: View; leave(): void }> {
    let following: Following
    do {
      following = this.#following ??= this.#follow()
      await following.ready
      // The last reader may have left meanwhile, and with them everything that was followed.
    } while (this.#following !== following)
    const key = JSON.stringify(actor.grants)
    const view = this.#views.get(key) ?? this.#open(key, actor)
    view.readers += 1
    let left = false
    return {
      view,
      leave: () => {
        if (left) return
        left = true
        view.readers -= 1
        if (view.readers === 0) this.#views.delete(key)
        if (this.#views.size === 0) void this.close()
      },
    }
  }

  running(actor: Actor): RunNews[] {
    const nodes = this.#context.registry.list()
    return (this.#runs?.running() ?? []).filter((news) => maySeeRun(actor, news, nodes))
  }

  runsSince(actor: Actor, revision: number): RunNews[] | null {
    if (revision < this.#forgotRuns) return null
    const since = this.#runNews.filter((one) => one.revision > revision)
    if (since.length === 0) return []
    const nodes = this.#context.registry.list()
    return since.flatMap(({ news }) => (maySeeRun(actor, news, nodes) ? [news] : []))
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#following?.over.abort()
    this.#following = null
    await this.#ended
  }

  #open(key: string, actor: Actor): View {
    const view = new View(actor, this.#revision)
    const all = [...this.#rows].map(([id, { node, json }]) => ({ id, node, json }))
    view.takeRows(all, this.#revision)
    view.takeTotals(this.#nodes(), this.#revision)
    view.takeIncidents(this.#incidentsOf(actor), this.#revision)
    this.#views.set(key, view)
    return view
  }

  #follow(): Following {
    const over = new AbortController()
    const begun = this.#ended.then(() => this.#begin(over.signal))
    const following = { over, ready: begun.then(() => undefined) }
    this.#ended = begun
      .then((stop) => this.#loop(over.signal).finally(stop))
      .catch((error: unknown) => {
        if (this.#following === following) this.#following = null
        this.#context.log.error({ err: error }, 'the fleet could not be followed')
      })
    return following
  }

  /** Subscribes to everything that moves a row, and reads all once. Returns the end of it. */
  async #begin(signal: AbortSignal): Promise<() => void> {
    const { registry, snapshots, incidents, backups, log } = this.#context
    await backups.book.prepare()
    const touch = (nodeId?: string) => {
      if (nodeId === undefined) this.#dirty = null
      else this.#dirty?.add(nodeId)
      this.#wake()
    }
    const stops = [
      registry.onChange(() => touch()),
      snapshots.onChange((nodeId) => touch(nodeId)),
      incidents.onChange((ids) => {
        this.#incidentsMoved = true
        for (const id of ids) this.#dirty?.add(incidents.get(id)?.subject.nodeId ?? '')
        this.#wake()
      }),
    ]
    const runs = await followRuns(this.#store, log, (news) => {
      this.#fresh.push(news)
      this.#wake()
    })
    this.#runs = runs
    this.#dirty = null
    await this.#update(signal)
    return () => {
      for (const stop of stops) stop()
      runs.close()
      this.#rows.clear()
      this.#wake = () => {}
    }
  }

  async #loop(signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    let updated = Number.NEGATIVE_INFINITY
    while (!signal.aborted) {
      const tick = new AbortController()
      const woken = new Promise<boolean>((resolve) => {
        this.#wake = () => resolve(true)
        if (this.#dirty === null || this.#dirty.size > 0 || this.#incidentsMoved || this.#fresh.length > 0)
          resolve(true)
      })
      const over = joined(signal, tick.signal)
      const slept = clock.sleep(TICK_MS, over.signal).then(
        () => false,
        () => false,
      )
      const moved = await Promise.race([woken, slept])
      tick.abort()
      over.leave()
      if (signal.aborted) return
      const early = updated + GATHER_MS - clock.monotonic()
      if (moved && early > 0) await clock.sleep(early, signal).catch(() => undefined)
      else if (!moved) this.#dirty = null
      await this.#update(signal)
      updated = clock.monotonic()
    }
  }

  /** Makes what has changed anew, gives it to every view, and tells those who read. */
  async #update(signal: AbortSignal): Promise<void> {
    const dirty = this.#dirty
    const incidentsMoved = this.#incidentsMoved || dirty === null
    this.#dirty = new Set()
    this.#incidentsMoved = false
    const changes = await this.#changes(dirty, signal)
    if (signal.aborted) return
    const fresh = this.#fresh.splice(0)
    const revision = this.#revision + 1
    let moved = changes.length + fresh.length > 0
    for (const view of this.#views.values()) {
      if (changes.length > 0) view.takeRows(changes, revision)
      if (dirty === null && view.takeTotals(this.#nodes(), revision)) moved = true
      if (incidentsMoved && view.takeIncidents(this.#incidentsOf(view.rights), revision)) moved = true
    }
    if (!moved) return
    this.#revision = revision
    for (const news of fresh) this.#runNews.push({ revision, news })
    for (const { revision: old } of this.#runNews.splice(0, this.#runNews.length - MOST_RUN_NEWS))
      this.#forgotRuns = old
    for (const listener of this.#listeners) listener()
  }

  /** The rows that are different, in slices: a whole fleet is no work for one turn. */
  async #changes(dirty: ReadonlySet<string> | null, signal: AbortSignal): Promise<RowChange[]> {
    const nodes = this.#nodes()
    const changes: RowChange[] = []
    const present = new Set<string>()
    const turns = new Turns()
    for (const node of nodes) {
      if (node.state === 'retired') continue
      present.add(node.id)
      if (dirty !== null && !dirty.has(node.id)) continue
      const change = this.#changeOf(node)
      if (change) changes.push(change)
      if (!turns.isDue()) continue
      await turns.give()
      if (signal.aborted) return []
    }
    for (const id of this.#rows.keys()) {
      if (present.has(id)) continue
      this.#rows.delete(id)
      changes.push({ id, node: null, json: null })
    }
    return changes
  }

  #changeOf(node: NodeRecord): RowChange | null {
    const { id } = node
    const known = this.#rows.get(id)
    const row = rememberedRow(this.#context, node, { now: this.#context.clock.now(), pending: false })
    if (known?.row === row) return null
    const json = JSON.stringify({ ...row, curve: curveOf(this.#context, row) })
    this.#rows.set(id, { row, json, node })
    return known?.json === json ? null : { id, node, json }
  }

  #nodes(): NodeRecord[] {
    const now = this.#context.clock.now()
    return this.#context.registry.list().map((node) => recordAt(node, now))
  }

  #incidentsOf(actor: Actor): string {
    return JSON.stringify(incidentsFor(this.#context, actor, false))
  }
}
