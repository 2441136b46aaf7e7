import type { FixedPart, FixPlan, FixResult, FixStep, LeftFinding } from '../operations/fix-lint.ts'
import type { Report } from '../operations/operation.ts'
import type { Ink } from './ink.ts'
import { byHand, findingText } from './lint-nodes.ts'
import { dotted, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/** For how much there is room in a face. */
interface FixRoom {
  fixes: number
  left: number
}

const COMMAND = 200
const DETAIL = 100

/** The question in one line. */
export function fixQuestion({ nodeId, nodeName, fixes }: FixPlan, ink: Ink): string {
  return ink.t('fix.ask', { count: fixes.length }, { node: ink.named({ id: nodeId, name: nodeName }) })
}

/** The question before something is mended: each finding with what is done for it, and what is left to others. */
export function fixPlan(plan: FixPlan, room: FixRoom, ink: Ink, why: string | null = null): Told {
  const { fixes, left, mayRestart } = plan
  const settings = fixes.some(({ command }) => command.startsWith('config.patch '))
  const shown = fixes.slice(0, room.fixes)
  return {
    mood: 'warning',
    title: fixQuestion(plan, ink),
    lead: [],
    parts: [
      lines(
        ...shown.flatMap((fix): Line[] => [
          { kind: 'item', text: findingText(fix, ink) },
          { kind: 'next', text: ink.code(fix.command, COMMAND) },
        ]),
        fixes.length > shown.length && aside(ink.t('word.more', { count: fixes.length - shown.length })),
      ),
      lines(
        settings && text(ink.t('fix.settings')),
        mayRestart && text(ink.t('fix.may-restart'), 'warning'),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
      leftLines(left, room, ink),
    ],
  }
}

/** What somebody else has to do, and who. */
function leftLines(left: readonly LeftFinding[], room: FixRoom, ink: Ink): Line[] {
  if (left.length === 0) return []
  const shown = left.slice(0, room.left)
  return lines(
    text(ink.t('fix.left', { count: left.length })),
    ...shown.flatMap((one): Line[] => [
      { kind: 'item', text: findingText(one, ink) },
      { kind: 'next', text: whoseWork(one, ink) },
    ]),
    left.length > shown.length && aside(ink.t('word.more', { count: left.length - shown.length })),
  )
}

function whoseWork(one: LeftFinding, ink: Ink): string {
  if (one.why === 'not-serving') return ink.t('fix.left.not-serving')
  return one.why === 'root' ? byRoot(one.fix ?? '', ink) : byHand(one, ink)
}

function byRoot(command: string, ink: Ink): string {
  return ink.t('fix.by-root', {}, { command: ink.code(command, COMMAND) })
}

/** One step in words. */
export function fixStep({ step }: FixStep, ink: Ink): string {
  return ink.t(`fix.step.${step}`)
}

/** How each finding ended, and what is left to do. */
export function fixResult({ data, outcome }: Report<FixResult>, room: FixRoom, ink: Ink): Told {
  const { nodeId, parts, left, needsRestart, takenBack, logTail } = data
  // What did not end well is told first.
  const ordered = [...parts].sort((a, b) => rankOf(a) - rankOf(b))
  const shown = ordered.slice(0, room.fixes)
  const done = parts.filter(({ state }) => state === 'done').length
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t('fix.ended', { done, count: parts.length }, { node: ink.code(nodeId) }),
    lead: outcome === 'done' ? [] : [{ kind: 'next', text: ink.t(`fix.${outcome}.next`) }],
    parts: [
      lines(
        ...shown.flatMap((part) => partLines(part, ink)),
        parts.length > shown.length && aside(ink.t('word.more', { count: parts.length - shown.length })),
      ),
      lines(
        takenBack !== null &&
          text(ink.t(`fix.taken-back.${takenBack}`), takenBack === 'serving' ? 'warning' : 'alarm'),
        needsRestart && text(ink.t('prevent.restart'), 'warning'),
        logTail.length > 0 && { kind: 'log', title: ink.t('restart.log-tail'), lines: logTail },
      ),
      leftLines(left, room, ink),
    ],
  }
}

function rankOf({ state }: FixedPart): number {
  return state === 'failed' ? 0 : state === 'unknown' ? 1 : 2
}

function partLines(part: FixedPart, ink: Ink): Line[] {
  const { code, state, why, detail, reason } = part
  const words = dotted([
    findingText(part, ink),
    ink.t(`fix.state.${state}`),
    why && ink.t(`fix.why.${why}`),
    detail && ink.code(detail, DETAIL),
    detail === null &&
      reason &&
      reasonText(ink, { ...reason, detail: reason.detail?.slice(0, DETAIL) ?? '' }),
  ])
  return lines(
    text(words, state === 'done' ? 'well' : state === 'failed' ? 'alarm' : 'warning'),
    // The one fix that may need root.
    code === 'linger-off' &&
      state === 'failed' && {
        kind: 'next',
        text: byRoot(part.command.split(' || ').at(-1)?.replace(' -n', '') ?? '', ink),
      },
  )
}
