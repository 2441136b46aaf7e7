import type { Reason } from '../base/reading.ts'
import type { Anomaly, Severity } from '../monitor/conditions.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import type { Outcome } from '../operations/operation.ts'
import type { Ink } from './ink.ts'
import { reasonText } from './readings.ts'

/** How what is told should strike the eye. `lost` is a node that cannot be reached. */
export type Mood = 'good' | 'warning' | 'bad' | 'lost' | 'neutral' | 'unknown'

export const STATE_MOODS: Record<NodeState, Mood> = {
  serving: 'good',
  'not-serving': 'warning',
  'service-down': 'bad',
  unreachable: 'lost',
  unknown: 'unknown',
}

export const OUTCOME_MOODS: Record<Outcome, Mood> = {
  done: 'good',
  partial: 'warning',
  failed: 'bad',
  unknown: 'unknown',
}

/** What a line means beyond its words; each face has a sign or a colour for it. */
export type Mark = 'well' | 'warning' | 'alarm' | 'waiting' | 'kept' | 'put-aside'

/** A label and its value. */
export type Fact = readonly [label: string, value: string]

/** What is wrong, and what to do about it. */
export interface Finding {
  severity: Severity
  /** What is wrong, without the reason. */
  text: string
  reason: string | null
  /** What the node said; untrusted, as it came. */
  detail: string | null
  next: string
}

/** One line of what is told. Its texts are written by an ink, save where they are said to be untrusted. */
export type Line =
  /** Facts that belong beside each other. */
  | { kind: 'facts'; facts: readonly Fact[] }
  | { kind: 'text'; text: string; mark: Mark | null }
  /** What is worth knowing but not worth a look of its own. */
  | { kind: 'aside'; text: string; mark: Mark | null }
  /** One of several things that the line above counts. */
  | { kind: 'item'; text: string }
  | { kind: 'state'; state: NodeState; text: string; reason: string | null; label: string | null }
  /** Something that was tried. */
  | { kind: 'check'; passed: boolean; text: string }
  /** What to do now. */
  | { kind: 'next'; text: string }
  /** A value of a file that becomes another; untrusted, as it stands there. */
  | { kind: 'change'; path: string; before: string; after: string }
  | { kind: 'findings'; findings: readonly Finding[] }
  /** Lines of a log; untrusted. */
  | { kind: 'log'; title: string; lines: readonly string[] }

/** What a person is told of a plan or a result. */
export interface Told {
  mood: Mood
  title: string
  /** What belongs to the title. */
  lead: readonly Line[]
  /** What belongs together, in the order in which it matters. */
  parts: readonly (readonly Line[])[]
}

export function fact(label: string, value: string): Line {
  return { kind: 'facts', facts: [[label, value]] }
}

export function text(words: string, mark: Mark | null = null): Line {
  return { kind: 'text', text: words, mark }
}

export function aside(words: string, mark: Mark | null = null): Line {
  return { kind: 'aside', text: words, mark }
}

/** The lines that apply. */
export function lines(...found: readonly (Line | null | undefined | false | '')[]): Line[] {
  return found.filter((line): line is Line => Boolean(line))
}

/** How a node stands, and why. `label`: what a face that aligns labels calls it. */
export function stateLine(
  at: { state: NodeState; reason: Reason | null },
  ink: Ink,
  label: string | null = null,
): Line {
  return { kind: 'state', ...stateWords(at, ink), label }
}

/** A state and its reason in words. */
export function stateWords(
  { state, reason }: { state: NodeState; reason: Reason | null },
  ink: Ink,
): { state: NodeState; text: string; reason: string | null } {
  return { state, text: ink.t(`state.${state}`), reason: reason && reasonText(ink, reason) }
}

/** An anomaly in words, with its next step. */
export function finding(anomaly: Anomaly, ink: Ink): Finding {
  return {
    severity: anomaly.severity,
    text: ink.coded(`condition.${anomaly.code}`, anomaly.params),
    reason: anomaly.reason ? reasonText(ink, { ...anomaly.reason, detail: '' }) : null,
    detail: anomaly.reason?.detail ?? anomaly.detail ?? null,
    next: ink.coded(`condition.${anomaly.code}.next`, anomaly.params),
  }
}
