import type { Locale } from '../base/locale.ts'
import { CATALOGUE } from './catalogue.ts'
import type { CodedKey, ParamsAfter, PlainKey, TextKey } from './params.ts'
import { fillTemplate, needsValues, type TextParams, type TextStyle, type Values } from './template.ts'

/** Values as they are and commands as they are typed in English. */
const PLAIN: TextStyle = { clean: (value) => value, command: (path) => `/${path}` }

/** A text of the catalogue with its values filled in, for where no value or command needs treatment. */
export function translate<Key extends TextKey>(
  locale: Locale,
  key: Key,
  ...[params]: ParamsAfter<Key>
): string {
  return write(locale, key, (params ?? {}) as Values, PLAIN)
}

/** A text whose values came with its code. One that is missing is left out with its part, or shown as `?`. */
export function translateCoded(locale: Locale, key: CodedKey, params: TextParams = {}): string {
  return write(locale, key, params, PLAIN)
}

/** A text in the manner of a face. Which values fit which key is checked by the faces' inks. */
export function write(locale: Locale, key: TextKey, values: Values, style: TextStyle): string {
  const texts = CATALOGUE[locale]
  const lookup = (other: string) => (isTextKey(other) ? texts[other] : undefined)
  // The types rule it out; whoever runs a program that was not type-checked hears which text it is.
  const template: string | undefined = texts[key]
  if (template === undefined) throw new Error(`there is no text “${key}” in ${locale}`)
  return fillTemplate(template, { locale, values, style, lookup })
}

/** Whether the catalogue has this key; codes that come from a node may not be in it. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(CATALOGUE.en, key)
}

/** Whether the catalogue has this key and its text needs no value. */
export function isPlainKey(key: string): key is PlainKey {
  return isTextKey(key) && !needsValues(CATALOGUE.en[key])
}
