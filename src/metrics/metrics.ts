import { monitorEventLoopDelay } from 'node:perf_hooks'
import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { isActive } from '../incidents/placing.ts'
import type { SweepReport } from '../monitor/monitor.ts'
import type { NodeState } from '../openclaw/snapshot.ts'
import type { AuditEntry, AuditPort } from '../operations/audit.ts'
import type { Context } from '../operations/context.ts'
import { staleAfterMs } from '../operations/overview.ts'
import { exposition, type Family, type Sample } from './exposition.ts'

const SECOND_MS = 1_000
const SECOND_NS = 1e9
const LOOP_RESOLUTION_MS = 20
const NODE_STATES = [
  'serving',
  'not-serving',
  'service-down',
  'unreachable',
  'unknown',
] as const satisfies readonly NodeState[]

/** The figures of the running program. */
export interface Metrics {
  /** Everything as text, as it is now. */
  text(): Promise<string>
  /** Takes in how a pass over the nodes went. */
  swept(report: SweepReport): void
  /** An audit that counts what is written to it. */
  counting(audit: AuditPort): AuditPort
  close(): void
}

/** @param options.connected whether Discord is connected now */
export function createMetrics(options: { context: Context; version: string; connected(): boolean }): Metrics {
  const { context, version, connected } = options
  const startedAt = context.clock.now()
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  delay.enable()
  const operations = new Map<string, { labels: Record<string, string>; value: number }>()
  let lastSweep: { report: SweepReport; endedAt: number } | null = null

  const own = (): Family[] => [
    {
      name: 'ocm_build',
      type: 'info',
      help: 'What runs.',
      samples: [{ labels: { version, node: process.version }, value: 1 }],
    },
    gauge('ocm_start_time_seconds', 'When it was started.', [{ value: startedAt / SECOND_MS }]),
    gauge('ocm_discord_connected', 'Whether Discord is connected.', [{ value: Number(connected()) }]),
    gauge('ocm_resident_memory_bytes', 'Memory of the process.', [{ value: process.memoryUsage.rss() }]),
    gauge('ocm_event_loop_delay_seconds', 'Delay of the event loop since the last reading.', loopDelay()),
    {
      name: 'ocm_operations',
      type: 'counter',
      help: 'Operations that ended in this process, by how they ended.',
      samples: [...operations.values()],
    },
  ]

  const sweeps = (): Family[] => {
    if (lastSweep === null) return []
    const { report, endedAt } = lastSweep
    return [
      gauge('ocm_sweep_duration_seconds', 'How long the last good pass over the nodes took.', [
        { value: report.tookMs / SECOND_MS },
      ]),
      gauge('ocm_sweep_last_success_timestamp_seconds', 'When the last good pass over the nodes ended.', [
        { value: endedAt / SECOND_MS },
      ]),
      gauge('ocm_sweep_nodes', 'Nodes of the last good pass.', [{ value: report.nodes }]),
      gauge('ocm_sweep_reached_nodes', 'Nodes that answered in it.', [{ value: report.reached }]),
    ]
  }

  function loopDelay(): Sample[] {
    if (delay.count === 0) return []
    // What is measured is the time between two turns of a timer, so the timer's own time belongs to it.
    const late = (ns: number) => Math.max(0, ns / SECOND_NS - LOOP_RESOLUTION_MS / SECOND_MS)
    const samples = [
      { labels: { stat: 'p50' }, value: late(delay.percentile(50)) },
      { labels: { stat: 'p99' }, value: late(delay.percentile(99)) },
      { labels: { stat: 'max' }, value: late(delay.max) },
    ]
    delay.reset()
    return samples
  }

  return {
    async text() {
      await context.backups.book.prepare()
      const jobs = await context.journal.underWay()
      return exposition([
        ...own(),
        ...sweeps(),
        ...fleetFamilies(context),
        gauge('ocm_jobs_running', 'Changes under way, those of the command line included.', [
          { value: jobs.length },
        ]),
        incidentFamily(context),
        ...backupFamilies(context),
      ])
    },
    swept(report) {
      lastSweep = { report, endedAt: context.clock.now() }
    },
    counting(audit) {
      const count = ({ operation, result: outcome }: AuditEntry) => {
        const key = `${operation} ${outcome}`
        const known = operations.get(key) ?? { labels: { operation, outcome }, value: 0 }
        known.value += 1
        operations.set(key, known)
      }
      return {
        ...audit,
        append(entry) {
          count(entry)
          return audit.append(entry)
        },
        look(entry) {
          count(entry)
          return audit.look(entry)
        },
      }
    },
    close: () => void delay.disable(),
  }
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  const unit = /_(seconds|bytes)$/.exec(name)?.[1] as Family['unit']
  return { name, type: 'gauge', help, samples, ...(unit === undefined ? {} : { unit }) }
}

