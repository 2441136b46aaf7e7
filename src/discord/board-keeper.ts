import type { Client } from 'discord.js'
import type { Locale } from '../base/locale.ts'
import type { Actor } from '../operations/access.ts'
import type { Board } from '../operations/board-record.ts'
import type { Context } from '../operations/context.ts'
import { overviewOf } from '../operations/overview.ts'
import { findPosted } from './alerts/find-posted.ts'
import {
  discordCode,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  TOO_MANY_OLD_EDITS,
  TOO_MANY_PINS,
  UNKNOWN_CHANNEL,
  UNKNOWN_MESSAGE,
} from './discord-errors.ts'
import type { CommandIds } from './ink.ts'
import { KeepingLoop } from './keeping-loop.ts'
import { deleteMessage, editMessage, postMessage, textChannel } from './message.ts'
import { createReader } from './reader.ts'
import { BOARD_MARKER, boardView } from './views/board.ts'

/** Between two edits; Discord takes about five calls in five seconds for a channel, and others need them too. */
const EDIT_GAP_MS = 5_000
/** A board on which nothing changed is edited this often, so that its age tells whether ocm runs. */
const RENEW_MS = 5 * 60_000
/** Older than this, nobody keeps it. */
const STALE_MS = 3 * RENEW_MS

/** In whose eyes the board is made: whoever asked for it may see the whole fleet. */
const READER: Actor = {
  face: 'monitor',
  id: 'board',
  name: 'board',
  grants: [{ level: 'viewer', tags: null }],
}

export interface BoardKeeperOptions {
  context: Context
  /** Where a board is that names no channel. */
  alertChannelId: string
  locale: Locale
  /** The live client; null while there is none. */
  client(): Client<true> | null
  commandIds(): CommandIds
}

/** Keeps one pinned message as the fleet is: edited on change, posted anew where it cannot be edited. */
export class BoardKeeper {
  readonly #options: BoardKeeperOptions
  readonly #loop: KeepingLoop
  /** What the message shows, without its age; null when that is not known. */
  #shown: string | null = null
  #editedAt = Number.NEGATIVE_INFINITY
  #failing = false

  constructor(options: BoardKeeperOptions) {
    this.#options = options
    const { clock, incidents, board } = options.context
    this.#loop = new KeepingLoop({
      clock,
      client: options.client,
      look: async (client) => {
        const wanted = board.get()
        if (wanted !== null) await this.#keep(client, wanted)
      },
      watch: () => [
        incidents.onChange(() => this.#loop.hurry()),
        board.onChange(() => {
          // Somebody asked for something: that is done now.
          this.#loop.unpause()
          this.#loop.hurry()
        }),
      ],
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Begins nothing more, and waits a little for what is under way. */
  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #keep(client: Client<true>, wanted: Board): Promise<void> {
    const { log } = this.#options.context
    try {
      if (wanted.leftover !== null) await this.#takeAway(client, wanted.leftover)
      else if (!wanted.on) {
        // What stopped by itself stays written down, so that whoever asks is told why.
        if (wanted.problem === null) await this.#options.context.board.forget()
      } else if (wanted.messageId === null) await this.#post(client, wanted)
      else {
        if (!wanted.pinned && wanted.problem === null) await this.#pin(client, wanted.messageId, wanted)
        await this.#edit(client, wanted.messageId, wanted)
      }
      if (this.#failing) log.info({}, 'the board is kept again')
      this.#failing = false
    } catch (error) {
      await this.#failed(wanted, error).catch((failure: unknown) => {
        log.error({ err: failure }, 'the state of the board could not be written down')
        this.#loop.pause()
      })
    }
  }

