import type { ReasonCode } from '../../base/reading.ts'
import { isUnread } from '../../openclaw/node-state.ts'
import type { NodeSnapshot } from '../../openclaw/snapshot.ts'
import type { ConditionCode } from '../conditions.ts'
import { type Measurement, type Signal, type Subject, signalKey } from '../signal.ts'

/** Reasons that lie with the node's answer, not with the way to it: whoever hears them is not blind. */
const ANSWERED: ReadonlySet<ReasonCode> = new Set([
  'auth-failed',
  'second-factor',
  'certificate-not-valid',
  'certificate-principal',
  'certificate-refused',
  'hardware-key-unused',
  'key-unusable',
  'host-key-unknown',
  'host-key-changed',
  'kex-unsupported',
])

/** Whether a node does its work. Null where that could not be seen. */
export function measureAvailability(snapshot: NodeSnapshot): Measurement | null {
  const { state, reason, install, service, nodeId } = snapshot
  const down = (cause: ConditionCode, params: Measurement['params'] = {}): Measurement => ({
    level: 'critical',
    holdLevel: 'critical',
    cause,
    params: { node: nodeId, ...params },
    ...(reason ? { reason } : {}),
  })
  switch (state) {
    case 'serving':
      return { level: null, holdLevel: null, cause: 'not-serving', params: { node: nodeId } }
    case 'unreachable':
      // A changed host key has an incident of its own, about security rather than about availability.
      return reason?.code === 'host-key-changed' ? null : down('node-unreachable')
    case 'not-serving':
      // Busy with what an operator asked for: nobody knows better until that has ended.
      if (reason?.code === 'gateway-busy') return null
      // Nothing on the node could be told to start it anew.
      if (service.kind.value === 'process') return down('process-silent')
      return reason?.code === 'port-silent'
        ? down('port-silent', known('port', install.gatewayPort.value))
        : down('not-serving')
    case 'service-down':
      if (reason?.code === 'service-crash-looping') return down('crash-looping')
      if (reason?.code === 'config-invalid')
        return down('config-invalid', known('path', install.configPath.value))
      if (reason?.code === 'agent-deleted') return down('agent-deleted', reason.params ?? {})
      if (service.kind.value === 'none') return down('service-missing')
      if (service.kind.value === 'systemd-system')
        return down('system-service-down', known('unit', service.unit.value))
      return down('service-down')
    case 'unknown':
      // Nobody knows whether it serves, and nobody will before it is looked after.
      return reason?.code === 'node-slow' ? down('node-slow') : null
  }
}

function known(name: string, value: string | number | null): Measurement['params'] {
  return value === null ? {} : { [name]: value }
}

/** Whether a node answers that was to be decommissioned while it did not. Not seen while it still does not. */
export function suspectSignal({ state, nodeId, observedAt }: NodeSnapshot, isSuspect: boolean): Signal {
  const subject: Subject = { nodeId, agentId: null, sessionKey: null }
  const level = isSuspect ? 'warning' : null
  const params = { node: nodeId }
  const seen: Measurement | null =
    isSuspect && state === 'unreachable'
      ? null
      : { level, holdLevel: level, cause: 'suspect-answers', params, immediate: true }
  return { key: signalKey('suspect', subject), topic: 'suspect', subject, at: observedAt, seen }
}

/** Whether the machine shows another key than the approved one. Null where no key was seen. */
export function measureHostKey(snapshot: NodeSnapshot): Measurement | null {
  const { reason, nodeId } = snapshot
  const changed = reason?.code === 'host-key-changed'
  if (isUnread(snapshot) && !changed) return null
  const level = changed ? 'critical' : null
  return {
    level,
    holdLevel: level,
    cause: 'host-key-changed',
    params: { node: nodeId },
    ...(changed && reason ? { reason } : {}),
  }
}

/** What is worth a word to whoever looks at the node, but calls nobody: its state is not clear. */
export function stateRemarks({ state, reason, install }: NodeSnapshot): Measurement[] {
  const found: Measurement[] = []
  // That a node is slow is a signal of its own.
  if (state === 'unknown' && reason?.code !== 'node-slow')
    found.push({
      level: 'warning',
      holdLevel: 'warning',
      cause: 'state-unknown',
      params: {},
      ...(reason ? { reason } : {}),
    })
  if (install.configValid.value === false && state !== 'service-down')
    found.push({
      level: 'critical',
      holdLevel: 'critical',
      cause: 'config-invalid',
      params: known('path', install.configPath.value),
    })
  return found
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
