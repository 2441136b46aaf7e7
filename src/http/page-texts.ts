import { LOCALES, type Locale } from '../base/locale.ts'
import { CATALOGUE } from '../text/catalogue.ts'
import { type Served, served } from './page-files.ts'

/** Texts that only the shell and the set-up have; a page needs none of them. */
const NOT_OF_THE_PAGE = /^(?:cli\.(?!ago)|command\.|doctor\.|setting\.|setup\.|problem\.|http\.|permission\.)/

/** The texts that the page fills by itself, a language each, by the keys of the catalogue. Nothing of a node is in them. */
export async function pageTexts(): Promise<ReadonlyMap<string, Served>> {
  const all = new Map<Locale, Served>()
  for (const language of LOCALES) {
    const texts = Object.fromEntries(
      Object.entries(CATALOGUE[language]).filter(([key]) => !NOT_OF_THE_PAGE.test(key)),
    )
    const body = Buffer.from(JSON.stringify({ language, texts }))
    all.set(language, await served('application/json', body))
  }
  return all
}
