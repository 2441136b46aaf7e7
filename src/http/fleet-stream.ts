import { randomBytes } from 'node:crypto'
import { type SSEStreamingApi, streamSSE } from 'hono/streaming'
import { onAbort } from '../base/abort.ts'
import { OperatorError } from '../base/errors.ts'
import type { Actor } from '../operations/access.ts'
import { listIncidents } from '../operations/handle-incident.ts'
import { listNodes } from '../operations/list-nodes.ts'
import { runOperation } from '../operations/run-operation.ts'
import type { ApiParts } from './api.ts'
import type { Exchange } from './exchange.ts'
import type { View } from './feed-view.ts'
import { whoIs } from './sign-in.ts'

/** A stream that has nothing to tell says so, and looks whether its reader is still signed in. */
const QUIET_MS = 15_000
/** A stream that tells all the time looks no more often than this. */
const LOOK_EVERY_MS = 1_000
/** Who takes nothing for so long is no reader. */
const SLOW_MS = 30_000
const ENCODER = new TextEncoder()
/** Tells revisions of this process from those of another. */
const PROCESS = randomBytes(4).toString('hex')

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
  c.header('X-Accel-Buffering', 'no')
  return streamSSE(c, async (stream) => {
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
  readonly #stream: SSEStreamingApi
  #wake = () => {}
  #changed = false
  /** What the reader had when it came. */
  #lastEventId: string

  constructor(parts: Parts, c: Exchange, stream: SSEStreamingApi) {
    this.#parts = parts
    this.#c = c
    this.#stream = stream
    this.#lastEventId = c.req.header('last-event-id') ?? ''
  }

  async read(first: Actor): Promise<void> {
    const { feed, closing } = this.#parts
    const notify = () => {
      this.#changed = true
      this.#wake()
    }
    const stops = [feed.onChange(notify), onAbort(closing, notify)]
    this.#stream.onAbort(notify)
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
      let told = looked
      while (this.#goesOn()) {
        this.#changed = false
        if (clock.monotonic() - looked >= LOOK_EVERY_MS) {
          looked = clock.monotonic()
          const now = await this.#renewed(actor)
          if (now === null || JSON.stringify(now.grants) !== JSON.stringify(actor.grants)) return now
        }
        const revision = feed.revision()
        const text = revision > seen ? this.#news(view, actor, seen, revision) : ''
        seen = revision
        if (text === null) return actor
        if (text !== '') await this.#write(text)
        else if (clock.monotonic() - told >= QUIET_MS) await this.#write(this.#event('alive', '{}'))
        else {
          await this.#pause(QUIET_MS - (clock.monotonic() - told))
          continue
        }
        told = clock.monotonic()
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
    const data = `{"me":${me},"fleet":${fleet},"incidents":${incidents},"runs":${runs}}`
    await this.#write(this.#event('hello', data, revision))
    return revision
  }

  /** What is different since a revision; null when that is no longer known. */
  #news(view: View, actor: Actor, from: number, revision: number): string | null {
    const runs = this.#parts.feed.runsSince(actor, from)
    if (runs === null || !view.knows(from)) return null
    const { fleet, incidents } = view.since(from)
    const events: [name: string, data: string][] = []
    if (fleet !== null) events.push(['fleet', fleet])
    if (incidents !== null) events.push(['incidents', incidents])
    for (const news of runs) events.push(['run', JSON.stringify(news)])
    // Only who has all of it has the revision.
    return events
      .map(([name, data], index) =>
        this.#event(name, data, index === events.length - 1 ? revision : undefined),
      )
      .join('')
  }

  /** Every event says what time it is here: the clock of a reader may be wrong. */
  #event(name: string, data: string, revision?: number): string {
    const time = JSON.stringify({ serverTime: new Date(this.#parts.context.clock.now()).toISOString() })
    const body = data === '{}' ? time : `${time.slice(0, -1)},${data.slice(1)}`
    return `event: ${name}\n${revision === undefined ? '' : `id: ${PROCESS}.${revision}\n`}data: ${body}\n\n`
  }

  /** The actor as they may read now; null when that is nothing any more, and the stream says so. */
  async #renewed(actor: Actor): Promise<Actor | null> {
    try {
      const now = await this.#parts.guard.renew(actor)
      if (now === null) await this.#write(this.#event('signed-out', '{}'))
      return now
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      // It is not known what they may read: the stream ends, and the next one is refused for as long as that is so.
      return null
    }
  }

  /** Resolves once the reader has room for more; ends the connection of one that takes nothing. */
  async #write(text: string): Promise<void> {
    const grace = new AbortController()
    const slow = this.#parts.context.clock.sleep(SLOW_MS, grace.signal).then(
      () => true,
      () => false,
    )
    const written = this.#stream.write(ENCODER.encode(text)).then(() => false)
    const stalled = await Promise.race([written, slow])
    grace.abort()
    if (!stalled) return
    this.#c.env.incoming.socket.destroy()
    this.#stream.abort()
  }

  async #pause(ms: number): Promise<void> {
    const quiet = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
      if (this.#changed) resolve()
    })
    const slept = this.#parts.context.clock.sleep(Math.max(0, ms), quiet.signal).catch(() => undefined)
    await Promise.race([woken, slept])
    quiet.abort()
  }
}
