import type { ConfigProblem } from '../settings/config-error.ts'
import type { Words } from './ink.ts'

/** One problem of the settings as a line: the setting, what is wrong, how to correct it. */
export function settingLine({ name, code, params }: ConfigProblem, words: Words): string {
  const problem = words.coded(`setting.${code}`, params)
  const hint = words.coded(`setting.${code}.next`, params)
  return words.t('setting.line', { name }, { problem, hint })
}
