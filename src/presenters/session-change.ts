import type { Report } from '../operations/operation.ts'
import type { SessionChange, SessionPlan, SessionStep } from '../operations/session-plan.ts'
import type { PlainKey } from '../text/params.ts'
import type { Ink } from './ink.ts'
import { readingText, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

/** What is done to the session. */
export type ChangeKind = 'compact' | 'reset'

/** The question before a session is changed: how full it is, what will happen, and what that would interrupt. */
export function sessionPlan(kind: ChangeKind, plan: SessionPlan, ink: Ink): Told {
  const usable = plan.usable ?? ink.t('word.unknown')
  const used = readingText(ink, plan.used, (value) => ink.t('value.context', { used: value, usable }))
  return {
    mood: 'warning',
    title: ink.t(`${kind}.ask`, {}, { session: sessionName(plan, ink) }),
    lead: [where(plan, ink)],
    parts: [
      lines(
        fact(ink.t('change.now'), used),
        text(ink.t(kind === 'reset' ? 'reset.ask.effect' : `compact.ask.${plan.method}`)),
        text(ink.t('change.saves'), 'kept'),
        plan.running && text(ink.t('change.running'), 'warning'),
        plan.running === null && aside(ink.t('change.running-unknown')),
      ),
    ],
  }
}

/** A session as the titles name it. */
export function sessionName({ sessionKey }: Pick<SessionPlan, 'sessionKey'>, ink: Ink): string {
  return ink.code(sessionKey, 120)
}

function where(plan: Pick<SessionPlan, 'agentId' | 'nodeId'>, ink: Ink): Line {
  return text(
    ink.t('session.title', {}, { agent: ink.remote(plan.agentId, 80), node: ink.code(plan.nodeId) }),
  )
}

const STEP_KEYS: Record<SessionStep['step'], PlainKey> = {
  saving: 'step.saving-transcript',
  acting: 'step.acting',
  verifying: 'step.verifying',
}

/** One step in words. */
export function sessionStep({ step }: SessionStep, ink: Ink): string {
  return ink.t(STEP_KEYS[step])
}

/**
 * How it ended, with the context before and after, read anew.
 * @param plan what was confirmed, where it is at hand: it knows the agent
 */
export function sessionResult(
  kind: ChangeKind,
  { data, outcome }: Report<SessionChange>,
  ink: Ink,
  plan: Pick<SessionPlan, 'agentId' | 'nodeId'> | null = null,
): Told {
  const count = (value: number) => ink.number(value)
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`${kind}.${outcome}`, {}, { session: sessionName(data, ink) }),
    lead: lines(
      plan && where(plan, ink),
      (outcome === 'failed' || outcome === 'unknown') && {
        kind: 'next',
        text: ink.t(`${kind}.${outcome}.next`),
      },
    ),
    parts: [
      lines(
        {
          kind: 'facts',
          facts: [
            [ink.t('change.before'), readingText(ink, data.before, count)],
            [ink.t('change.after'), readingText(ink, data.after, count)],
          ],
        },
        transcriptLine(data, ink),
        data.refusal !== null && aside(ink.t('change.said', {}, { text: ink.code(data.refusal, 300) })),
      ),
    ],
  }
}

function transcriptLine({ transcript }: SessionChange, ink: Ink): Line {
  return transcript.saved
    ? aside(
        ink.t('change.saved', { bytes: transcript.bytes }, { name: ink.code(transcript.name, 120) }),
        'kept',
      )
    : aside(ink.t('change.not-saved', {}, { reason: reasonText(ink, transcript.reason) }), 'warning')
}
