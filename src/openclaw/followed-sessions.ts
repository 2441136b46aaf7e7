import { z } from 'zod'
import type { GatewayClient } from './gateway-client.ts'
import type { KnownModels } from './methods/models.ts'
import { MOST_SESSIONS } from './node-budget.ts'
import type { GatewayEvent } from './ports.ts'
import type { SessionFacts } from './snapshot.ts'

/** All sessions of a gateway as of one time. */
export interface KeptSessions {
  facts: readonly SessionFacts[]
  /** What they were judged by: other models or another default agent make other facts of the same rows. */
  known: KnownModels
  defaultAgent: string
}

/** What a reading of the moved sessions has to ask for, and what its answer is worth. */
export interface MovedQuestion {
  /** The parameter `activeMinutes` of `sessions.list`. */
  activeMinutes: number
  /** All sessions, when the answer covers everything that is known to have moved; else null. */
  complete(moved: readonly SessionFacts[]): SessionFacts[] | null
}

/** One reading under way. */
export interface FollowedReading {
  /** Null when all sessions have to be read. */
  moved: MovedQuestion | null
  /** Keeps what was read; with null nothing is known any more, and the next reading is a whole one. */
  end(kept: KeptSessions | null, whole: boolean): void
}

/**
 * A whole reading is made after so long in any case: what neither an event told nor a row's time (a store that was written
 * by another program) is seen by then.
 */
export const WHOLE_AGE_MS = 300_000

const MINUTE_MS = 60_000
const namedSchema = z.looseObject({ sessionKey: z.string().min(1).max(512) })

/**
 * The sessions of one connection whose gateway pushes `sessions.changed`. Between two whole readings it is asked for the
 * sessions that were active since the last one alone. The answer counts when it holds every session that an event named
 * and every one that was running: one that is missing was removed, or its row carries another time.
 */
export class FollowedSessions {
  #named = new Set<string>()
  /** An event that names no session, or more events than there may be sessions. */
  #lost = false
  #kept: (KeptSessions & { began: number; wholeAt: number }) | null = null
  #reading: object | null = null

  constructor(client: Pick<GatewayClient, 'overhear'>) {
    client.overhear((event) => this.#take(event))
  }

  /**
   * Begins a reading. Of two that overlap the later one is whole and counts.
   * @param now monotonic milliseconds
   * @param known null when what the sessions are judged by has to be read again too
   */
  begin(now: number, known: KnownModels | null, defaultAgent: string): FollowedReading {
    const kept = this.#kept
    const [named, lost, alone] = [this.#named, this.#lost, this.#reading === null]
    this.#named = new Set()
    this.#lost = false
    const ticket = {}
    this.#reading = ticket
    const usable =
      alone && !lost && kept !== null && kept.known === known && kept.defaultAgent === defaultAgent
    return {
      moved: usable && now - kept.wholeAt < WHOLE_AGE_MS ? questionOf(kept, named, now - kept.began) : null,
      end: (read, whole) => {
        if (this.#reading !== ticket) return
        this.#reading = null
        const wholeAt = whole ? now : (kept?.wholeAt ?? Number.NEGATIVE_INFINITY)
        this.#kept = read === null ? null : { ...read, began: now, wholeAt }
      },
    }
  }

  #take({ event, payload }: GatewayEvent): void {
    if (event !== 'sessions.changed') return
    const named = namedSchema.safeParse(payload)
    if (named.success && this.#named.size < MOST_SESSIONS) this.#named.add(named.data.sessionKey)
    else this.#lost = true
  }
}

/** The minutes are the gateway's own: a row's time and the end of the range are told by one clock. */
function questionOf(kept: KeptSessions, named: ReadonlySet<string>, sinceMs: number): MovedQuestion {
  const running = kept.facts.filter((session) => session.running === true).map(({ key }) => key)
  return {
    activeMinutes: Math.ceil(sinceMs / MINUTE_MS) + 1,
    complete(moved) {
      const read = new Set(moved.map(({ key }) => key))
      if (![...named, ...running].every((key) => read.has(key))) return null
      const all = [...moved, ...kept.facts.filter(({ key }) => !read.has(key))]
      return all.length > MOST_SESSIONS ? null : all
    },
  }
}
