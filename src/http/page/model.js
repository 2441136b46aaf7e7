/** What the page knows: the rows of the fleet, what is open, and how long ago the server last told of it. */
import { Refused } from './api.js'
import { openStream } from './stream.js'

/** After so much silence the page asks by itself whether the server is still there. */
const QUIET_MS = 30_000
const CURVE_POINTS = 24

/**
 * @param {{api: object, clock: {tell(time: unknown): void}, runs: {news(id?: string): void}, stream: object | null,
 *   signedOut(): void, renewed(me: object): boolean}} parts `stream` is open already; `renewed` hears who reads, and says
 *   whether the page begins anew for that
 */
export function createModel({ api, clock, runs, stream: first, signedOut, renewed }) {
  const rows = new Map()
  const { tell, subscribe } = createNews()
  const model = {
    rows,
    incidents: [],
    /** Whether the fleet was read at all. */
    loaded: false,
    /** Whether the retired nodes were, too. */
    whole: false,
    /** The last refusal of a reading; null when it went well. */
    refused: null,
    connected: false,
    /** Milliseconds of a clock that only grows; null before the server told anything. */
    toldAt: null,
    /** Milliseconds since the server last told anything. */
    silentFor: () => (model.toldAt === null ? null : performance.now() - model.toldAt),
    subscribe,
    refresh,
    start,
    stop,
  }
  let stream = first
  let watch = null

  function heard(time) {
    model.toldAt = performance.now()
    if (time !== undefined) clock.tell(time)
  }

  /** Makes what the page knows exactly this. Retired nodes come behind: nobody waits for them. */
  async function takeAll(list, incidents, hasRetired) {
    keepOnly(list, ({ recordState }) => hasRetired && recordState === 'retired')
    takeRows(rows, list)
    model.incidents = incidents
    model.loaded = true
    model.refused = null
    model.whole ||= !hasRetired
    tell(null)
    if (!hasRetired) return
    const retired = (await api.retired()).data.rows
    keepOnly(retired, ({ recordState }) => recordState !== 'retired')
    takeRows(rows, retired)
    model.whole = true
    tell(null)
  }

  function keepOnly(list, also) {
    const present = new Set(list.map(({ id }) => id))
    for (const [id, { row }] of rows) if (!present.has(id) && !also(row)) rows.delete(id)
  }

  /** Reads everything by asking, for as long as no stream tells it. */
  async function refresh() {
    await attempt(async () => {
      const [nodes, incidents] = await Promise.all([api.nodes(), api.read('list-incidents', {})])
      heard()
      await takeAll(nodes.data.rows, incidents.data.incidents, nodes.data.retired > 0)
    })
  }

  async function attempt(work) {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      model.refused = error
      if (error.status === 0) model.connected = false
      tell([])
    }
  }

  /** What the stream tells, by the names of its events. */
  const events = {
    open: () => tell([]),
    hello({ me, fleet, incidents }) {
      if (me && renewed(me)) return
      void attempt(() => takeAll(fleet.rows, incidents.incidents, fleet.retired > 0))
      runs.news()
    },
    fleet({ rows: list, removed }) {
      for (const id of removed) rows.delete(id)
      const changed = takeRows(rows, list)
      tell(removed.length > 0 ? null : changed)
    },
    incidents({ incidents }) {
      model.incidents = incidents
      tell([])
    },
    run: ({ operationId }) => runs.news(operationId),
    alive: () => tell([]),
    'signed-out': () => signedOut(),
  }

  function start() {
    stream ??= openStream()
    stream.hear((name, event) => {
      if (name === 'error') return lost()
      const data = name === 'open' ? {} : parsed(event.data)
      model.connected = true
      heard(data.serverTime)
      events[name](data)
    })
    watch = setInterval(() => void lookAfter(), QUIET_MS / 3)
  }

  function lost() {
    model.connected = false
    tell([])
    if (!model.loaded) void refresh()
  }

  /** A stream can be dead without saying so, and a browser gives one up that was refused. */
  async function lookAfter() {
    if ((model.silentFor() ?? QUIET_MS) < QUIET_MS) return
    try {
      const me = await api.me()
      heard(me.serverTime)
      if (stream === null || stream.isOver()) {
        stop()
        start()
        await refresh()
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      model.connected = false
    }
    tell([])
  }

  function stop() {
    stream?.close()
    stream = null
    clearInterval(watch)
  }
  return model
}

/** What comes before the next picture is told together, and to a page that nobody sees when it is seen. */
function createNews() {
  const listeners = new Set()
  /** Ids of changed rows, null when all may have changed; false when there is nothing to tell. */
  let untold = false
  function tellNow() {
    const changed = untold
    untold = false
    for (const listener of listeners) listener(changed)
  }
  return {
    tell(changed) {
      if (untold === false) requestAnimationFrame(tellNow)
      if (changed === null || untold === null) untold = null
      else untold = untold === false ? changed : [...untold, ...changed]
    },
    /** Calls back with the ids of changed rows, or null when all may have. Returns the unsubscribe. */
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Takes rows in, and returns the ids of those that are different. */
function takeRows(rows, list) {
  const changed = []
  for (const row of list) {
    const known = rows.get(row.id)
    if (known && JSON.stringify(known.row) === JSON.stringify(row)) continue
    rows.set(row.id, { row, curve: curveOf(row, known?.curve ?? []) })
    changed.push(row.id)
  }
  return changed
}

function parsed(text) {
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** The curve of the fullest session: what the server has of it, or what this page has seen of it. */
function curveOf(row, before) {
  if (Array.isArray(row.curve)) return row.curve.filter((value) => typeof value === 'number')
  if (typeof before[0] === 'number') return before
  const { value, observedAt } = row.fullest
  if (value === null) return before
  const last = before.at(-1)
  if (last?.at === observedAt && last.key === value.sessionKey) return before
  const kept = last?.key === value.sessionKey ? before : []
  return [...kept, { at: observedAt, key: value.sessionKey, percent: value.usablePercent }].slice(
    -CURVE_POINTS,
  )
}

/** The tags of these entries of the model, each once and in order. */
export function tagsOf(entries) {
  return [...new Set(entries.flatMap(({ row }) => row.tags))].sort()
}

/** The percentages of a curve, oldest first. */
export function percentsOf(curve) {
  return curve.map((point) => (typeof point === 'number' ? point : point.percent))
}
