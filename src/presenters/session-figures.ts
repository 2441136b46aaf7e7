import type { Forecast } from '../monitor/forecast.ts'
import { usableTokens } from '../monitor/rules/session-figures.ts'
import type { ContextFacts, SessionFacts } from '../openclaw/snapshot.ts'
import type { SessionDetail } from '../operations/list-sessions.ts'
import type { Ink } from './ink.ts'
import { dotted, readingText } from './readings.ts'

const MINUTE = 60_000
/** Longer times are told in hours. */
const MINUTES_UP_TO = 90 * MINUTE

/** The used tokens of those that can be used, and how far both can be trusted. */
export function usedText(context: ContextFacts, ink: Ink): string {
  const usable = usableTokens(context) ?? ink.t('word.unknown')
  return readingText(ink, context.used, (value) => ink.t('value.context', { used: value, usable }))
}

/** What is left until the provider refuses; null when it is not known. */
export function leftText({ headroom }: ContextFacts, ink: Ink): string | null {
  const left = headroom.value
  if (left === null) return null
  return left < 0 ? ink.t('value.over', { over: -left }) : ink.t('value.headroom', { headroom: left })
}

/** Window and reserve with their origins. */
export function windowText({ window, windowFrom, reserve, reserveFrom }: ContextFacts, ink: Ink): string {
  return ink.t(
    'value.window',
    { reserve },
    {
      window: readingText(ink, window, (value) => ink.number(value)),
      from: ink.t(`window-from.${windowFrom}`),
      reserveFrom: ink.t(`reserve-from.${reserveFrom}`),
    },
  )
}

/** What the session has cost; null where that is not known. */
export function spendText({ usage }: SessionFacts, ink: Ink): string | null {
  const { inputTokens: input, outputTokens: output, estimatedCostUsd } = usage
  if (input === null || output === null) return null
  const cost = estimatedCostUsd === null ? {} : { cost: ink.number(estimatedCostUsd, 2) }
  return ink.t('value.spend', { input, output, ...cost })
}

/** When a context will be full, in words: a range, because growth is never even. */
export function forecastText(ahead: Forecast, ink: Ink): string {
  const { latestMs, turnsLeft, tokensPerHour } = ahead
  return dotted([
    rangeText(ahead, ink),
    turnsLeft > 0 && latestMs >= MINUTE && ink.t('incident.turns-left', { count: turnsLeft }),
    ink.t('incident.pace', { count: Math.round(tokensPerHour / 100) * 100 }),
  ])
}

/** The time until a context is full, from the earliest to the latest. */
export function rangeText({ earliestMs, latestMs }: Forecast, ink: Ink): string {
  if (latestMs < MINUTE) return ink.t('incident.full-now')
  if (latestMs > MINUTES_UP_TO) {
    const whole = (ms: number) => Math.max(MINUTE, Math.round(ms / MINUTE) * MINUTE)
    return ink.t('incident.full-hours', { from: whole(earliestMs), to: whole(latestMs) })
  }
  const from = Math.floor(earliestMs / MINUTE)
  return ink.t('incident.full-minutes', { from, to: Math.max(Math.ceil(latestMs / MINUTE), from + 1) })
}

/** Live sessions, fullest first; those that cannot be judged come last. */
export function liveSessions(sessions: readonly SessionFacts[]): SessionFacts[] {
  return sessions.filter(({ archived }) => !archived).sort(fullestFirst)
}

function fullestFirst(a: SessionFacts, b: SessionFacts): number {
  const weight = ({ context }: SessionFacts) => context.usablePercent.value ?? Number.NEGATIVE_INFINITY
  const difference = weight(b) - weight(a)
  return Number.isNaN(difference) ? 0 : difference
}

/** Since when a session is watched, and when it was compacted last. */
export function historyText(
  { history, session }: Pick<SessionDetail, 'history' | 'session'>,
  ink: Ink,
): string {
  const [first] = history?.points ?? []
  if (!history || !first) return ink.t('session.no-history')
  const last = history.compactions.at(-1)
  return dotted([
    ink.t('session.looks', { count: history.points.length }, { when: ink.time(first.at) }),
    session.compactionCount !== null && ink.t('value.compactions', { count: session.compactionCount }),
    last &&
      ink.t('session.compacted', { before: last.before, after: last.after }, { when: ink.time(last.at) }),
  ])
}
