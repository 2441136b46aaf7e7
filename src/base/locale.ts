/** The languages of ocm; English is the source. */
export const LOCALES = ['en', 'ja', 'zh-CN'] as const
export type Locale = (typeof LOCALES)[number]

/** Regions and script of Traditional Chinese. */
const TRADITIONAL: ReadonlySet<string> = new Set(['tw', 'hk', 'mo', 'hant'])

/**
 * The language for a reader by a BCP 47 tag, for example the locale of a Discord client. Traditional Chinese is not
 * spoken: such readers see English command names in Discord, so they get English answers too. Whatever else is not
 * spoken gets `fallback`.
 */
export function localeOf(tag: string | null | undefined, fallback: Locale = 'en'): Locale {
  const [language, ...more] = tag?.toLowerCase().split(/[-_.]/) ?? []
  if (language === 'ja') return 'ja'
  if (language === 'zh') return more.some((part) => TRADITIONAL.has(part)) ? 'en' : 'zh-CN'
  if (language === 'en') return 'en'
  return fallback
}
