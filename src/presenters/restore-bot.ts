import type { Report } from '../operations/operation.ts'
import type { RestoreBotResult, RestoreBotStep } from '../operations/restore-bot.ts'
import type { RestoreBotPlan } from '../operations/restore-bot-plan.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, readingText, reasonText } from './readings.ts'
import { workLines } from './restart-node.ts'
import {
  asideLines,
  faultLine,
  keptLines,
  logLines,
  placeLines,
  restoreStep,
  stateText,
} from './restore-node.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

const NAMES_SHOWN = 3
const NAME = 40
const PATH = 60

/** The question before one agent is restored: what comes, what goes, and that the gateway of all of them is stopped. */
export function restoreBotPlan(plan: RestoreBotPlan, ink: Ink, why: string | null = null): Told {
  const { files, bytes, sessions, freeBytes: free, neededBytes: needed, isThere, told } = plan
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const versions = [plan.openclaw.backup, plan.openclaw.node].map((one) => ink.remote(one ?? '?', 20))
  return {
    mood: 'warning',
    title: ink.t('restore-bot.ask', {}, { bot: ink.code(plan.botId), node }),
    lead: lines(
      text(dotted([ink.code(plan.backup), ink.time(plan.takenAt)])),
      plan.fromWhole && text(ink.t('restore-bot.ask.from-whole')),
      text(ink.t('restore-bot.ask.holds', { files, bytes, ...(sessions === null ? {} : { sessions }) })),
      plan.verifiedAt === null
        ? text(ink.t('restore.ask.unverified'), 'warning')
        : text(ink.t('restore.ask.verified', {}, { when: ink.time(plan.verifiedAt) })),
      text(ink.t('restore.ask.versions', {}, { before: versions[0] ?? '?', after: versions[1] ?? '?' })),
    ),
    parts: [
      lines(
        isThere
          ? text(
              ink.t(
                'restore-bot.ask.there',
                {},
                { sessions: readingText(ink, plan.sessionsNow, (count) => ink.number(count)) },
              ),
              'warning',
            )
          : text(ink.t('restore-bot.ask.gone')),
        ...plan.replaced.map(
          ({ path, present, bytes: now }): Line => ({
            kind: 'item',
            text: present
              ? ink.t('restore.ask.place', { bytes: now }, { path: ink.code(path, PATH) })
              : ink.t('restore.ask.place-new', {}, { path: ink.code(path, PATH) }),
          }),
        ),
        text(ink.t('restore-bot.ask.room', { free, needed })),
        ...(told ? belongings(plan, ink) : [text(ink.t('restore-bot.ask.untold'), 'warning')]),
        plan.leftovers.length > 0 &&
          text(ink.t('restore.ask.leftovers', { count: plan.leftovers.length }), 'warning'),
      ),
      [stateLine(plan, ink, ink.t('label.state')), ...workLines({ ...plan, drain: plan.canDrain }, ink)],
      lines(
        text(ink.t('restore-bot.ask.effect'), 'warning'),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

function belongings({ bindings, bindingsTaken, jobs, isThere }: RestoreBotPlan, ink: Ink): Line[] {
  const names = (all: readonly string[]) =>
    firstOf(
      ink,
      all.map((one) => ink.code(one, NAME)),
      NAMES_SHOWN,
    )
  return lines(
    isThere && text(ink.t('restore-bot.ask.settings-stay')),
    bindings.length > 0 && text(ink.t('restore-bot.ask.bindings', {}, { names: names(bindings) })),
    bindingsTaken.length > 0 &&
      text(ink.t('restore-bot.ask.taken', {}, { names: names(bindingsTaken) }), 'warning'),
    jobs === null
      ? text(ink.t('restore-bot.ask.jobs-unknown'), 'warning')
      : jobs > 0 && text(ink.t('restore-bot.ask.jobs', { count: jobs })),
  )
}

/** One step in words. */
export function restoreBotStep(step: RestoreBotStep, ink: Ink): string {
  switch (step.step) {
    case 'creating':
    case 'reading-back':
    case 'binding':
      return ink.t(`step.${step.step}`)
    case 'settings':
    case 'scheduling':
      return ink.t(`restore-bot.step.${step.step}`)
    default:
      return restoreStep(step, ink)
  }
}

/** How it ended: which state the agent has, what is not as it was, and what stays on the node. */
export function restoreBotResult({ data, outcome }: Report<RestoreBotResult>, ink: Ink): Told {
  const { made, secondsDown } = data
  const names = { bot: ink.code(data.botId), node: ink.code(data.nodeId) }
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`restore-bot.${outcome}`, {}, names),
    lead: lines(
      text(ink.t('restore.from', { backup: data.backup }, { when: ink.time(data.takenAt) })),
      (made === 'refused' || made === 'unknown') && text(ink.t(`restore-bot.made.${made}`), 'alarm'),
      faultLine(data, ink),
      data.reason && text(reasonText(ink, data.reason)),
      made !== 'refused' && made !== 'unknown' && stateText(data, ink),
      made === 'made' && data.state !== 'restored' && text(ink.t('restore-bot.made.empty'), 'warning'),
      secondsDown !== null && text(ink.t('restore.down', { seconds: secondsDown })),
      ...comparedLines(data, ink),
      ...data.parts.map((part) => partLine(part, ink)),
      (outcome === 'failed' || outcome === 'unknown') && {
        kind: 'next',
        text: made === 'unknown' ? ink.t('add-bot.unknown.next') : ink.t(`restore.${outcome}.next`),
      },
    ),
    parts: [asideLines(data, ink), keptLines(data, ink), placeLines(data, ink), logLines(data, ink)].filter(
      (part) => part.length > 0,
    ),
  }
}

function comparedLines({ compared, state }: RestoreBotResult, ink: Ink): Line[] {
  if (compared === null || state !== 'restored') return []
  const { had, missing, otherTokens, unusable, unread } = compared
  const names = firstOf(
    ink,
    unusable.map((one) => ink.code(one, PATH)),
    2,
  )
  return lines(
    unread && text(ink.t('restore-bot.unread'), 'warning'),
    !unread && missing === 0 && had !== null && text(ink.t('restore-bot.sessions', { count: had }), 'well'),
    missing > 0 && text(ink.t('restore-bot.missing', { missing, had: had ?? 0 }), 'warning'),
    otherTokens > 0 && text(ink.t('restore-bot.tokens', { count: otherTokens }), 'warning'),
    unusable.length > 0 && text(ink.t('restore.unusable', { count: unusable.length }, { names }), 'warning'),
  )
}

function partLine({ part, state, reason }: RestoreBotResult['parts'][number], ink: Ink): Line {
  const words = dotted([
    ink.t(`restore-bot.part.${part}`),
    ink.t(`restore-bot.part-state.${state}`),
    reason && reasonText(ink, reason).slice(0, 200),
  ])
  return text(words, state === 'done' ? 'well' : state === 'failed' ? 'alarm' : 'warning')
}
