import type { Reason } from '../base/reading.ts'
import type { ConditionCode, Severity } from './conditions.ts'

/** What an incident is about: one open incident per topic and subject, however many rules see it. */
export const TOPICS = [
  'context',
  'compaction',
  'runaway',
  'availability',
  'watch',
  'disk',
  'memory',
  'backup',
  'backup-store',
  'backup-copies',
  'host-key',
  'suspect',
  'blind',
  'crowd',
] as const
export type Topic = (typeof TOPICS)[number]

/** What a signal speaks about. `nodeId` null is the bot itself. */
export interface Subject {
  nodeId: string | null
  agentId: string | null
  sessionKey: string | null
}

/** What a rule measured. */
export interface Measurement {
  /** The level that the value has reached; null when nothing is wrong. */
  level: Severity | null
  /** The highest level that the value still sustains once reached: the re-arm band lies between the two. */
  holdLevel: Severity | null
  cause: ConditionCode
  params: Readonly<Record<string, string | number>>
  reason?: Reason
  /** Untrusted remote text, redacted and capped. */
  detail?: string
  /** A fact rather than a sample: needs no second look. */
  immediate?: boolean
}

/** One look at one subject. `seen` null means that nothing could be seen, which is never a recovery. */
export interface Signal {
  /** Stable name of topic and subject; see {@link signalKey}. */
  key: string
  topic: Topic
  subject: Subject
  /** Epoch milliseconds of the observation. */
  at: number
  seen: Measurement | null
  /** Changes when the subject starts anew (a reset, a compaction): older samples then say nothing. */
  epoch?: string
}

/** The key of a topic and its subject. */
export function signalKey(topic: Topic, subject: Subject): string {
  return keysOf(subject)(topic)
}

/** Makes the keys of one subject for several topics. */
export function keysOf({ nodeId, agentId, sessionKey }: Subject): (topic: Topic) => string {
  const rest = JSON.stringify([nodeId, agentId, sessionKey]).slice(1)
  // A topic is a plain word of a closed list, so this is the JSON of all four.
  return (topic) => `["${topic}",${rest}`
}

/** The node that a key made by {@link signalKey} speaks about; null for the bot itself. */
export function nodeOfKey(key: string): string | null {
  const [, nodeId] = JSON.parse(key) as [Topic, string | null]
  return nodeId
}

/**
 * Values of a condition and some more. Incidents keep them by the thousand, and of what a spread makes and a value is added to,
 * V8 of Node 20 gives each a hidden class of its own, which takes more memory than all that is in it.
 */
export function andParams<T extends string | number>(
  params: Readonly<Record<string, T>>,
  more: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.assign({}, params, more)
}

const RANKS: Record<Severity, number> = { notice: 1, warning: 2, critical: 3 }

/** 0 for nothing, 3 for critical. */
export function rank(level: Severity | null): number {
  return level === null ? 0 : RANKS[level]
}

/** The worse of two levels. */
export function worse(a: Severity | null, b: Severity | null): Severity | null {
  return rank(b) > rank(a) ? b : a
}