  async #card() {
    const { context, locale, commandIds } = this.#options
    const overview = await overviewOf(context, READER)
    const card = (at: number) =>
      boardView({ ...overview, at }, STALE_MS, createReader(locale, overview.at, commandIds()))
    // The times at which it was made and last confirmed move with every look, and are no change.
    const still = boardView({ ...overview, at: 0, seenSince: overview.seenSince && 0 }, STALE_MS, {
      ...createReader(locale, 0, commandIds()),
    })
    return { card: card(overview.at), text: JSON.stringify(still) }
  }

  async #post(client: Client<true>, wanted: Board): Promise<void> {
    const { context, alertChannelId } = this.#options
    const { board, clock } = context
    const channelId = wanted.channelId ?? alertChannelId
    this.#shown = null
    if (wanted.postingSince !== null) {
      const found = await findPosted(client, clock, channelId, BOARD_MARKER, wanted.postingSince)
      if (found !== null) return board.note({ messageId: found, postingSince: null })
    }
    const since = wanted.postingSince ?? clock.now()
    if (wanted.postingSince === null) await board.note({ postingSince: since })
    const { card, text } = await this.#card()
    const messageId = await postMessage(client, clock, channelId, card, `board.${since.toString(36)}`)
    await board.note({ messageId, postingSince: null, pinned: false, problem: null })
    this.#shown = text
    this.#editedAt = clock.monotonic()
    await this.#pin(client, messageId, wanted)
  }

  /** A board without a pin is a board still. */
  async #pin(client: Client<true>, messageId: string, { channelId }: Board): Promise<void> {
    const { context, alertChannelId } = this.#options
    const { board, clock, log } = context
    try {
      const channel = await textChannel(client, clock, channelId ?? alertChannelId)
      await channel.messages.pin(messageId)
      await board.note({ pinned: true, problem: null })
    } catch (error) {
      if (discordCode(error) === UNKNOWN_MESSAGE || discordCode(error) === UNKNOWN_CHANNEL) throw error
      log.warn({ err: error }, 'the board could not be pinned')
      await board.note({ problem: discordCode(error) === TOO_MANY_PINS ? 'pins-full' : 'not-pinned' })
    }
  }

  async #edit(client: Client<true>, messageId: string, wanted: Board): Promise<void> {
    const { context, alertChannelId } = this.#options
    const { clock } = context
    const age = clock.monotonic() - this.#editedAt
    if (age < EDIT_GAP_MS) return
    const { card, text } = await this.#card()
    if (text === this.#shown && age < RENEW_MS) return
    await editMessage(client, clock, { channelId: wanted.channelId ?? alertChannelId, messageId }, card)
    this.#shown = text
    this.#editedAt = clock.monotonic()
  }

  /** Removes the message of a board that is over, or of one that went elsewhere. */
  async #takeAway(client: Client<true>, leftover: NonNullable<Board['leftover']>): Promise<void> {
    const { context, alertChannelId } = this.#options
    const { channelId, messageId } = leftover
    try {
      await deleteMessage(client, context.clock, channelId ?? alertChannelId, messageId)
    } catch (error) {
      const code = discordCode(error) ?? 0
      // Where nothing can be done any more, nothing is left to do.
      if (![UNKNOWN_MESSAGE, UNKNOWN_CHANNEL, MISSING_ACCESS].includes(code)) throw error
    }
    await context.board.note({ leftover: null })
  }

  async #failed(wanted: Board, error: unknown): Promise<void> {
    const { board, log } = this.#options.context
    const code = discordCode(error)
    this.#shown = null
    if (code === UNKNOWN_MESSAGE && wanted.messageId !== null) {
      if (wanted.deleted) {
        log.warn({}, 'the board was deleted twice, so it is kept no more')
        return board.note({ on: false, messageId: null, problem: 'deleted' })
      }
      log.info({}, 'the board was deleted, it is posted once more')
      return board.note({ messageId: null, pinned: false, deleted: true })
    }
    if (code === TOO_MANY_OLD_EDITS && wanted.messageId !== null) {
      log.info({}, 'the board takes no more edits, it is posted anew')
      const { channelId, messageId } = wanted
      return board.note({ messageId: null, pinned: false, leftover: { channelId, messageId } })
    }
    if (code === UNKNOWN_CHANNEL) {
      log.warn({ channelId: wanted.channelId }, 'the channel of the board is gone, so it is kept no more')
      return board.note({ on: false, messageId: null, problem: 'channel-gone' })
    }
    if (!this.#failing) log.warn({ err: error }, 'the board could not be kept, trying again')
    this.#failing = true
    const isRefused = code === MISSING_ACCESS || code === MISSING_PERMISSIONS
    if (isRefused && wanted.problem !== 'not-allowed') await board.note({ problem: 'not-allowed' })
    this.#loop.pause()
  }
}
