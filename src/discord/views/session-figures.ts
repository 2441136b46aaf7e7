import type { Severity } from '../../monitor/conditions.ts'
import type { ContextFacts, SessionFacts } from '../../openclaw/snapshot.ts'
import { dotted, readingText } from '../../presenters/readings.ts'
import type { DiscordInk } from '../ink.ts'

/** How full a session is, with where each number comes from and how old it is. */
export function sessionFigures(
  { context }: SessionFacts,
  ink: DiscordInk,
  level: Severity | null = null,
): string {
  return [
    [fillText(context, ink, level), leftText(context, ink)].filter(Boolean).join(' · '),
    ink.small(windowText(context, ink)),
    context.used.source === null
      ? ''
      : ink.small(
          ink.t('why.read', { source: context.used.source }, { when: ink.time(context.used.observedAt) }),
        ),
  ]
    .filter(Boolean)
    .join('\n')
}

/** The bar, the used tokens and how far they can be trusted. */
export function fillText(
  { used, usablePercent, window, reserve }: ContextFacts,
  ink: DiscordInk,
  level: Severity | null,
): string {
  const usable = window.value === null ? ink.t('word.unknown') : ink.number(window.value - reserve)
  return dotted([
    usablePercent.value === null ? ink.bar(0) : ink.meter(usablePercent.value, level),
    readingText(ink, used, (value) => ink.t('value.context', { used: value }, { usable })),
  ])
}

/** What is left until the provider refuses; null when it is not known. */
export function leftText({ headroom }: ContextFacts, ink: DiscordInk): string | null {
  const left = headroom.value
  if (left === null) return null
  return left < 0 ? ink.t('value.over', { over: -left }) : ink.t('value.headroom', { headroom: left })
}

/** Window and reserve with their origins. */
export function windowText(
  { window, windowFrom, reserve, reserveFrom }: ContextFacts,
  ink: DiscordInk,
): string {
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
