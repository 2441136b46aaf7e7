import type { Client } from 'discord.js'
import { z } from 'zod'
import { localTime } from '../base/local-time.ts'
import type { Locale } from '../base/locale.ts'
import { backupDigestOf, isAllWell } from '../operations/backup-digest.ts'
import type { Context } from '../operations/context.ts'
import { defineCollection, type Store } from '../store/store.ts'
import { findPosted } from './alerts/find-posted.ts'
import type { CommandIds } from './ink.ts'
import { KeepingLoop } from './keeping-loop.ts'
import { postMessage } from './message.ts'
import { createReader } from './reader.ts'
import { backupDigestMarker, backupDigestView } from './views/backups.ts'

const DAY_MS = 24 * 3_600_000

/** Minute of the day at which it is told, as a clock in a time zone (IANA name) shows it. */
export interface DigestTime {
  minute: number
  zone: string
}

const toldSchema = z.strictObject({
  /** The last day that is told or needs no telling: `2026-11-29`. */
  day: z.string(),
  /** Epoch milliseconds at which a post for that day was begun whose answer was never seen; null otherwise. */
  postingSince: z.number().nullable(),
})
/** How far the digest has come. */
export type ToldDay = z.infer<typeof toldSchema>

/** What is remembered of it. */
export const toldDays = defineCollection({ name: 'backup-digest', schema: toldSchema })
const ONLY = 'channel'

/**
 * What is to be done at a moment: `begin` where nobody remembers a day, so that the first start and a new rule are not
 * told of in the middle of a day; `tell` this day, or go on with one whose post was cut off; otherwise nothing.
 * Pure. A day is told once whatever the clock does: an hour that is skipped or comes twice, a change of the zone.
 */
export function digestDue(
  last: ToldDay | null,
  now: number,
  { minute, zone }: DigestTime,
): { what: 'nothing' } | { what: 'begin' | 'tell' | 'go-on'; day: string } {
  const today = localTime(now, zone)
  const { day } = today
  if (last?.postingSince != null && last.day === day) return { what: 'go-on', day }
  if (today.minute < minute) return { what: 'nothing' }
  if (last === null) return { what: 'begin', day }
  // A day far ahead was written while the clock was wrong.
  const isAhead = Date.parse(last.day) - Date.parse(day) > DAY_MS
  return last.day >= day && !isAhead ? { what: 'nothing' } : { what: 'tell', day }
}

export interface BackupDigestKeeperOptions {
  context: Context
  store: Pick<Store, 'get' | 'put'>
  channelId: string
  at: DigestTime
  locale: Locale
  /** The live client; null while there is none. */
  client(): Client<true> | null
  commandIds(): CommandIds
}

/**
 * Tells the channel once a day how the backups stand. The day is written down before the post, so that a restart of the
 * program neither forgets nor repeats it; where no backups are asked for, nothing is told.
 */
export class BackupDigestKeeper {
  readonly #options: BackupDigestKeeperOptions
  readonly #loop: KeepingLoop

  constructor(options: BackupDigestKeeperOptions) {
    this.#options = options
    const { clock, log } = options.context
    this.#loop = new KeepingLoop({
      clock,
      client: options.client,
      look: (client) =>
        this.#look(client).catch((error: unknown) => {
          log.warn({ err: error }, 'the digest of backups could not be told, trying again')
          this.#loop.pause()
        }),
    })
  }

  start(): void {
    this.#loop.start()
  }

  /** Begins nothing more, and waits a little for what is under way. */
  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #look(client: Client<true>): Promise<void> {
    const { context, store, at, channelId, locale, commandIds } = this.#options
    const { clock, registry } = context
    const last = (await store.get(toldDays, ONLY)) ?? null
    const due = digestDue(last, clock.now(), at)
    if (due.what === 'nothing') return
    const { day } = due
    const done = () => store.put(toldDays, ONLY, { day, postingSince: null })
    const digest = due.what === 'begin' ? null : await backupDigestOf(context, registry.list())
    if (digest === null) return done()
    const since = (due.what === 'go-on' ? last?.postingSince : null) ?? clock.now()
    if (due.what === 'go-on') {
      const found = await findPosted(client, clock, channelId, backupDigestMarker(day), since)
      if (found !== null) return done()
    } else await store.put(toldDays, ONLY, { day, postingSince: since })
    const card = backupDigestView(digest, day, createReader(locale, digest.at, commandIds()))
    await postMessage(client, clock, channelId, card, `backups.${day}`, [], isAllWell(digest))
    await done()
  }
}
