import { randomBytes } from 'node:crypto'
import { OVER, onAbort } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import type { Actor } from '../operations/access.ts'
import { listIncidents } from '../operations/handle-incident.ts'
import { listNodes } from '../operations/list-nodes.ts'
import { runOperation } from '../operations/run-operation.ts'
import type { ApiParts } from './api.ts'
import { type EventStream, streamEvents } from './event-stream.ts'
import { createEventWriter, type EventWriter } from './event-writer.ts'
import type { Exchange } from './exchange.ts'
import { members, type View } from './feed-view.ts'
import { takesGzip } from './gzip-pieces.ts'
import type { SharedPiece } from './pieces.ts'
import { whoIs } from './sign-in.ts'

/** A stream that has nothing to tell says so, and looks whether its reader is still signed in. */
const QUIET_MS = 15_000
/** A stream that tells all the time looks no more often than this. */
const LOOK_EVERY_MS = 1_000
/** Tells revisions of this process from those of another. */
const PROCESS = randomBytes(4).toString('hex')

/** An event by its name, and the members of its data. */
type News = [name: string, data: Iterable<string | SharedPiece>]

type Parts = Pick<ApiParts, 'context' | 'guard' | 'closing' | 'places' | 'feed' | 'version'>

/**
 * The fleet as server-sent events: `hello` with everything, then `fleet`, `incidents` and `run` with what is different,
 * and `alive` when nothing is. A reader that is slow gets fewer and larger events, and none is ever queued for it.
 * @throws OperatorError not-allowed, too-many-requests
 */
export async function streamFleet(parts: Parts, c: Exchange): Promise<Response> {
  const { context, places } = parts
  const actor = c.get('actor')
  // By the one door: the stream gives what these operations give, and the audit has who opened it.
  await runOperation(context, actor, listNodes, { live: false })
  await runOperation(context, actor, listIncidents, {})
  const leave = places.enter(actor.id)
  c.header('Vary', 'Accept-Encoding')
  if (takesGzip(c.req.header('accept-encoding'))) c.header('Content-Encoding', 'gzip')
  return streamEvents(c, context.log, async (stream) => {
    try {
      await new Reader(parts, c, stream).read(actor)
    } finally {
      leave()
    }
  })
}

/** One open stream. */
class Reader {
  readonly #parts: Parts
  readonly #c: Exchange
  readonly #stream: EventStream
  readonly #writer: EventWriter
  #wake = () => {}
  #changed = false
  /** When the reader was last told something, on a clock that only grows. */
  #told: number
  /** What the reader had when it came. */
  #lastEventId: string

  constructor(parts: Parts, c: Exchange, stream: EventStream) {
    this.#parts = parts
    this.#c = c
    this.#stream = stream
    this.#told = parts.context.clock.monotonic()
    const gzip = takesGzip(c.req.header('accept-encoding'))
    this.#writer = createEventWriter(parts.context.clock, stream, { gzip })
    this.#lastEventId = c.req.header('last-event-id') ?? ''
  }

  async read(first: Actor): Promise<void> {
    const { feed, closing } = this.#parts
    const notify = () => {
      this.#changed = true
      this.#wake()
    }
    const quiet = new AbortController()
    const stops = [feed.onChange(notify), onAbort(closing, notify), () => quiet.abort(OVER)]
    this.#stream.onAbort(notify)
    void this.#wakeWhenQuiet(notify, quiet.signal)
    let actor: Actor | null = first
    try {
      // Whose rights change begins anew, with what they see now.
      while (actor !== null && this.#goesOn()) actor = await this.#readAs(actor)
    } finally {
      for (const stop of stops) stop()
    }
  }

  /** Follows with these rights. Returns the actor once their rights are others; null when it is over. */
  async #readAs(actor: Actor): Promise<Actor | null> {
    const { feed, context } = this.#parts
    const { clock } = context
    const { view, leave } = await feed.enter(actor)
    try {
      let seen = this.#lastSeen(view, actor) ?? (await this.#hello(view, actor))
      let looked = clock.monotonic()
      this.#told = looked
      while (this.#goesOn()) {
        this.#changed = false
        if (clock.monotonic() - looked >= LOOK_EVERY_MS) {
          looked = clock.monotonic()
          const now = await this.#renewed(actor)
          if (now === null || JSON.stringify(now.grants) !== JSON.stringify(actor.grants)) return now
        }
        const revision = feed.revision()
        const events = revision > seen ? this.#news(view, actor, seen) : []
        seen = revision
        if (events === null) return actor
        await this.#tellAll(events, revision)
        const isQuiet = clock.monotonic() - this.#told >= QUIET_MS
        if (events.length === 0 && isQuiet) await this.#tell('alive')
        else if (events.length === 0) {
          await this.#pause()
          continue
        }
        this.#told = clock.monotonic()
      }
      return null
    } finally {
      leave()
    }
  }

