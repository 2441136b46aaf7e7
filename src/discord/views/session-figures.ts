import type { Severity } from '../../monitor/conditions.ts'
import type { ContextFacts, SessionFacts } from '../../openclaw/snapshot.ts'
import { dotted } from '../../presenters/readings.ts'
import { leftText, usedText, windowText } from '../../presenters/session-figures.ts'
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
export function fillText(context: ContextFacts, ink: DiscordInk, level: Severity | null): string {
  const { value } = context.usablePercent
  return dotted([value === null ? ink.bar(0) : ink.meter(value, level), usedText(context, ink)])
}
