import type { Locale } from '../base/locale.ts'
import { en } from './en/index.ts'
import { ja } from './ja/index.ts'
import { zhCn } from './zh-cn/index.ts'

/** One of the texts of ocm. */
export type TextKey = keyof typeof en

/** A text in English, letter by letter: what a command reads is checked against the names of its options. */
export type EnglishText<Key extends TextKey> = (typeof en)[Key]

/** Every text in every language. A key that is missing in one of them does not compile. */
export const CATALOGUE: Readonly<Record<Locale, Readonly<Record<TextKey, string>>>> = {
  en,
  ja,
  'zh-CN': zhCn,
}
