import type { Locale } from '../base/locale.ts'
import { isPlainKey, translate } from '../text/translate.ts'

/**
 * How the page names what another face has a command for: a view or a button of its own, or the command of the shell where
 * it has neither.
 * @param path the default path of the command, for example `node list`
 */
export function pageCommand(locale: Locale, path: string): string {
  const key = `page.command.${path.replaceAll(' ', '-')}`
  return isPlainKey(key) ? translate(locale, key) : `ocm ${path}`
}
