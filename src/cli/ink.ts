import type { Locale } from '../base/locale.ts'
import { createWords, type Words } from '../presenters/ink.ts'
import { formatDuration, formatNumber, formatPercent } from '../text/format.ts'
import { toLine } from '../text/plain-text.ts'

const LONGEST_VALUE = 2_000

/** What a colour stands for. */
export type Tone = 'good' | 'warning' | 'bad' | 'dim' | 'strong'

/** Colours a text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string

const CODES: Record<Tone, readonly [number, number]> = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
}

/** Writes for one stream in one language. */
export interface Ink extends Words {
  /** Remote text, harmless and on one line. */
  plain(text: string, max?: number): string
  readonly paint: Paint
  number(value: number, digits?: number): string
  percent(value: number): string
  /** Milliseconds. */
  duration(ms: number): string
  /** Epoch ms. */
  now(): number
  /** A moment, epoch ms, as its distance from now. */
  ago(ms: number): string
}

/** @param now epoch ms by the clock of the program */
export function createInk(locale: Locale, colours: boolean, now: () => number): Ink {
  const plain = (text: string, max = LONGEST_VALUE) => toLine(text, max)
  const words = createWords(locale, { clean: (text) => plain(text), command: (path) => `ocm ${path}` })
  return {
    ...words,
    plain,
    paint(tone, text) {
      const [on, off] = CODES[tone]
      return colours && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
    },
    number: (value, digits = 0) => formatNumber(locale, value, digits),
    percent: (value) => formatPercent(locale, value),
    duration: (ms) => formatDuration(locale, ms),
    now,
    ago: (ms) => words.t('cli.ago', { ms: Math.max(0, now() - ms) }),
  }
}

/** Joins what is there with the sign used between facts. */
export function dotted(parts: readonly (string | null | undefined | false)[]): string {
  return parts.filter(Boolean).join(' · ')
}
