import { setImmediate as nextTurn } from 'node:timers/promises'
import type { NodeSnapshot, SessionFacts } from '../openclaw/snapshot.ts'
import { type Anomaly, CONDITION_CODES, type Severity } from './conditions.ts'
import { runFigures } from './current-run.ts'
import { mayGrow } from './forecast.ts'
import { type HistoriesPort, observe, type SessionHistory } from './history.ts'
import { measureAvailability, measureHostKey, stateRemarks } from './rules/availability.ts'
import { type BackupStanding, measureBackup } from './rules/backup.ts'
import { measureCompaction } from './rules/compaction.ts'
import { measureContext } from './rules/context.ts'
import { machineRemarks, measureDisk, measureMemory } from './rules/machine.ts'
import { measureRunaway } from './rules/runaway.ts'
import { serviceRemarks } from './rules/service.ts'
import { counterRemarks, measureWatch } from './rules/watch.ts'
import { keysOf, type Measurement, rank, type Signal, type Subject, type Topic } from './signal.ts'
import { type RulesFile, sameTags, type Thresholds, thresholdsFor } from './thresholds.ts'

/** The curves of the sessions. */
type Curves = Pick<HistoriesPort, 'get' | 'stateOf'>

/** What a judgement rests on besides the snapshot. */
export interface Surroundings {
  rules: RulesFile
  /** Tags of the node. */
  tags: readonly string[]
  histories: Curves
  /** Keys of the sessions of which a gateway event said, since the last look, that their prompt was refused. */
  overflowed?: ReadonlySet<string>
  /** How it stands with its backups; left out where nobody asked. */
  backup?: BackupStanding
}

/** What one look at a node says, under the rules that hold for it. */
export interface Judgement {
  /** What may become an incident, calm or not. */
  signals: readonly Signal[]
  /** What whoever looks should know, and nobody is called for. */
  remarks: readonly Measurement[]
  levels: FigureLevels
}

/** How bad the figures are that a face shows; null where nothing is wrong or nothing can be said. */
export interface FigureLevels {
  disk: Severity | null
  memory: Severity | null
  /** By session key; only those that have a level. Without a prototype: keys come from the node. */
  contexts: Readonly<Record<string, Severity>>
}

/** The sessions of a healthy node raise nothing. */
const NO_CONTEXTS: FigureLevels['contexts'] = Object.freeze(Object.create(null))
const NONE: ReadonlySet<string> = new Set()
/** A few milliseconds of work. */
const SESSIONS_AT_ONCE = 100

/** Kept so that a list need not judge again what the monitor has judged. */
interface Made extends Pick<Surroundings, 'rules' | 'tags' | 'backup'> {
  judgement: Judgement
}
const made = new WeakMap<NodeSnapshot, Made>()
let judged = 0

/** How often something was judged: as long as it stays the same, no judgement is another one than before. */
export function judgedSoFar(): number {
  return judged
}

/**
 * The one judge: what is wrong with a node by one snapshot, for a status, a list, a meter and an incident alike. Pure but
 * for its memory: a snapshot is judged once under the same rules, unless an event has told more since.
 */
export function judgeNode(snapshot: NodeSnapshot, around: Surroundings): Judgement {
  const known = remembered(snapshot, around)
  if (known) return known
  const steps = judge(snapshot, around)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return remember(snapshot, around, value)
  }
}

/** As {@link judgeNode}, with a turn of the event loop between the sessions of a node that has many. */
export async function judgeInTurns(snapshot: NodeSnapshot, around: Surroundings): Promise<Judgement> {
  const known = remembered(snapshot, around)
  if (known) return known
  const steps = judge(snapshot, around)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return remember(snapshot, around, value)
    await nextTurn()
  }
}

function remembered(
  snapshot: NodeSnapshot,
  { rules, tags, overflowed, backup }: Surroundings,
): Judgement | null {
  const last = made.get(snapshot)
  if (last?.rules !== rules || last.backup !== backup) return null
  return sameTags(last.tags, tags) && !overflowed?.size ? last.judgement : null
}

function remember(
  snapshot: NodeSnapshot,
  { rules, tags, backup }: Surroundings,
  judgement: Judgement,
): Judgement {
  judged += 1
  made.set(snapshot, { rules, tags, ...(backup ? { backup } : {}), judgement })
  return judgement
}

/** Pauses after each few sessions. */
function* judge(snapshot: NodeSnapshot, around: Surroundings): Generator<void, Judgement> {
  const { nodeId, observedAt } = snapshot
  const thresholds = thresholdsFor(around.rules, { nodeId, tags: around.tags, agentId: null })
  const subject: Subject = { nodeId, agentId: null, sessionKey: null }
  const disk = measureDisk(snapshot, thresholds)
  const memory = measureMemory(snapshot, thresholds)
  const keyOf = keysOf(subject)
  const signal = (topic: Topic, seen: Measurement | null): Signal => ({
    key: keyOf(topic),
    topic,
    subject,
    at: observedAt,
    seen,
  })
  const signals = [
    signal('availability', measureAvailability(snapshot)),
    signal('host-key', measureHostKey(snapshot)),
    signal('watch', measureWatch(snapshot)),
    signal('disk', disk),
    signal('memory', memory),
  ]
  const { backup } = around
  if (backup) signals.push(signal('backup', measureBackup(snapshot, thresholds.backupEvery, backup)))
  const contexts = yield* judgeSessions(snapshot, around, signals)
  return {
    signals,
    remarks: [
      ...stateRemarks(snapshot),
      ...machineRemarks(snapshot),
      ...serviceRemarks(snapshot),
      ...counterRemarks(snapshot),
    ],
    levels: { disk: disk?.level ?? null, memory: memory?.level ?? null, contexts },
  }
}