  #goesOn(): boolean {
    return !this.#stream.aborted && !this.#parts.closing.aborted
  }

  /** The revision that the reader has, where what came after it is still known. */
  #lastSeen(view: View, actor: Actor): number | null {
    const [process, revision = ''] = this.#lastEventId.split('.')
    this.#lastEventId = ''
    if (process !== PROCESS || !/^\d{1,12}$/.test(revision)) return null
    const { feed } = this.#parts
    const seen = Number(revision)
    const known = view.knows(seen) && seen <= feed.revision() && feed.runsSince(actor, seen) !== null
    return known ? seen : null
  }

  async #hello(view: View, actor: Actor): Promise<number> {
    const { feed } = this.#parts
    const revision = feed.revision()
    const { fleet, incidents } = view.whole()
    const me = JSON.stringify(whoIs(this.#parts, this.#c, actor))
    const runs = JSON.stringify(feed.running(actor))
    function* data(): Iterable<string | SharedPiece> {
      yield `"me":${me},"fleet":{`
      yield* fleet
      yield '},"incidents":{'
      yield* incidents
      yield `},"runs":${runs}`
    }
    await this.#tell('hello', data(), revision)
    return revision
  }

  /** What is different since a revision, as events and the members of their data; null when that is no longer known. */
  #news(view: View, actor: Actor, from: number): readonly News[] | null {
    const runs = this.#parts.feed.runsSince(actor, from)
    if (runs === null || !view.knows(from)) return null
    const { fleet, incidents } = view.since(from)
    const events: News[] = []
    if (fleet !== null) events.push(['fleet', fleet])
    if (incidents !== null) events.push(['incidents', incidents])
    for (const news of runs) events.push(['run', [members(JSON.stringify(news))]])
    return events
  }

  /** Only who has all of it has the revision. */
  async #tellAll(events: readonly News[], revision: number): Promise<void> {
    for (const [index, [name, data]] of events.entries())
      await this.#tell(name, data, index === events.length - 1 ? revision : undefined)
  }

  /** Every event says what time it is here: the clock of a reader may be wrong. */
  #tell(name: string, data: Iterable<string | SharedPiece> = [], revision?: number): Promise<void> {
    const now = JSON.stringify(new Date(this.#parts.context.clock.now()).toISOString())
    function* whole(): Iterable<string | SharedPiece> {
      yield `{"serverTime":${now}`
      let first = true
      for (const part of data) {
        if (first) yield ','
        yield part
        first = false
      }
      yield '}'
    }
    const id = revision === undefined ? undefined : `${PROCESS}.${revision}`
    return this.#writer.write({ name, data: whole(), id })
  }

  /** The actor as they may read now; null when that is nothing any more, and the stream says so. */
  async #renewed(actor: Actor): Promise<Actor | null> {
    try {
      const now = await this.#parts.guard.renew(actor)
      if (now === null) await this.#tell('signed-out')
      return now
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      // It is not known what they may read: the stream ends, and the next one is refused for as long as that is so.
      return null
    }
  }

  async #pause(): Promise<void> {
    if (this.#changed) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  /** One timer for as long as the stream is open: changes come often, and to begin a timer for each costs more than to tell it. */
  async #wakeWhenQuiet(wake: () => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts.context
    try {
      for (;;) {
        const left = this.#told + QUIET_MS - clock.monotonic()
        if (left <= 0) wake()
        await clock.sleep(left > 0 ? left : QUIET_MS, signal)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}
