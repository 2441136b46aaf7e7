/** What the page knows: the rows of the fleet, what is open, and how long ago the server last told of it. */
import { Refused } from './api.js'

/** After so much silence the page asks by itself whether the server is still there. */
const QUIET_MS = 30_000
const CURVE_POINTS = 24

/**
 * @param {{api: object, clock: {tell(time: unknown): void}, runs: {news(id?: string): void}, signedOut(): void,
 *   renewed(me: object): boolean}} parts `renewed` hears who reads, and says whether the page begins anew for that
 */
export function createModel({ api, clock, runs, signedOut, renewed }) {
  const rows = new Map()
  const listeners = new Set()
  const model = {
    rows,
    incidents: [],
    /** Whether the fleet was read at all. */
    loaded: false,
    /** The last refusal of a reading; null when it went well. */
    refused: null,
    connected: false,
    /** Milliseconds of a clock that only grows; null before the server told anything. */
    toldAt: null,
    /** Milliseconds since the server last told anything. */
    silentFor: () => (model.toldAt === null ? null : performance.now() - model.toldAt),
    /** Calls back with the ids of changed rows, or null when all may have. Returns the unsubscribe. */
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    refresh,
    start,
    stop,
  }
  let stream = null
  let watch = null

  function tell(changed) {
    for (const listener of listeners) listener(changed)
  }

  function heard(time) {
    model.toldAt = performance.now()
    if (time !== undefined) clock.tell(time)
  }

  /** Makes what the page knows exactly this. */
  async function takeAll(list, incidents, hasRetired) {
    const retired = hasRetired ? (await api.retired()).data.rows : []
    const all = [...list, ...retired]
    const present = new Set(all.map(({ id }) => id))
    for (const id of rows.keys()) if (!present.has(id)) rows.delete(id)
    takeRows(rows, all)
    model.incidents = incidents
    model.loaded = true
    model.refused = null
    tell(null)
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

  function start() {
    stop()
    stream = new EventSource('/api/ocm/stream')
    stream.addEventListener('open', () => {
      model.connected = true
      heard()
      tell([])
    })
    on('hello', ({ me, fleet, incidents }) => {
      if (me && renewed(me)) return
      void attempt(() => takeAll(fleet.rows, incidents.incidents, fleet.retired > 0))
      runs.news()
    })
    on('fleet', ({ rows: list, removed }) => {
      for (const id of removed) rows.delete(id)
      const changed = takeRows(rows, list)
      tell(removed.length > 0 ? null : changed)
    })
    on('incidents', ({ incidents }) => {
      model.incidents = incidents
      tell([])
    })
    on('run', ({ operationId }) => runs.news(operationId))
    on('alive', () => tell([]))
    on('signed-out', () => signedOut())
    stream.addEventListener('error', () => {
      model.connected = false
      tell([])
      if (!model.loaded) void refresh()
    })
    watch = setInterval(() => void lookAfter(), QUIET_MS / 3)
  }

  function on(name, take) {
    stream.addEventListener(name, (event) => {
      const data = parsed(event.data)
      model.connected = true
      heard(data.serverTime)
      take(data)
    })
  }

  /** A stream can be dead without saying so, and a browser gives one up that was refused. */
  async function lookAfter() {
    if ((model.silentFor() ?? QUIET_MS) < QUIET_MS) return
    try {
      const me = await api.me()
      heard(me.serverTime)
      if (stream === null || stream.readyState === EventSource.CLOSED) {
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

/** Takes rows in, and returns the ids of those that are different. */
function takeRows(rows, list) {
  const changed = []
  for (const row of list) {
    const text = JSON.stringify(row)
    const known = rows.get(row.id)
    if (known?.text === text) continue
    rows.set(row.id, { row, text, curve: curveOf(row, known?.curve ?? []) })
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

/** The percentages of a curve, oldest first. */
export function percentsOf(curve) {
  return curve.map((point) => (typeof point === 'number' ? point : point.percent))
}
