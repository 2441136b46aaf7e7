import { OperatorError } from '../base/errors.ts'
import { LOCALES } from '../base/locale.ts'
import type { PlainKey } from '../text/params.ts'
import { translate } from '../text/translate.ts'
import type { DiscordInk } from './ink.ts'

/** Where a name ends; the wide colon is what a Japanese or Chinese keyboard writes. */
const COLON = /[:\uFF1A]/

/**
 * What an input of several lines shows before it is filled in: a name on each line, with what is known already behind
 * it. A form has five inputs at most.
 * @param names texts that are names of options
 * @param given values by the English names
 */
export function linesShown(
  names: readonly PlainKey[],
  given: Readonly<Record<string, string | number | boolean | undefined>>,
  ink: DiscordInk,
): string {
  return names.map((name) => `${ink.t(name)}: ${given[translate('en', name)] ?? ''}`).join('\n')
}

/**
 * What was filled in, by the English names; a value that was left empty is left out. A name may be of any language.
 * @param field how the input is called, for the refusal
 * @throws OperatorError invalid-input
 */
export function linesRead(names: readonly PlainKey[], text: string, field: string): Record<string, string> {
  const read: Record<string, string> = {}
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const at = line.search(COLON)
    const said = line.slice(0, Math.max(at, 0)).trim().toLowerCase()
    const name = names.find((one) => LOCALES.some((locale) => translate(locale, one).toLowerCase() === said))
    if (name === undefined)
      throw new OperatorError('invalid-input', {
        field,
        given: line.trim().slice(0, 64),
        problem: 'form-line',
      })
    const value = line.slice(at + 1).trim()
    if (value !== '') read[translate('en', name)] = value
  }
  return read
}
