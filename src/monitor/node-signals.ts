import type { ReasonCode } from '../base/reading.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { ConditionCode, Severity } from './conditions.ts'
import { type Measurement, type Signal, type Subject, signalKey } from './signal.ts'
import type { Thresholds } from './thresholds.ts'

const DISK_BAND = 3
const MEMORY_BAND = 5
/** Reasons that lie with the node's answer, not with the way to it: whoever hears them is not blind. */
const ANSWERED: ReadonlySet<ReasonCode> = new Set([
  'auth-failed',
  'key-unusable',
  'host-key-unknown',
  'host-key-changed',
  'kex-unsupported',
])

/** What the node rules say of one snapshot. `blind`: the bot itself is cut off, so an unreachable node proves nothing. */
export function nodeSignals(snapshot: NodeSnapshot, thresholds: Thresholds, blind: boolean): Signal[] {
  const subject: Subject = { nodeId: snapshot.nodeId, agentId: null, sessionKey: null }
  const signal = (topic: Signal['topic'], seen: Measurement | null): Signal => ({
    key: signalKey(topic, subject),
    topic,
    subject,
    at: snapshot.observedAt,
    seen,
  })
  const { disk, memory } = snapshot.host
  return [
    signal('availability', blind ? null : measureAvailability(snapshot)),
    signal('host-key', measureHostKey(snapshot)),
    signal(
      'disk',
      disk.freshness === 'fresh'
        ? share(
            'disk-full',
            disk.value.usedPercent,
            DISK_BAND,
            thresholds.diskWarning,
            thresholds.diskCritical,
          )
        : null,
    ),
    signal(
      'memory',
      memory.freshness === 'fresh'
        ? share(
            'memory-full',
            memory.value.usedPercent,
            MEMORY_BAND,
            thresholds.memoryWarning,
            thresholds.memoryCritical,
          )
        : null,
    ),
  ]
}

/**
 * Whether the bot is blind: it swept at least two nodes and heard nothing at all from any of them. Then the fault is
 * most likely its own, and one signal about the bot replaces one about each node.
 */
export function blindSignal(snapshots: readonly NodeSnapshot[], at: number): Signal {
  const silent = snapshots.every(heardNothing)
  const level = silent && snapshots.length >= 2 ? 'critical' : null
  const subject: Subject = { nodeId: null, agentId: null, sessionKey: null }
  return {
    key: signalKey('blind', subject),
    topic: 'blind',
    subject,
    at,
    // Silence of fewer nodes (the others are in maintenance) says nothing either way.
    seen:
      silent && level === null
        ? null
        : { level, holdLevel: level, cause: 'bot-blind', params: { nodes: snapshots.length } },
  }
}

function heardNothing({ state, reason }: NodeSnapshot): boolean {
  return state === 'unreachable' && !(reason && ANSWERED.has(reason.code))
}

function measureAvailability(snapshot: NodeSnapshot): Measurement | null {
  const { state, reason } = snapshot
  const down = (cause: ConditionCode): Measurement => ({
    level: 'critical',
    holdLevel: 'critical',
    cause,
    params: { node: snapshot.nodeId },
    ...(reason ? { reason } : {}),
  })
  switch (state) {
    case 'serving':
      return { level: null, holdLevel: null, cause: 'not-serving', params: { node: snapshot.nodeId } }
    case 'unreachable':
      // A changed host key has an incident of its own, about security rather than about availability.
      return reason?.code === 'host-key-changed' ? null : down('node-unreachable')
    case 'not-serving':
      return down('not-serving')
    case 'service-down':
      return down(reason?.code === 'service-crash-looping' ? 'crash-looping' : 'service-down')
    case 'unknown':
      return null
  }
}

function measureHostKey({ state, reason, nodeId }: NodeSnapshot): Measurement | null {
  const changed = reason?.code === 'host-key-changed'
  if (state === 'unreachable' && !changed) return null
  const level = changed ? 'critical' : null
  return {
    level,
    holdLevel: level,
    cause: 'host-key-changed',
    params: { node: nodeId },
    ...(changed && reason ? { reason } : {}),
  }
}

function share(
  cause: ConditionCode,
  percent: number,
  band: number,
  warning: number,
  critical: number,
): Measurement {
  const grade = (value: number): Severity | null =>
    value >= critical ? 'critical' : value >= warning ? 'warning' : null
  return { level: grade(percent), holdLevel: grade(percent + band), cause, params: { percent } }
}
