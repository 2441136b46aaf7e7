import type { DiscordCheckCode } from '../../discord/doctor.ts'
import type { Ending } from '../../presenters/ending.ts'
import type { Ink, Tone } from '../../presenters/ink.ts'
import type { CodedKey, ParamsAfter, TextKey } from '../../text/params.ts'
import type { TextParams } from '../../text/template.ts'
import { isTextKey } from '../../text/translate.ts'

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
  text: CodedKey
  mend: CodedKey | null
  params: TextParams
  /** Of what, where the area alone does not say it: a node or a setting. */
  subject: string | null
  /** Remote or raw text; untrusted. */
  detail: string | null
}

type More = Partial<Pick<Finding, 'subject' | 'detail' | 'mend'>>
/** Texts whose values are those of an error, a problem or a check, as they came. */
type Found =
  | Exclude<CodedKey, `doctor.${string}`>
  | `doctor.discord.${DiscordCheckCode}`
  | 'doctor.registry-damaged'
  | 'doctor.registry-damaged-at'
  | 'doctor.ssh-unusable'
type Own = Exclude<Extract<TextKey, `doctor.${string}`>, Found>

/** A finding with a text of its own; its remedy is the key with `.mend`, when there is one. */
export function finding<Key extends Own>(
  area: Area,
  level: Level,
  text: Key,
  ...rest: [...params: ParamsAfter<Key>, more?: More]
): Finding
export function finding(area: Area, level: Level, text: Found, params: TextParams, more?: More): Finding
export function finding(
  area: Area,
  level: Level,
  text: CodedKey,
  params: TextParams = {},
  more: More = {},
): Finding {
  const mend = `${text}.mend`
  return {
    area,
    level,
    text,
    mend: level !== 'ok' && isMend(mend) ? mend : null,
    params,
    subject: null,
    detail: null,
    ...more,
  }
}

function isMend(key: string): key is Extract<TextKey, `doctor.${string}.mend`> {
  return isTextKey(key)
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
  const who = subject === null ? '' : `${ink.remote(subject, 80)}: `
  return [
    `  ${mark}${who}${ink.coded(text, params)}`,
    ...(detail === null ? [] : [`     ${ink.remote(detail, 300)}`]),
    ...(mend === null ? [] : [`     ${ink.t('cli.next', { next: ink.coded(mend, params) })}`]),
  ]
}
