import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Card } from './card.ts'
import { discordCode } from './discord-errors.ts'

/** Ways to write one message. Each rejects with what discord.js throws. */
export interface MessagePort {
  /** By the interaction's token, which lives for 15 minutes. */
  editByToken(card: Card): Promise<void>
  /** By the bot's own right; null for a message that only one person sees. */
  editByBot: ((card: Card) => Promise<void>) | null
  /** Sends a new message, which the edits then go to; null where that would show something private. */
  postAnew: ((card: Card) => Promise<void>) | null
}

/** A message that shows progress: told often, edited seldom, and never left at an older state. */
export interface LiveMessage {
  /** Shows this card soon, unless a newer one comes first: then it is not even made. */
  show(make: () => Card): void
  /** Shows the last card now. Resolves when it is there, or when it is certain that it cannot be. */
  finish(card: Card): Promise<void>
}

/** Discord limits edits to about five in five seconds a channel; people observe throttling well before. */
const QUICK_INTERVAL_MS = 2_000
const SLOW_INTERVAL_MS = 15_000
const SLOW_AFTER_MS = 60_000
/** The token dies after 15 minutes; a minute is kept for slow calls. */
const TOKEN_LIFE_MS = 14 * 60_000

const UNKNOWN_MESSAGE = 10_008
const TOO_MANY_EDITS_OF_AN_OLD_MESSAGE = 30_046
/** Unknown interaction or webhook, invalid webhook token: the token is no good, the message may be. */
const TOKEN_GONE: ReadonlySet<number> = new Set([10_062, 10_015, 50_027])

/** Starts a live message over one that is already there (or about to be, after a deferred answer). */
export function createLiveMessage(options: { port: MessagePort; clock: Clock; log: Log }): LiveMessage {
  const { port, clock, log } = options
  const startedAt = clock.monotonic()
  const hurry = new AbortController()
  let shown = ''
  let waiting: (() => Card) | null = null
  let lastEditAt = Number.NEGATIVE_INFINITY
  let tokenGood = true
  let pumping: Promise<void> | null = null

  const interval = () =>
    clock.monotonic() - startedAt < SLOW_AFTER_MS ? QUICK_INTERVAL_MS : SLOW_INTERVAL_MS

  async function pump(): Promise<void> {
    while (waiting !== null) {
      const wait = lastEditAt + interval() - clock.monotonic()
      if (wait > 0 && !hurry.signal.aborted) await clock.sleep(wait, hurry.signal).catch(() => undefined)
      const make: (() => Card) | null = waiting
      waiting = null
      if (make !== null) await write(make)
    }
  }

  async function write(make: () => Card): Promise<void> {
    try {
      const card = make()
      const text = JSON.stringify(card)
      if (text === shown) return
      lastEditAt = clock.monotonic()
      await send(card)
      shown = text
    } catch (error) {
      log.warn({ err: error }, 'a message could not be updated')
    }
  }

  async function send(card: Card): Promise<void> {
    const aged = clock.monotonic() - startedAt >= TOKEN_LIFE_MS
    if (port.editByBot === null || (tokenGood && !aged)) return sendByToken(card, port.editByBot)
    await port.editByBot(card).catch((error: unknown) => {
      const code = discordCode(error)
      if (code !== UNKNOWN_MESSAGE && code !== TOO_MANY_EDITS_OF_AN_OLD_MESSAGE) throw error
      return repost(card, error)
    })
  }

  async function sendByToken(card: Card, editByBot: MessagePort['editByBot']): Promise<void> {
    try {
      await port.editByToken(card)
    } catch (error) {
      const code = discordCode(error) ?? 0
      const lost = TOKEN_GONE.has(code)
      if (!lost && code !== UNKNOWN_MESSAGE && code !== TOO_MANY_EDITS_OF_AN_OLD_MESSAGE) throw error
      if (lost) tokenGood = false
      if (lost && editByBot) return send(card)
      await repost(card, error)
    }
  }

  /** A new message in place of one that can no longer be changed; impossible where it would show something private. */
  async function repost(card: Card, why: unknown): Promise<void> {
    if (!port.postAnew) throw why
    await port.postAnew(card)
    tokenGood = false
  }

  function start(): Promise<void> {
    pumping ??= pump().finally(() => {
      pumping = null
    })
    return pumping
  }

  return {
    show(make) {
      if (hurry.signal.aborted) return
      waiting = make
      void start()
    },
    async finish(card) {
      hurry.abort()
      waiting = () => card
      await start()
      // A pump that was already past its last look would leave the card behind.
      if (waiting !== null) await start()
    },
  }
}
