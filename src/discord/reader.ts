import type { Locale } from '../base/locale.ts'
import { type CommandIds, createInk, createPlainInk, type DiscordInk } from './ink.ts'

/** For whom and when a view writes. */
export interface Reader {
  locale: Locale
  /** Epoch ms. */
  now: number
  ink: DiscordInk
  /** For the attached file. */
  plain: DiscordInk
}

/** A reader of one language at one moment. */
export function createReader(locale: Locale, now: number, commandIds: CommandIds): Reader {
  return { locale, now, ink: createInk(locale, commandIds), plain: createPlainInk(locale) }
}
