import type { Client } from 'discord.js'
import type { Locale } from '../../base/locale.ts'
import type { Incident } from '../../incidents/incident.ts'
import type { Context } from '../../operations/context.ts'
import {
  discordCode,
  INVALID_FORM,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  UNKNOWN_CHANNEL,
  UNKNOWN_MESSAGE,
} from '../discord-errors.ts'
import type { CommandIds } from '../ink.ts'
import { createReader } from '../reader.ts'
import { type AlertDesk, type AlertTarget, alertCard, editAlert, postAlert } from './delivery.ts'
import { tellTimeline } from './thread.ts'

/** Looks this often for what changed without a notice, and for a bot that is back. */
const CHECK_MS = 5_000
const OFFLINE_CHECK_MS = 500
const STOP_GRACE_MS = 5_000
/** Messages under work at once; Discord takes about five calls in five seconds for a channel. */
const PARALLEL = 4
/** A message is edited at most this often, and when only its figures moved, more seldom. */
const EDIT_EVERY_MS = 2_000
const FIGURES_EVERY_MS = 5_000
const OLD_FIGURES_EVERY_MS = 60_000
const OLD_AFTER_MS = 30 * 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** Refusals that a repetition cannot help until somebody changes something. */
const DEFINITE: ReadonlySet<number> = new Set([
  UNKNOWN_CHANNEL,
  MISSING_ACCESS,
  MISSING_PERMISSIONS,
  INVALID_FORM,
])

export interface NotifierOptions {
  context: Context
  /** Where alerts go. */
  channelId: string
  roleId: string | null
  locale: Locale
  /** The live client; null while there is none. */
  client(): Client<true> | null
  commandIds(): CommandIds
}

/** What is known of one message in this process only. Times are monotonic. */
interface Progress {
  busy: boolean
  failures: number
  notBefore: number
  lastEditAt: number
  /** The card as it was last sent. */
  shown: string
  /** What decided about the last edit besides figures. */
  story: string
  /** A line may be in the thread without our knowing. */
  unsure: boolean
}

type Step = 'post' | 'edit' | 'tell'

