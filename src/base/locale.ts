/** The languages of ocm; English is the source. */
export const LOCALES = ['en', 'ja', 'zh-CN'] as const
export type Locale = (typeof LOCALES)[number]

/**
 * The language for a reader by a BCP 47 tag, for example the locale of a Discord client. Traditional Chinese readers
 * get Simplified Chinese rather than English; whatever else is not spoken gets `fallback`.
 */
export function localeOf(tag: string | null | undefined, fallback: Locale = 'en'): Locale {
  const language = tag?.split(/[-_]/)[0]?.toLowerCase()
  if (language === 'ja') return 'ja'
  if (language === 'zh') return 'zh-CN'
  if (language === 'en') return 'en'
  return fallback
}
