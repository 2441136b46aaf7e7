import type { Outcome, Report } from '../../operations/operation.ts'
import type { SessionChange, SessionPlan, SessionStep } from '../../operations/session-plan.ts'
import { dotted, readingText, reasonText } from '../../presenters/readings.ts'
import type { PlainKey } from '../../text/params.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { DiscordInk } from '../ink.ts'
import type { Reader } from '../reader.ts'
import { sessionTag } from '../session-tag.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { OUTCOME_COLOURS, OUTCOME_SYMBOLS } from './symbols.ts'

/** What is done to the session. */
export type ChangeKind = 'compact' | 'reset'

const SYMBOLS: Record<ChangeKind, string> = { compact: '🗜️', reset: '🆕' }

/** The question before a session is changed: how full it is, what will happen, and what that would interrupt. */
export function sessionPlanView(kind: ChangeKind, plan: SessionPlan, asked: AskedBy, reader: Reader): Card {
  const { ink } = reader
  const { line, controls } = confirmControls(asked, reader, `button.confirm-${kind}`)
  const effect = kind === 'reset' ? 'reset.ask.effect' : (`compact.ask.${plan.method}` as const)
  return makeCard({
    colour: 'warning',
    texts: [
      [
        ink.title(`${SYMBOLS[kind]} ${ink.t(`${kind}.ask`, {}, session(plan, ink))}`),
        whereText(plan, ink),
      ].join('\n'),
      [
        `${ink.strong(ink.t('change.now'))} ${usedText(plan, ink)}`,
        ink.t(effect),
        `💾 ${ink.t('change.saves')}`,
        plan.running ? `⚠️ ${ink.t('change.running')}` : '',
        plan.running === null ? ink.small(ink.t('change.running-unknown')) : '',
      ]
        .filter(Boolean)
        .join('\n'),
      line,
    ],
    controls,
  })
}

/** The question in one line. */
export function sessionQuestion(kind: ChangeKind, plan: SessionPlan, { ink }: Reader): string {
  return ink.t(`${kind}.ask`, { session: plan.sessionKey })
}

function session(plan: Pick<SessionPlan, 'sessionKey'>, ink: DiscordInk): { session: string } {
  return { session: ink.code(plan.sessionKey, 120) }
}

function whereText(plan: SessionPlan, ink: DiscordInk): string {
  return ink.t('session.title', {}, { agent: ink.remote(plan.agentId, 80), node: ink.code(plan.nodeId) })
}

function usedText({ used, usable }: SessionPlan, ink: DiscordInk): string {
  return readingText(ink, used, (value) =>
    usable === null ? ink.number(value) : ink.t('value.context', { used: value, usable }),
  )
}

const STEP_KEYS: Record<SessionStep['step'], PlainKey> = {
  saving: 'step.saving-transcript',
  acting: 'step.acting',
  verifying: 'step.verifying',
}

/** The steps so far; the last one is still going on. */
export function sessionProgressView(
  kind: ChangeKind,
  plan: SessionPlan,
  steps: readonly SessionStep[],
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.title(`${SYMBOLS[kind]} ${ink.t(`${kind}.progress`, {}, session(plan, ink))}`)
  const lines = stepLines(steps.map(({ step }) => ink.t(STEP_KEYS[step])))
  return makeCard({ colour: 'neutral', texts: [[title, ...lines].join('\n'), pressedLine(pressed, reader)] })
}

/** Ticks what is done and marks what is going on. */
export function stepLines(texts: readonly string[]): string[] {
  return texts.map((text, index) => `${index < texts.length - 1 ? '✅' : '⏳'} ${text}`)
}

/** How it ended, with the context before and after, read anew. */
export function sessionResultView(
  kind: ChangeKind,
  plan: SessionPlan,
  report: Report<SessionChange>,
  pressed: PressedBy,
  reader: Reader,
): Card {
  const { ink } = reader
  const { data, outcome } = report
  const count = (value: number) => ink.number(value)
  return makeCard({
    colour: OUTCOME_COLOURS[outcome],
    texts: [
      [
        ink.title(`${OUTCOME_SYMBOLS[outcome]} ${ink.t(`${kind}.${outcome}`, {}, session(plan, ink))}`),
        whereText(plan, ink),
        nextText(kind, outcome, ink),
      ]
        .filter(Boolean)
        .join('\n'),
      [
        dotted([
          `${ink.strong(ink.t('change.before'))} ${readingText(ink, data.before, count)}`,
          `${ink.strong(ink.t('change.after'))} ${readingText(ink, data.after, count)}`,
        ]),
        transcriptText(data, ink),
        data.refusal === null
          ? ''
          : ink.small(ink.t('change.said', {}, { text: ink.code(data.refusal, 300) })),
      ]
        .filter(Boolean)
        .join('\n'),
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))].join('\n'),
    ],
    controls: [
      buttonRow([
        {
          id: encodeCustomId('session-show', 'open', data.nodeId, sessionTag(data.sessionKey)),
          label: ink.t('button.session'),
          emoji: '💬',
        },
      ]),
    ],
  })
}

function nextText(kind: ChangeKind, outcome: Outcome, ink: DiscordInk): string {
  return outcome === 'failed' || outcome === 'unknown'
    ? ink.small(`→ ${ink.t(`${kind}.${outcome}.next`)}`)
    : ''
}

function transcriptText({ transcript }: SessionChange, ink: DiscordInk): string {
  return transcript.saved
    ? ink.small(
        `💾 ${ink.t('change.saved', { bytes: transcript.bytes }, { name: ink.code(transcript.name, 120) })}`,
      )
    : ink.small(`⚠️ ${ink.t('change.not-saved', {}, { reason: reasonText(ink, transcript.reason) })}`)
}
