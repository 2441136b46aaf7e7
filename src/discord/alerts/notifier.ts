import type { Client } from 'discord.js'
import { joined } from '../../base/abort.ts'
import type { Locale } from '../../base/locale.ts'
import { type ChannelDeliveries, nothingDelivered } from '../../incidents/deliveries.ts'
import type { Incident } from '../../incidents/incident.ts'
import type { Notifier } from '../../incidents/notifier.ts'
import type { Context } from '../../operations/context.ts'
import type { Card } from '../card.ts'
import {
  discordCode,
  INVALID_FORM,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  TOO_MANY_OLD_EDITS,
  UNKNOWN_CHANNEL,
  UNKNOWN_MESSAGE,
} from '../discord-errors.ts'
import type { CommandIds } from '../ink.ts'
import { deleteMessage } from '../message.ts'
import { createReader } from '../reader.ts'
import { type AlertDesk, type AlertTarget, alertCard, editAlert, postAlert } from './delivery.ts'
import { nextStep, noProgress, type Progress, type Step, storyOf } from './next-step.ts'
import { openThread, tellTimeline } from './thread.ts'

/** Looks this often for what changed without a notice, and for a bot that is back. */
const CHECK_MS = 5_000
const OFFLINE_CHECK_MS = 500
const STOP_GRACE_MS = 5_000
/** Messages under work at once; Discord takes about five calls in five seconds for a channel. */
const PARALLEL = 4
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** Refusals that a repetition cannot help until somebody changes something. */
const DEFINITE: ReadonlySet<number> = new Set([
  UNKNOWN_CHANNEL,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  INVALID_FORM,
])

export interface DiscordNotifierOptions {
  context: Context
  /** What this channel has shown. */
  deliveries: ChannelDeliveries
  /** Where alerts go. */
  channelId: string
  roleId: string | null
  locale: Locale
  /** The live client; null while there is none. */
  client(): Client<true> | null
  commandIds(): CommandIds
}

/**
 * Keeps the alert channel as the incidents are: one message for each incident and each digest, edited through its life.
 * What has to be sent is the difference between the two, so it needs no queue, and a crash loses none of it.
 */
export class DiscordNotifier implements Notifier {
  readonly #options: DiscordNotifierOptions
  readonly #ending = new AbortController()
  readonly #messages = new Map<string, Progress>()
  readonly #work = new Set<Promise<void>>()
  /** Whatever may be behind, by id; all else is as it should be. */
  readonly #pending = new Set<string>()
  #hurry = new AbortController()
  #running: Promise<void> | null = null
  #saidNoThreads = false

  constructor(options: DiscordNotifierOptions) {
    this.#options = options
  }

  /** Begins; what changed while nobody was there is sent first. */
  start(): void {
    this.#running ??= this.#run()
  }

