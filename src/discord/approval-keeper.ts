import type { Client } from 'discord.js'
import { z } from 'zod'
import type { Locale } from '../base/locale.ts'
import type { Context } from '../operations/context.ts'
import { type ApprovalView, viewOf } from '../operations/decide-approval.ts'
import { type Mirror, openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'
import { findPosted } from './alerts/find-posted.ts'
import { discordCode, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE } from './discord-errors.ts'
import type { CommandIds } from './ink.ts'
import { KeepingLoop } from './keeping-loop.ts'
import { editMessage, postMessage } from './message.ts'
import { createReader, type Reader } from './reader.ts'
import { approvalMarker, approvalView, emergencyMarker, emergencyView } from './views/approval.ts'

/** Looks this often for what changed without a notice, such as a request that ran out. */
const DAY_MS = 24 * 3_600_000
/** An emergency is told also when the bot comes back this late. */
const EMERGENCY_MS = 30 * DAY_MS

const postSchema = z.strictObject({
  messageId: z.string().nullable(),
  /** Epoch milliseconds at which a post was begun whose answer was never seen. */
  postingSince: z.number().nullable(),
  /** What it shows: a state, or the emergency. */
  shown: z.string().nullable(),
})
type Post = z.infer<typeof postSchema>

const posts = defineCollection({
  name: 'discord-approval',
  schema: postSchema,
  keep: { forMs: EMERGENCY_MS, records: 10_000 },
})

export interface ApprovalKeeperOptions {
  context: Context
  store: Store
  /** Where requests are posted. */
  channelId: string
  /** Who is called in an emergency; null calls nobody. */
  roleId: string | null
  locale: Locale
  /** The live client; null while there is none. */
  client(): Client<true> | null
  commandIds(): CommandIds
}

/**
 * Shows requests for approval in a channel, from whichever face they came, and what became of them. What has to be shown
 * is the difference between a request and what is remembered of its message, so a stop forgets and repeats nothing.
 */
export class ApprovalKeeper {
  readonly #options: ApprovalKeeperOptions
  readonly #posts: Mirror<Post>
  readonly #loop: KeepingLoop

  private constructor(options: ApprovalKeeperOptions, kept: Mirror<Post>) {
    this.#options = options
    this.#posts = kept
    const { clock, approvals } = options.context
    this.#loop = new KeepingLoop({
      clock,
      client: options.client,
      look: (client) => this.#showAll(client),
      watch: () => [approvals.onChange(() => this.#loop.hurry())],
    })
  }

  /** @throws what the store throws */
  static async open(options: ApprovalKeeperOptions): Promise<ApprovalKeeper> {
    return new ApprovalKeeper(options, await openMirror(options.store, posts))
  }

  start(): void {
    this.#loop.start()
  }

  /** Begins nothing more, and waits a little for what is under way. */
  async stop(): Promise<void> {
    await this.#loop.stop()
    this.#posts.close()
  }

  async #showAll(client: Client<true>): Promise<void> {
    const { approvals, clock, log } = this.#options.context
    for (const request of approvals.list().reverse()) {
      if (this.#loop.isEnding) return
      const view = viewOf(request, clock.now())
      try {
        await this.#showEmergency(client, view)
        await this.#showRequest(client, view)
      } catch (error) {
        log.warn(
          { err: error, request: request.id },
          'a request for approval could not be shown, trying again',
        )
        this.#loop.pause()
        return
      }
    }
  }

  #reader(): Reader {
    const { context, locale, commandIds } = this.#options
    return createReader(locale, context.clock.now(), commandIds())
  }

  async #showRequest(client: Client<true>, view: ApprovalView): Promise<void> {
    const { channelId, context } = this.#options
    const known = this.#posts.get(view.id)
    const isOver = view.state !== 'open' && view.state !== 'approved'
    if (known?.shown === view.state || (isOver && !known?.messageId)) return
    if (!known?.messageId) return this.#post(client, view, view.id, approvalMarker(view.id))
    try {
      const card = approvalView(view, this.#reader())
      await editMessage(client, context.clock, { channelId, messageId: known.messageId }, card)
    } catch (error) {
      const code = discordCode(error)
      // Somebody took it away: nothing is left to be kept true.
      if (code !== UNKNOWN_MESSAGE && code !== UNKNOWN_CHANNEL) throw error
    }
    await this.#note(view.id, { ...known, shown: view.state })
  }

  async #showEmergency(client: Client<true>, view: ApprovalView): Promise<void> {
    const { decided, id } = view
    const key = `${id} emergency`
    if (decided === null || decided.emergency === null || this.#posts.get(key)?.messageId) return
    if (this.#options.context.clock.now() - decided.at > EMERGENCY_MS) return
    await this.#post(client, view, key, emergencyMarker(id))
  }

  async #post(client: Client<true>, view: ApprovalView, key: string, marker: string): Promise<void> {
    const { channelId, context, roleId } = this.#options
    const { clock } = context
    const isEmergency = key !== view.id
    const shown = isEmergency ? 'emergency' : view.state
    const since = this.#posts.get(key)?.postingSince ?? null
    if (since !== null) {
      const found = await findPosted(client, clock, channelId, marker, since)
      if (found !== null) return this.#note(key, { messageId: found, postingSince: null, shown: 'open' })
    }
    const postingSince = since ?? clock.now()
    if (since === null) await this.#note(key, { messageId: null, postingSince, shown: null })
    const reader = this.#reader()
    const card = isEmergency ? emergencyView(view, reader, roleId) : approvalView(view, reader)
    const roles = isEmergency && roleId !== null ? [roleId] : []
    const nonce = `${isEmergency ? 'emg' : 'apr'}.${view.id}`
    const messageId = await postMessage(client, clock, channelId, card, nonce, roles)
    await this.#note(key, { messageId, postingSince: null, shown })
  }

  #note(key: string, post: Post): Promise<void> {
    return this.#options.store.put(posts, key, post)
  }
}
