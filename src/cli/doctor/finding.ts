import type { TextKey } from '../../text/catalogue.ts'
import type { TextParams } from '../../text/template.ts'
import { isTextKey } from '../../text/translate.ts'
import type { Ending } from '../exit-code.ts'
import type { Ink, Tone } from '../ink.ts'

/** The parts of a setup, in the order in which they are looked at. */
export const AREAS = ['settings', 'data', 'registry', 'ssh', 'discord', 'nodes'] as const
export type Area = (typeof AREAS)[number]

/** How a finding counts. `note` is for what was not looked at, and for what only deserves to be known. */
export type Level = 'ok' | 'note' | 'warning' | 'problem'

/** One thing that was looked at: a text, and for what is not well how to mend it. */
export interface Finding {
  area: Area
  level: Level
  /** A key of the catalogue; `mend` is usually the same with `.mend`. */
  text: TextKey
  mend: TextKey | null
  params: TextParams
  /** Of what, where the area alone does not say it: a node or a setting. */
  subject: string | null
  /** Remote or raw text; untrusted. */
  detail: string | null
}

/** A finding with a text of its own; its remedy is the key with `.mend`, when there is one. */
export function finding(
  area: Area,
  level: Level,
  text: TextKey,
  params: TextParams = {},
  more: Partial<Pick<Finding, 'subject' | 'detail' | 'mend'>> = {},
): Finding {
  const mend = `${text}.mend`
  return {
    area,
    level,
    text,
    mend: level !== 'ok' && isTextKey(mend) ? mend : null,
    params,
    subject: null,
    detail: null,
    ...more,
  }
}

/** How a whole examination has ended: failed with a problem, partial with a warning. */
export function endingOf(findings: readonly Finding[]): Ending {
  if (findings.some(({ level }) => level === 'problem')) return 'failed'
  return findings.some(({ level }) => level === 'warning') ? 'partial' : 'done'
}

const TONES: Record<Level, Tone> = { ok: 'good', note: 'dim', warning: 'warning', problem: 'bad' }
/** ASCII, so that the columns stand in every terminal. */
const MARKS: Record<Level, string> = { ok: 'ok', note: '--', warning: '!', problem: 'X' }

/** The findings of one area under its title. */
export function areaText(area: Area, findings: readonly Finding[], ink: Ink): string {
  const lines = findings.flatMap((one) => findingLines(one, ink))
  return `${[ink.paint('strong', ink.t(`doctor.area.${area}`)), ...lines].join('\n')}\n`
}

/** A line of sums. */
export function sumText(findings: readonly Finding[], ink: Ink): string {
  const count = (level: Level) => findings.filter((one) => one.level === level).length
  const ending = endingOf(findings)
  const tone = ending === 'done' ? 'good' : ending === 'partial' ? 'warning' : 'bad'
  return `${ink.paint(tone, ink.t('doctor.sum', { problems: count('problem'), warnings: count('warning'), ok: count('ok') }))}\n`
}

function findingLines({ level, text, mend, params, subject, detail }: Finding, ink: Ink): string[] {
  const mark = ink.paint(TONES[level], MARKS[level].padEnd(3))
  const who = subject === null ? '' : `${ink.plain(subject, 80)}: `
  return [
    `  ${mark}${who}${ink.t(text, params)}`,
    ...(detail === null ? [] : [`     ${ink.plain(detail, 300)}`]),
    ...(mend === null ? [] : [`     ${ink.t('cli.next', { next: ink.t(mend, params) })}`]),
  ]
}