  /** Whether nothing stands against telling: no message failed and has not been sent since. */
  isTelling(): boolean {
    return [...this.#messages.values()].every(({ failures }) => failures === 0)
  }

  /** Begins nothing more, and waits a little for what is under way. */
  async stop(): Promise<void> {
    this.#ending.abort()
    const grace = new AbortController()
    const { clock } = this.#options.context
    await Promise.race([
      Promise.allSettled([this.#running, ...this.#work]),
      clock.sleep(STOP_GRACE_MS, grace.signal).catch(() => undefined),
    ])
    grace.abort()
  }

  async #run(): Promise<void> {
    const { clock, incidents, log } = this.#options.context
    const unsubscribe = incidents.onChange((ids) => this.#lookAt(ids))
    const { incidents: own, digests } = incidents.posted()
    for (const { id } of [...own, ...digests]) this.#pending.add(id)
    for (const id of this.#options.deliveries.ids()) this.#pending.add(id)
    try {
      while (!this.#ending.signal.aborted) {
        this.#hurry = new AbortController()
        let pause = CHECK_MS
        try {
          pause = this.#launchDue()
        } catch (error) {
          log.error({ err: error }, 'alerts could not be looked through')
        }
        const woken = joined(this.#ending.signal, this.#hurry.signal)
        await clock.sleep(pause, woken.signal).catch(() => undefined)
        woken.leave()
      }
    } finally {
      unsubscribe()
    }
  }

  #lookAt(ids: ReadonlySet<string>): void {
    let concerned = false
    for (const id of ids) {
      if (!this.#targetOf(id) && !this.#messages.has(id)) continue
      this.#pending.add(id)
      concerned = true
    }
    if (concerned) this.#hurry.abort()
  }

  /** What has or should have a message under this id. */
  #targetOf(id: string): AlertTarget | null {
    const { incidents } = this.#options.context
    const incident = incidents.get(id)
    if (incident) return incident.place === 'own' ? { kind: 'incident', of: incident } : null
    const digest = incidents.digest(id)
    return digest === undefined ? null : { kind: 'digest', of: digest }
  }

  /** Starts work on every message that is behind and due. Returns how long nothing more is due. */
  #launchDue(): number {
    const client = this.#options.client()
    if (!client) return OFFLINE_CHECK_MS
    const { clock } = this.#options.context
    const at = { monotonic: clock.monotonic(), wall: clock.now() }
    let pause = CHECK_MS
    for (const id of [...this.#pending]) {
      const target = this.#targetOf(id)
      const progress = this.#progressOf(id)
      if (progress.busy) continue
      const next = target && nextStep(target, this.#options.deliveries.of(id), progress, at)
      if (target && next) {
        if (next.inMs > 0) pause = Math.min(pause, next.inMs)
        else if (this.#work.size < PARALLEL) this.#launch(target, next.step, progress, client)
        continue
      }
      this.#pending.delete(id)
      if (!target) this.#forget(id)
    }
    return pause
  }

  /** There is nothing left to show. */
  #forget(id: string): void {
    this.#messages.delete(id)
    const work = this.#options.deliveries
      .forget(id)
      .catch((error: unknown) =>
        this.#options.context.log.warn(
          { err: error, alert: id },
          'what was shown of an alert could not be forgotten',
        ),
      )
      .finally(() => this.#work.delete(work))
    this.#work.add(work)
  }

  #progressOf(id: string): Progress {
    const progress = this.#messages.get(id) ?? noProgress()
    this.#messages.set(id, progress)
    return progress
  }

  #launch(target: AlertTarget, step: Step, progress: Progress, client: Client<true>): void {
    progress.busy = true
    const work = this.#take(target, step, progress, client)
      .then(() => {
        progress.failures = 0
        progress.notBefore = 0
      })
      .catch((error: unknown) => this.#failed(target, progress, error))
      .finally(() => {
        progress.busy = false
        this.#work.delete(work)
        this.#hurry.abort()
      })
    this.#work.add(work)
  }

  async #take(target: AlertTarget, step: Step, progress: Progress, client: Client<true>): Promise<void> {
    const { context, deliveries, channelId, roleId, locale, commandIds } = this.#options
    const reader = createReader(locale, context.clock.now(), commandIds())
    const desk: AlertDesk = { context, deliveries, client, channelId, roleId, reader }
    if (step === 'tell' && target.kind === 'incident') return this.#tell(desk, target.of, progress)
    const story = storyOf(target)
    const card = alertCard(desk, target)
    const text = JSON.stringify(card)
    let shown = true
    if (step === 'post') shown = await this.#post(desk, target, card)
    else if (text === progress.shown)
      // The message shows all of this already.
      await deliveries.note(target.of.id, { revision: target.of.revision })
    else await editAlert(desk, target, card)
    progress.lastEditAt = context.clock.monotonic()
    progress.shown = shown ? text : ''
    progress.story = shown ? story : ''
  }

  async #post(desk: AlertDesk, target: AlertTarget, card: Card): Promise<boolean> {
    const { certain } = await postAlert(desk, target, card)
    if (target.kind === 'incident')
      // What is posted is posted; the thread is tried again with its first line.
      await openThread(desk, target.of).catch((error: unknown) =>
        desk.context.log.debug({ err: error, alert: target.of.id }, 'a thread could not be started yet'),
      )
    return certain
  }

  async #tell(desk: AlertDesk, incident: Incident, progress: Progress): Promise<void> {
    const { unsure } = progress
    progress.unsure = true
    const possible = await tellTimeline(desk, incident, unsure)
    progress.unsure = false
    if (possible || this.#saidNoThreads) return
    this.#saidNoThreads = true
    desk.context.log.warn(
      { channelId: desk.channelId },
      'the bot may not start threads here: incidents show without their timeline',
    )
  }

  async #failed(target: AlertTarget, progress: Progress, error: unknown): Promise<void> {
    const { context } = this.#options
    const { id } = target.of
    const code = discordCode(error)
    progress.failures += 1
    progress.shown = ''
    const growing = FIRST_PAUSE_MS * 2 ** Math.min(progress.failures - 1, 10)
    const pause = DEFINITE.has(code ?? 0) ? LONGEST_PAUSE_MS : Math.min(growing, LONGEST_PAUSE_MS)
    progress.notBefore = context.clock.monotonic() + pause
    if (code === UNKNOWN_MESSAGE) {
      progress.notBefore = 0
      context.log.info({ alert: id }, 'the message of an alert was deleted')
      await this.#takeLost(id).catch((failure: unknown) =>
        context.log.error({ err: failure, alert: id }, 'incidents not written'),
      )
      return
    }
    if (code === TOO_MANY_OLD_EDITS) {
      progress.notBefore = 0
      context.log.info({ alert: id }, 'an old message takes no more edits, posting the alert anew')
      await this.#postAnew(id).catch((failure: unknown) =>
        context.log.error({ err: failure, alert: id }, 'incidents not written'),
      )
      return
    }
    const facts = { err: error, alert: id, failures: progress.failures, pause }
    if (progress.failures === 1) context.log.warn(facts, 'an alert could not be sent, trying again')
    else context.log.debug(facts, 'an alert could still not be sent')
  }

  /** A message that was deleted by hand comes back once; deleted again, it is taken as a wish. */
  async #takeLost(id: string): Promise<void> {
    const { context, deliveries } = this.#options
    if (deliveries.of(id).deleted) {
      await context.incidents.apply({ kind: 'dropped', id })
      return
    }
    await this.#repost(id, true)
  }

  /** Puts a new message in the place of one that can no longer be changed, and takes that one away. */
  async #postAnew(id: string): Promise<void> {
    const { context, deliveries } = this.#options
    const { channelId, messageId, deleted } = deliveries.of(id)
    await this.#repost(id, deleted)
    const client = this.#options.client()
    if (client === null || messageId === null) return
    await deleteMessage(client, context.clock, channelId ?? this.#options.channelId, messageId).catch(
      (error: unknown) =>
        context.log.warn({ err: error, alert: id }, 'the former message of an alert is still there'),
    )
  }

  async #repost(id: string, deleted: boolean): Promise<void> {
    const { context, deliveries } = this.#options
    await deliveries.note(id, { ...nothingDelivered(), reposted: true, deleted })
    await context.incidents.apply({ kind: 'reposted', id })
  }
}
