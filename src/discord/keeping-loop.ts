import type { Client } from 'discord.js'
import { joined } from '../base/abort.ts'
import type { Clock } from '../base/clock.ts'

/** Looks this often for what changed without a notice. */
const CHECK_MS = 5_000
const OFFLINE_CHECK_MS = 500
const FAILED_PAUSE_MS = 60_000
const STOP_GRACE_MS = 5_000

export interface KeepingLoopOptions {
  clock: Clock
  /** The live client; null while there is none. */
  client(): Client<true> | null
  /** Brings what is shown to what is; must not throw. */
  look(client: Client<true>): Promise<void>
  /** Subscribes to what changes; the loop is hurried by it. Returns what ends each subscription. */
  watch?(): (() => void)[]
}

/** Looks again and again, while there is a client, at what the bot keeps in a channel. */
export class KeepingLoop {
  readonly #options: KeepingLoopOptions
  readonly #ending = new AbortController()
  #hurry = new AbortController()
  #running: Promise<void> | null = null
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(options: KeepingLoopOptions) {
    this.#options = options
  }

  /** Whether it was stopped. */
  get isEnding(): boolean {
    return this.#ending.signal.aborted
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Looks at once, or right after the look under way. */
  hurry(): void {
    this.#hurry.abort()
  }

  /** Does not look for a minute: the last time failed. */
  pause(): void {
    this.#notBefore = this.#options.clock.monotonic() + FAILED_PAUSE_MS
  }

  /** Ends a pause. */
  unpause(): void {
    this.#notBefore = Number.NEGATIVE_INFINITY
  }

  /** Begins nothing more, and waits a little for what is under way. */
  async stop(): Promise<void> {
    this.#ending.abort()
    const grace = new AbortController()
    const wait = this.#options.clock.sleep(STOP_GRACE_MS, grace.signal).catch(() => undefined)
    await Promise.race([this.#running, wait])
    grace.abort()
  }

  async #run(): Promise<void> {
    const { clock, client: live, look, watch } = this.#options
    const unsubscribes = watch?.() ?? []
    while (!this.isEnding) {
      this.#hurry = new AbortController()
      const client = live()
      if (client !== null && clock.monotonic() >= this.#notBefore) await look(client)
      const woken = joined(this.#ending.signal, this.#hurry.signal)
      await clock.sleep(client === null ? OFFLINE_CHECK_MS : CHECK_MS, woken.signal).catch(() => undefined)
      woken.leave()
    }
    for (const unsubscribe of unsubscribes) unsubscribe()
  }
}
