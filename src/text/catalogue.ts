import type { Locale } from '../base/locale.ts'
import { en } from './en/index.ts'
import { ja } from './ja/index.ts'
import type { TextKey, Unfit } from './params.ts'
import { zhCn } from './zh-cn/index.ts'

/**
 * Every text in every language. A key that is missing in one of them does not compile. `scripts/build.ts` has another module in
 * the place of this one, which reads no more of a language than is asked for.
 */
export const CATALOGUE: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = {
  en,
  ja,
  'zh-CN': zhCn,
}

/** A text in a language, or undefined: codes that come from a node may not be in the catalogue. */
export function textOf(locale: Locale, key: string): string | undefined {
  return Object.hasOwn(CATALOGUE[locale], key) ? CATALOGUE[locale][key as TextKey] : undefined
}

/** The other languages take values of the English text only; what does not is named by the compiler. */
type Nothing<Keys extends never> = Keys
export type Translated = Nothing<Unfit<typeof ja> | Unfit<typeof zhCn>>