/**
 * Keeps the alert channel as the incidents are: one message for each incident and each digest, edited through its life.
 * What has to be sent is the difference between the two, so it needs no queue, and a crash loses none of it.
 */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #ending = new AbortController()
  readonly #messages = new Map<string, Progress>()
  readonly #work = new Set<Promise<void>>()
  #hurry = new AbortController()
  #running: Promise<void> | null = null
  #saidNoThreads = false

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** Begins; what changed while nobody was there is sent first. */
  start(): void {
    this.#running ??= this.#run()
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
    const unsubscribe = incidents.onChange(() => this.#hurry.abort())
    try {
      while (!this.#ending.signal.aborted) {
        this.#hurry = new AbortController()
        let pause = CHECK_MS
        try {
          pause = this.#launchDue()
        } catch (error) {
          log.error({ err: error }, 'alerts could not be looked through')
        }
        const signal = AbortSignal.any([this.#ending.signal, this.#hurry.signal])
        await clock.sleep(pause, signal).catch(() => undefined)
      }
    } finally {
      unsubscribe()
    }
  }

  /** Starts work on every message that is behind and due. Returns how long nothing more is due. */
  #launchDue(): number {
    const client = this.#options.client()
    if (!client) return OFFLINE_CHECK_MS
    const targets = targetsOf(this.#options.context)
    for (const id of this.#messages.keys()) if (!targets.has(id)) this.#messages.delete(id)
    let pause = CHECK_MS
    for (const target of targets.values()) {
      const progress = this.#progressOf(target)
      if (progress.busy) continue
      const next = this.#nextStep(target, progress)
      if (!next) continue
      if (next.inMs > 0) pause = Math.min(pause, next.inMs)
      else if (this.#work.size < PARALLEL) this.#launch(target, next.step, progress, client)
    }
    return pause
  }

  #progressOf({ of: { id } }: AlertTarget): Progress {
    const known = this.#messages.get(id)
    if (known) return known
    const started: Progress = {
      busy: false,
      failures: 0,
      notBefore: 0,
      lastEditAt: Number.NEGATIVE_INFINITY,
      shown: '',
      story: '',
      unsure: true,
    }
    this.#messages.set(id, started)
    return started
  }

  /** What a message lacks and when that may be sent; null when it is as it should be. */
  #nextStep(target: AlertTarget, progress: Progress): { step: Step; inMs: number } | null {
    const { clock } = this.#options.context
    const now = clock.monotonic()
    const inMs = (at: number) => Math.max(0, Math.max(at, progress.notBefore) - now)
    const { delivery, revision } = target.of
    if (delivery.messageId === null) return { step: 'post', inMs: inMs(0) }
    const behind = delivery.revision < revision
    const figuresOnly = progress.story === storyOf(this.#options.context, target)
    const old = clock.now() - target.of.openedAt > OLD_AFTER_MS
    const every = figuresOnly ? (old ? OLD_FIGURES_EVERY_MS : FIGURES_EVERY_MS) : EDIT_EVERY_MS
    const edit = { step: 'edit' as const, inMs: inMs(progress.lastEditAt + every) }
    if (behind && edit.inMs === 0) return edit
    if (target.kind === 'incident' && delivery.timeline < target.of.timeline.length)
      return { step: 'tell', inMs: inMs(0) }
    return behind ? edit : null
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
    const { context, channelId, roleId, locale, commandIds } = this.#options
    const reader = createReader(locale, context.clock.now(), commandIds())
    const desk: AlertDesk = { context, client, channelId, roleId, reader }
    if (step === 'tell' && target.kind === 'incident') return this.#tell(desk, target.of, progress)
    const story = storyOf(context, target)
    const card = alertCard(desk, target)
    const text = JSON.stringify(card)
    let shown = true
    if (step === 'post') shown = await postAlert(desk, target, card)
    else if (text === progress.shown) await this.#asShown(target)
    else await editAlert(desk, target, card)
    progress.lastEditAt = context.clock.monotonic()
    progress.shown = shown ? text : ''
    progress.story = shown ? story : ''
  }

  /** The message shows all of this already. */
  async #asShown({ of: { id, revision } }: AlertTarget): Promise<void> {
    await this.#options.context.incidents.apply({ kind: 'delivered', id, delivery: { revision } })
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
      await context.incidents
        .apply({ kind: 'message-gone', id })
        .catch((failure: unknown) => context.log.error({ err: failure, alert: id }, 'incidents not written'))
      return
    }
    const facts = { err: error, alert: id, failures: progress.failures, pause }
    if (progress.failures === 1) context.log.warn(facts, 'an alert could not be sent, trying again')
    else context.log.debug(facts, 'an alert could still not be sent')
  }
}

/** Everything that has or should have a message, by id. */
function targetsOf({ incidents }: Context): Map<string, AlertTarget> {
  const { incidents: all, digests } = incidents.state()
  return new Map<string, AlertTarget>([
    ...all
      .filter(({ place }) => place === 'own')
      .map((of): [string, AlertTarget] => [of.id, { kind: 'incident', of }]),
    ...digests.map((of): [string, AlertTarget] => [of.id, { kind: 'digest', of }]),
  ])
}

/** What makes an edit urgent: a change that people or rules made, not a figure that moved. */
function storyOf({ incidents }: Context, target: AlertTarget): string {
  if (target.kind === 'incident') {
    const { state, level, timeline } = target.of
    return [state, level, timeline.length, timeline.at(-1)?.at].join(' ')
  }
  const members = incidents.state().incidents.filter(({ id }) => target.of.members.includes(id))
  return members.map(({ id, state, level }) => `${id} ${state} ${level}`).join('\n')
}
