import { ApplicationCommandOptionType } from 'discord.js'
import type { Locale } from '../src/base/locale.ts'
import { localised, named } from '../src/discord/command-bodies.ts'
import { translate } from '../src/text/translate.ts'

const MINUTE = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES
/** The times to choose from, in minutes. */
const TIMES = [
  ...[15, 30, HOUR_MINUTES, 2 * HOUR_MINUTES, 4 * HOUR_MINUTES, 8 * HOUR_MINUTES],
  ...[DAY_MINUTES, 3 * DAY_MINUTES, 7 * DAY_MINUTES],
]

function timeChoice(minutes: number) {
  const name = (locale: Locale) => translate(locale, 'maintenance.for', { ms: minutes * MINUTE })
  return { value: minutes, name: name('en'), name_localizations: { ja: name('ja'), 'zh-CN': name('zh-CN') } }
}

/** On or off. */
export const setOption = {
  type: ApplicationCommandOptionType.String,
  ...named('option.set'),
  required: true,
  choices: (['on', 'off'] as const).map((value) => ({
    value,
    name: translate('en', `maintenance.set-${value}`),
    name_localizations: localised(`maintenance.set-${value}`),
  })),
} as const

/** After how many minutes it ends by itself. */
export const forOption = {
  type: ApplicationCommandOptionType.Integer,
  ...named('option.maintenance-for'),
  choices: TIMES.map(timeChoice),
} as const
