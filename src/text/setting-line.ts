import type { ConfigProblem } from '../settings/config-error.ts'
import type { TextKey } from './catalogue.ts'
import type { TextParams } from './template.ts'

/** One problem of the settings as a line, in the words of `say`: the setting, what is wrong, how to correct it. */
export function settingLine(
  { name, code, params }: ConfigProblem,
  say: (key: TextKey, params: TextParams) => string,
): string {
  const problem = say(`setting.${code}`, params)
  return say('setting.line', { name, problem, hint: say(`setting.${code}.next`, params) })
}
