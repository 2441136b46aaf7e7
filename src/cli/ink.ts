import type { Locale } from '../base/locale.ts'
import type { Severity } from '../monitor/conditions.ts'
import { createWords, type Ink, type Tone } from '../presenters/ink.ts'
import { toLine } from '../text/plain-text.ts'

const LONGEST_VALUE = 2_000
const LONGEST_NAME = 80

/** Colours a text, or leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string

const CODES: Record<Tone, readonly [number, number]> = {
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
}

/** The colour of a level that the rules give. */
export const SEVERITY_TONES: Record<Severity, Tone> = {
  critical: 'bad',
  warning: 'warning',
  notice: 'strong',
}

/** Writes for one stream in one language. */
export interface TerminalInk extends Ink {
  readonly paint: Paint
  /** Epoch ms. */
  now(): number
}

/** @param now epoch ms by the clock of the program */
export function createInk(locale: Locale, colours: boolean, now: () => number): TerminalInk {
  const remote = (text: string, max = LONGEST_VALUE) => toLine(text, max)
  const words = createWords(locale, { clean: (text) => remote(text), command: (path) => `ocm ${path}` })
  const paint: Paint = (tone, text) => {
    const [on, off] = CODES[tone]
    return colours && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }
  return {
    ...words,
    remote,
    code: remote,
    paint,
    time: (ms) => words.t('cli.ago', { ms: Math.max(0, now() - ms) }),
    meter: (percent, level) => {
      const text = words.percent(percent)
      return level === null ? text : paint(SEVERITY_TONES[level], text)
    },
    named({ id, name }) {
      const shown = remote(name, LONGEST_NAME)
      return name === id ? shown : `${shown} (${id})`
    },
    now,
  }
}