function fleetFamilies(context: Context): Family[] {
  const now = context.clock.now()
  const freshForMs = staleAfterMs(context.limits)
  const counts = new Map<string, number>(
    [...NODE_STATES, 'maintenance', 'retired'].map((state) => [state, 0]),
  )
  const up: Sample[] = []
  const looked: Sample[] = []
  for (const node of context.registry.list()) {
    const { state: recorded } = recordAt(node, now)
    const snapshot = context.snapshots.get(node.id)
    const isFresh = snapshot !== undefined && now - snapshot.observedAt <= freshForMs
    const state = recorded !== 'active' ? recorded : isFresh ? snapshot.state : 'unknown'
    counts.set(state, (counts.get(state) ?? 0) + 1)
    if (recorded === 'retired' || snapshot === undefined) continue
    const labels = { node: node.id }
    looked.push({ labels, value: snapshot.observedAt / SECOND_MS })
    if (recorded === 'active' && state !== 'unknown') up.push({ labels, value: Number(state === 'serving') })
  }
  return [
    gauge(
      'ocm_nodes',
      'Registered nodes by state; unknown is also what was not seen of late.',
      [...counts].map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge('ocm_node_up', 'Whether the gateway of a node serves; absent where that is not known.', up),
    gauge('ocm_node_last_look_timestamp_seconds', 'When a node was last looked at.', looked),
  ]
}

function incidentFamily(context: Context): Family {
  const open = new Map<string, { labels: Record<string, string>; value: number }>()
  for (const incident of context.incidents.state().incidents) {
    if (!isActive(incident)) continue
    const { topic: kind, level } = incident
    const state = incident.state
    const key = `${kind} ${level} ${state}`
    const known = open.get(key) ?? { labels: { kind, level, state }, value: 0 }
    known.value += 1
    open.set(key, known)
  }
  return gauge('ocm_incidents_open', 'Incidents that are open, acknowledged or snoozed.', [...open.values()])
}

function backupFamilies(context: Context): Family[] {
  const taken: Sample[] = []
  const verified: Sample[] = []
  const drilled: Sample[] = []
  const failures: Sample[] = []
  const isKept = (node: NodeRecord) => recordAt(node, context.clock.now()).state !== 'retired'
  for (const { id } of context.registry.list().filter(isKept)) {
    const labels = { node: id }
    const { proven, drilled: drill, attempts } = context.backups.book.standing(id)
    if (proven.value) {
      taken.push({ labels, value: proven.value.takenAt / SECOND_MS })
      verified.push({ labels, value: proven.value.verifiedAt / SECOND_MS })
    }
    if (drill?.ok) drilled.push({ labels, value: drill.at / SECOND_MS })
    if (attempts) failures.push({ labels, value: attempts.failures })
  }
  return [
    gauge(
      'ocm_backup_last_success_timestamp_seconds',
      'When the newest backup that was verified was taken; absent where there is none, or that is not known.',
      taken,
    ),
    gauge('ocm_backup_last_verified_timestamp_seconds', 'When that backup was verified.', verified),
    gauge(
      'ocm_backup_last_drill_timestamp_seconds',
      'When a backup was last restored on trial with success.',
      drilled,
    ),
    gauge('ocm_backup_failures', 'Scheduled backups that failed since the last good one.', failures),
  ]
}
