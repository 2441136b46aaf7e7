import type { Locale } from '../base/locale.ts'
import type { Severity } from '../monitor/conditions.ts'
import type { Ink, Tone } from '../presenters/ink.ts'
import { createPlainInk } from '../presenters/plain-ink.ts'

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
  const plain = createPlainInk(locale, now)
  const paint: Paint = (tone, text) => {
    const [on, off] = CODES[tone]
    return colours && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text
  }
  return {
    ...plain,
    paint,
    meter: (percent, level) =>
      level === null
        ? plain.meter(percent, level)
        : paint(SEVERITY_TONES[level], plain.meter(percent, level)),
    now,
  }
}
