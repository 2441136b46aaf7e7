import type { IncidentInput } from '../../src/incidents/engine.ts'
import { type Incident, type IncidentState, incidentStateSchema } from '../../src/incidents/incident.ts'
import { defaultIncidentSettings, type IncidentSettings } from '../../src/incidents/settings.ts'
import type { Severity } from '../../src/monitor/conditions.ts'
import { type Measurement, type Signal, signalKey, type Topic } from '../../src/monitor/signal.ts'
import { advance, emptyIncidentState } from './whole-state.ts'

const CAUSES: Record<Topic, Measurement['cause']> = {
  context: 'context-level',
  compaction: 'compaction-missed',
  runaway: 'runaway',
  availability: 'node-unreachable',
  watch: 'not-watched',
  disk: 'disk-full',
  memory: 'memory-full',
  'host-key': 'host-key-changed',
  suspect: 'suspect-answers',
  backup: 'backup-stale',
  'backup-store': 'backups-no-room',
  'backup-copies': 'copies-failing',
  blind: 'bot-blind',
  crowd: 'too-many-alerts',
}

/** One look at one subject; `seen` undefined for a look that saw nothing. */
export function look(
  topic: Topic,
  level: Severity | null | undefined,
  options: { node?: string; session?: string; at: number; hold?: Severity | null },
): Signal {
  const subject =
    topic === 'blind'
      ? { nodeId: null, agentId: null, sessionKey: null }
      : { nodeId: options.node ?? 'alpha', agentId: null, sessionKey: options.session ?? null }
  const holdLevel = options.hold === undefined ? (level ?? null) : options.hold
  return {
    key: signalKey(topic, subject),
    topic,
    subject,
    at: options.at,
    seen: level === undefined ? null : { level, holdLevel, cause: CAUSES[topic], params: { at: options.at } },
  }
}

/**
 * The engine with a channel: every revision is sent at once, and the channel counts what people get. `restart` forgets
 * everything but what JSON and the schema of the file keep.
 */
export function storm(start: number, settings: Partial<IncidentSettings> = {}) {
  let state = emptyIncidentState()
  let now = start
  const posts: string[] = []
  const listed = new Set<string>()
  const shown = new Map<string, number>()
  let edits = 0
  let online = true
  const read = (): IncidentState => state
  const step = (input: IncidentInput) => {
    state = advance(state, input, {
      now,
      settings: { ...defaultIncidentSettings, ...settings },
      tagsOf: () => [],
      unwatched: new Map(),
      isShown: (id, revision) => (shown.get(id) ?? 0) >= revision,
    })
  }
  const send = (id: string, revision: number) => {
    const before = shown.get(id)
    if (before !== undefined && before >= revision) return
    if (before === undefined) posts.push(id)
    else edits += 1
    shown.set(id, revision)
  }
  const deliver = () => {
    if (!online) return
    const { incidents, digests } = read()
    for (const { id, place, revision } of incidents) if (place === 'own') send(id, revision)
    for (const { id, revision, members } of digests) {
      for (const member of members) listed.add(member)
      send(id, revision)
    }
  }
  const apply = (input: IncidentInput) => {
    step(input)
    deliver()
  }
  return {
    apply,
    signals: (...signals: Signal[]) => apply({ kind: 'signals', signals }),
    pass(ms: number) {
      now += ms
      apply({ kind: 'tick' })
    },
    /** Sets the clock, forward or back, without time passing. */
    jump(ms: number) {
      now += ms
    },
    /** The bot is gone for a while and comes back with what is on the disk. */
    restart(downMs: number) {
      state = incidentStateSchema.parse(JSON.parse(JSON.stringify(state)))
      now += downMs
      online = true
      apply({ kind: 'tick' })
    },
    /** While Discord is away nothing is sent. */
    setOnline(value: boolean) {
      online = value
    },
    get now() {
      return now
    },
    get posts() {
      return posts
    },
    get edits() {
      return edits
    },
    get state() {
      return read()
    },
    /** Incidents that neither a message nor a digest has shown, nor a reason explains. */
    lost(): Incident[] {
      return read().incidents.filter(
        ({ id, place }) => !(place === 'own' || listed.has(id) || place === 'held'),
      )
    },
    /** Notifications: first messages, and timeline lines that ping. */
    pings: () => read().incidents.flatMap(({ timeline }) => timeline.filter(({ ping }) => ping)).length,
  }
}
