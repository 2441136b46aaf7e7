import type { Locale } from '../base/locale.ts'
import { CATALOGUE, type TextKey } from './catalogue.ts'
import { fillTemplate, type TextParams, type TextStyle } from './template.ts'

/** Values as they are and commands as they are typed in English. */
const PLAIN: TextStyle = { clean: (value) => value, command: (path) => `/${path}` }

/** A text of the catalogue with its values filled in. Pass a style where values or commands need treatment. */
export function translate(
  locale: Locale,
  key: TextKey,
  params: TextParams = {},
  style: TextStyle = PLAIN,
): string {
  const texts = CATALOGUE[locale]
  return fillTemplate(locale, texts[key], params, style, (other) => lookUp(texts, other))
}

/** Whether the catalogue has this key; codes that come from a node may not be in it. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(CATALOGUE.en, key)
}

function lookUp(texts: Readonly<Record<TextKey, string>>, key: string): string | undefined {
  return isTextKey(key) ? texts[key] : undefined
}