/** Adds the signals of every session in use. @returns the levels of their contexts */
function* judgeSessions(
  { nodeId, observedAt, sessions }: NodeSnapshot,
  { rules, tags, histories, overflowed = NONE }: Surroundings,
  signals: Signal[],
): Generator<void, FigureLevels['contexts']> {
  if (sessions.freshness === 'unknown') return NO_CONTEXTS
  let levels: Record<string, Severity> | null = null
  for (const [index, session] of sessions.value.entries()) {
    if (index > 0 && index % SESSIONS_AT_ONCE === 0) yield
    if (session.archived) continue
    const thresholds = thresholdsFor(rules, { nodeId, tags, agentId: session.agentId })
    const look = { at: observedAt, overflowed: overflowed.has(session.key) }
    const found = judgeSession(nodeId, session, { histories, thresholds, ...look })
    signals.push(...found)
    const level = found[0]?.seen?.level ?? null
    if (level === null) continue
    levels ??= Object.create(null) as Record<string, Severity>
    levels[session.key] = level
  }
  return levels ?? NO_CONTEXTS
}

/** What the rules said of a session, and what they said it by. */
interface Settled {
  state: object
  thresholds: Thresholds
  signals: Signal[]
}
/** Most sessions are looked at many times between two turns, and most of them say the same until then. */
const settled = new WeakMap<SessionFacts, Settled>()

/** What the rules say of one session, its context first. */
export function judgeSession(
  nodeId: string,
  session: SessionFacts,
  around: { histories: Curves; thresholds: Thresholds; at: number; overflowed: boolean },
): Signal[] {
  const { histories, thresholds, at, overflowed } = around
  const state = overflowed ? undefined : histories.stateOf?.(nodeId, session.key)
  const known = state && settled.get(session)
  if (known && known.state === state && known.thresholds === thresholds) {
    known.signals = known.signals.map((signal) => ({ ...signal, at }))
    return known.signals
  }
  const history = histories.get(nodeId, session.key) ?? observe(undefined, session, at)
  const signals = signalsOf(nodeId, session, history, around)
  if (state && !dependsOnTime(session, history, around)) settled.set(session, { state, thresholds, signals })
  return signals
}

/** Whether a later look at the same facts may say something else: an end comes nearer, a compaction grows old. */
function dependsOnTime(
  { context: { usablePercent } }: SessionFacts,
  history: SessionHistory,
  { thresholds, at }: { thresholds: Thresholds; at: number },
): boolean {
  if (history.compactions.length > 0) return true
  const isFar = usablePercent.freshness === 'unknown' || usablePercent.value < thresholds.timeLeftFrom
  return !isFar && mayGrow(history, at)
}

function signalsOf(
  nodeId: string,
  session: SessionFacts,
  history: SessionHistory,
  { thresholds, ...look }: { thresholds: Thresholds; at: number; overflowed: boolean },
): Signal[] {
  const { at } = look
  const subject: Subject = { nodeId, agentId: session.agentId, sessionKey: session.key }
  const keyOf = keysOf(subject)
  const signal = (topic: Topic, seen: Measurement | null): Signal => ({
    key: keyOf(topic),
    topic,
    subject,
    at,
    seen,
  })
  const context = signal('context', measureContext(session, history, thresholds, look))
  context.epoch = `${session.sessionId ?? ''}/${session.compactionCount ?? 0}/${runFigures(history).cutAt}`
  return [
    context,
    signal('compaction', measureCompaction(session, history, at)),
    signal('runaway', measureRunaway(session, history, thresholds)),
  ]
}

/** Everything that is wrong by a judgement and by what else was found, worst first. */
export function anomaliesOf({ signals, remarks }: Judgement, more: readonly Measurement[] = []): Anomaly[] {
  const found: Anomaly[] = []
  const add = ({ level, cause, params, reason, detail }: Measurement) => {
    if (level === null) return
    const told = detail ?? reason?.detail
    found.push({
      code: cause,
      severity: level,
      params: { ...params },
      ...(reason ? { reason } : {}),
      ...(told === undefined ? {} : { detail: told }),
    })
  }
  for (const { seen } of signals) if (seen) add(seen)
  for (const remark of remarks) add(remark)
  for (const remark of more) add(remark)
  return found.sort(
    (a, b) =>
      rank(b.severity) - rank(a.severity) ||
      CONDITION_CODES.indexOf(a.code) - CONDITION_CODES.indexOf(b.code),
  )
}
