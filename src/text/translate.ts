import type { Locale } from '../base/locale.ts'
import { textOf } from './catalogue.ts'
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
  const lookup = (other: string) => textOf(locale, other)
  // The types rule it out; whoever runs a program that was not type-checked hears which text it is.
  const template = textOf(locale, key)
  if (template === undefined) throw new Error(`there is no text “${key}” in ${locale}`)
  return fillTemplate(template, { locale, values, style, lookup })
}

/** Whether the catalogue has this key; codes that come from a node may not be in it. */
export function isTextKey(key: string): key is TextKey {
  return textOf('en', key) !== undefined
}

/** Whether the catalogue has this key and its text needs no value. */
export function isPlainKey(key: string): key is PlainKey {
  const text = textOf('en', key)
  return text !== undefined && !needsValues(text)
}
