import type { Delivery } from '../../incidents/deliveries.ts'
import type { AlertTarget } from './delivery.ts'

/** A message is edited at most this often, and when only its figures moved, more seldom. */
const EDIT_EVERY_MS = 2_000
const FIGURES_EVERY_MS = 5_000
const OLD_FIGURES_EVERY_MS = 60_000
const OLD_AFTER_MS = 30 * 60_000

/** What can be done about a message. */
export type Step = 'post' | 'edit' | 'tell'

/** What is known of one message in this process only. Times are monotonic. */
export interface Progress {
  busy: boolean
  failures: number
  notBefore: number
  lastEditAt: number
  /** The card as it was last sent. */
  shown: string
  /** What decided about the last edit besides figures. */
  story: string
  /** A line may be in the thread without our knowing. */
  unsure: boolean
}

export function noProgress(): Progress {
  return {
    busy: false,
    failures: 0,
    notBefore: 0,
    lastEditAt: Number.NEGATIVE_INFINITY,
    shown: '',
    story: '',
    unsure: true,
  }
}

/**
 * What a message lacks and when that may be sent; null when it is as it should be.
 * @param at the time now: `monotonic` as {@link Progress} counts, `wall` as the target does
 */
export function nextStep(
  target: AlertTarget,
  delivery: Delivery,
  progress: Progress,
  at: { monotonic: number; wall: number },
): { step: Step; inMs: number } | null {
  const inMs = (from: number) => Math.max(0, Math.max(from, progress.notBefore) - at.monotonic)
  if (delivery.messageId === null) return { step: 'post', inMs: inMs(0) }
  const behind = delivery.revision < target.of.revision
  const figuresOnly = progress.story === storyOf(target)
  const old = at.wall - target.of.openedAt > OLD_AFTER_MS
  const every = figuresOnly ? (old ? OLD_FIGURES_EVERY_MS : FIGURES_EVERY_MS) : EDIT_EVERY_MS
  const edit = { step: 'edit' as const, inMs: inMs(progress.lastEditAt + every) }
  if (behind && edit.inMs === 0) return edit
  if (target.kind === 'incident' && delivery.told < target.of.timelineStart + target.of.timeline.length)
    return { step: 'tell', inMs: inMs(0) }
  return behind ? edit : null
}

/** What makes an edit urgent: a change that people or rules made, not a figure that moved. A digest shows no figures. */
export function storyOf(target: AlertTarget): string {
  if (target.kind === 'digest') return String(target.of.revision)
  const { state, level, timelineStart, timeline } = target.of
  return [state, level, timelineStart + timeline.length, timeline.at(-1)?.at].join(' ')
}
