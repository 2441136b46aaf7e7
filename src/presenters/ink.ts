import type { Locale } from '../base/locale.ts'
import type { Severity } from '../monitor/conditions.ts'
import { formatDuration, formatNumber, formatPercent } from '../text/format.ts'
import type { CodedKey, ParamsAfter, ParamsOf, TextKey } from '../text/params.ts'
import type { TextParams, TextStyle, Values } from '../text/template.ts'
import { write } from '../text/translate.ts'

/** Names of the values of a text that may be strings. */
type MarkedFor<Key extends TextKey> = {
  readonly [Name in keyof ParamsOf<Key>]?: string extends ParamsOf<Key>[Name] ? string : never
}

/**
 * A text of the catalogue. Values are treated as remote text; `marked` are values that this ink has written and that
 * go in as they are. A value that is missing, wrong or not in the text does not compile.
 */
export interface Say {
  <Key extends TextKey>(key: Key, ...params: ParamsAfter<Key>): string
  <Key extends TextKey, Marked extends MarkedFor<Key>>(
    key: Key,
    params: Omit<ParamsOf<Key>, keyof Marked>,
    marked: Marked & { readonly [Other in Exclude<keyof Marked, keyof ParamsOf<Key>>]: never },
  ): string
}

/** The words of one reader in the manner of one face. */
export interface Words {
  readonly locale: Locale
  t: Say
  /** A text whose values came with its code, for example those of an error. */
  coded(key: CodedKey, params?: TextParams): string
  number(value: number, digits?: number): string
  percent(value: number): string
  /** Milliseconds. */
  duration(ms: number): string
}

/** What a piece of text stands for; a face may colour it. */
export type Tone = 'good' | 'warning' | 'bad' | 'dim' | 'strong'

/** Writes what is told in the manner of one face: whatever it returns is ready to be shown there. */
export interface Ink extends Words {
  /** Remote text, harmless and on one line. */
  remote(text: string, max?: number): string
  /** Remote text that is a name to machines: an id, a path, a key. */
  code(text: string, max?: number): string
  /** Colours what this ink has written, where the face has colours for words. */
  paint(tone: Tone, marked: string): string
  /** A moment, epoch ms: relative ("3 minutes ago"), in full, or only the time of day, where the face tells them apart. */
  time(ms: number, style?: 'R' | 'f' | 't'): string
  /** A share of 0 to 100 per cent, with a sign of the level that the rules give it. */
  meter(percent: number, level: Severity | null): string
  /** A name, and the id behind it when it differs. */
  named(node: { id: string; name: string }): string
}

/** Words for where no value and no command needs treatment. */
export function plainWords(locale: Locale): Words {
  return createWords(locale, { clean: (value) => value, command: (path) => `/${path}` })
}

/** Words whose values and commands are written in `style`. */
export function createWords(locale: Locale, style: TextStyle): Words {
  // The overloads of Say are for its callers: whatever they pass are values.
  const t = (key: TextKey, params: TextParams = {}, marked: Readonly<Record<string, string>> = {}) => {
    const values: Record<string, Values[string]> = { ...params }
    for (const [name, written] of Object.entries(marked)) values[name] = { written }
    return write(locale, key, values, style)
  }
  return {
    locale,
    t: t as Say,
    coded: (key, params = {}) => write(locale, key, params, style),
    number: (value, digits = 0) => formatNumber(locale, value, digits),
    percent: (value) => formatPercent(locale, value),
    duration: (ms) => formatDuration(locale, ms),
  }
}
