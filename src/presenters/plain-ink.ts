import type { Locale } from '../base/locale.ts'
import { toLine } from '../text/plain-text.ts'
import type { TextStyle } from '../text/template.ts'
import { createWords, type Ink } from './ink.ts'

const LONGEST_VALUE = 2_000
const LONGEST_NAME = 80

/**
 * Writes plain text without colours, with the commands of the command line and with times told from now; one that is still
 * to come, such as an end, is told by date and clock.
 * @param now epoch ms by the clock of the program
 * @param command how a command is written, given its default path
 */
export function createPlainInk(
  locale: Locale,
  now: () => number,
  command: TextStyle['command'] = (path) => `ocm ${path}`,
): Ink {
  const remote = (text: string, max = LONGEST_VALUE) => toLine(text, max)
  const words = createWords(locale, { clean: (text) => remote(text), command })
  return {
    ...words,
    remote,
    code: remote,
    paint: (_tone, text) => text,
    time: (ms, style = 'R') =>
      style !== 'R' && ms > now()
        ? `${utc(ms).slice(style === 't' ? 11 : 0)} UTC`
        : words.t('cli.ago', { ms: Math.max(0, now() - ms) }),
    meter: (percent) => words.percent(percent),
    named({ id, name }) {
      const shown = remote(name, LONGEST_NAME)
      return name === id ? shown : `${shown} (${id})`
    },
  }
}

/** `2026-11-30 13:45`: whose zone the reader is in is not known here. */
function utc(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
