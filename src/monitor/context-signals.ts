import { compactsFrom } from '../openclaw/compaction.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'
import type { Severity } from './conditions.ts'
import { forecast, turnGrowth } from './forecast.ts'
import { currentRun, type SessionHistory } from './history.ts'
import { type Measurement, rank, type Signal, type Subject, signalKey } from './signal.ts'
import type { Thresholds } from './thresholds.ts'

const MINUTE = 60_000
/** The estimate after a compaction counts the history without system prompt and tools, 13,000 tokens (both versions). */
const ESTIMATE_ERROR = 20_000
const LOOP_WINDOW = 60 * MINUTE
const LOOP_COUNT = 3
const LOOP_GAIN = 0.1
/** A forecast holds its level until it is this much further away. */
const TIME_BAND = 1.5
/** Growth this long after a person's last message is nobody's turn. */
const UNATTENDED_AFTER = 10 * MINUTE
const RUNAWAY_STEPS = 5

/** How both OpenClaw versions word a prompt that the provider refused; recorded from real gateways. */
const OVERFLOW =
  /context[ _]overflow|exceed(?:s|ed)? (?:the )?context|context limit|context_length|prompt is too long|too large/i
/** How 2026.9.6 words a compaction that could not help. */
const COMPACTION_FAILED = /auto-?compaction could not recover|compaction failed/i

/** Whether an error text of a run says that its prompt did not fit. */
export function isOverflowError(text: string | null): boolean {
  return text !== null && OVERFLOW.test(text)
}

/** What the context rules say of one session. `overflowed`: a gateway event said so since the last look. */
export function contextSignals(
  nodeId: string,
  session: SessionFacts,
  history: SessionHistory,
  thresholds: Thresholds,
  look: { at: number; overflowed: boolean },
): Signal[] {
  const subject: Subject = { nodeId, agentId: session.agentId, sessionKey: session.key }
  const epoch = `${session.sessionId ?? ''}/${session.compactionCount ?? 0}/${history.points.findLast((p) => p.cut)?.at ?? 0}`
  const signal = (topic: Signal['topic'], seen: Measurement | null): Signal => ({
    key: signalKey(topic, subject),
    topic,
    subject,
    at: look.at,
    seen,
    ...(topic === 'context' ? { epoch } : {}),
  })
  return [
    signal('context', measureContext(session, history, thresholds, look)),
    signal('compaction', measureCompaction(session, history, look.at)),
    signal('runaway', measureRunaway(session, history, thresholds)),
  ]
}

function measureContext(
  session: SessionFacts,
  history: SessionHistory,
  thresholds: Thresholds,
  look: { at: number; overflowed: boolean },
): Measurement | null {
  const params = figures(session)
  if (look.overflowed || isOverflowError(session.lastRunError))
    return { level: 'critical', holdLevel: 'critical', cause: 'context-overflow', params, immediate: true }
  const { used, usablePercent, headroom } = session.context
  // A stale counter neither raises nor clears: it has been wrong in both directions.
  if (used.freshness !== 'fresh' || usablePercent.value === null)
    return clearedByCompaction(session, history, thresholds, params)
  const candidates = [
    byLevel(usablePercent.value, thresholds, params),
    byHeadroom(headroom.value, history, params),
    byTimeLeft(usablePercent.value, history, thresholds, look.at, params),
  ]
  return strongest(candidates)
}

/**
 * Right after a compaction the counter is OpenClaw's own estimate. It never raises, but where even its error leaves
 * the context far below every level, what was wrong is over: the next turn may be hours away.
 */
function clearedByCompaction(
  { compactionCount, context }: SessionFacts,
  history: SessionHistory,
  at: Thresholds,
  params: Measurement['params'],
): Measurement | null {
  const { used, window, reserve } = context
  const compacted = (compactionCount ?? 0) > (history.compactionCount ?? 0)
  if (!compacted || used.freshness !== 'stale' || used.reason.code !== 'counter-after-compaction') return null
  const percent = ((used.value + ESTIMATE_ERROR) / ((window.value ?? 0) - reserve)) * 100
  const over = percent >= 0 && graded(percent + at.contextBand, at) === null
  return over ? { level: null, holdLevel: null, cause: 'context-level', params } : null
}

function figures({ agentId, key, model, context }: SessionFacts): Measurement['params'] {
  return {
    agent: agentId,
    session: key,
    model: model ?? '?',
    used: context.used.value ?? '?',
    window: context.window.value ?? '?',
    reserve: context.reserve,
    headroom: context.headroom.value ?? '?',
    percent: context.usablePercent.value ?? '?',
  }
}

function strongest(found: readonly (Measurement | null)[]): Measurement {
  const measured = found.filter((one) => one !== null)
  const [first] = measured.sort((a, b) => rank(b.level) - rank(a.level))
  const hold = measured.reduce<Severity | null>(
    (best, one) => (rank(one.holdLevel) > rank(best) ? one.holdLevel : best),
    null,
  )
  return { ...(first as Measurement), holdLevel: hold }
}

function graded(value: number, at: Thresholds): Severity | null {
  if (value >= at.contextCritical) return 'critical'
  if (value >= at.contextWarning) return 'warning'
  return value >= at.contextNotice ? 'notice' : null
}

function byLevel(percent: number, at: Thresholds, params: Measurement['params']): Measurement {
  return {
    level: graded(percent, at),
    holdLevel: graded(percent + at.contextBand, at),
    cause: 'context-level',
    params,
  }
}

/** The next turn may already be too large: known from the session's own turns. */
function byHeadroom(
  headroom: number | null,
  history: SessionHistory,
  params: Measurement['params'],
): Measurement | null {
  const growth = turnGrowth(history)
  if (headroom === null || (growth === null && headroom > 0)) return null
  const large = growth?.large ?? 0
  const level = headroom <= 0 ? 'critical' : headroom < large ? 'warning' : null
  const holdLevel = headroom <= 0 ? 'critical' : headroom < large * TIME_BAND ? 'warning' : null
  return { level, holdLevel, cause: 'headroom-short', params: { ...params, turn: Math.round(large) } }
}

function byTimeLeft(
  percent: number,
  history: SessionHistory,
  at: Thresholds,
  now: number,
  params: Measurement['params'],
): Measurement | null {
  const ahead = percent >= at.timeLeftFrom ? forecast(history, now) : null
  if (!ahead) return null
  const minutes = ahead.fullInMs / MINUTE
  const grade = (left: number): Severity | null =>
    left <= at.timeLeftCritical ? 'critical' : left <= at.timeLeftWarning ? 'warning' : null
  return {
    level: grade(minutes),
    holdLevel: grade(minutes / TIME_BAND),
    cause: 'time-left',
    params: {
      ...params,
      fromMinutes: Math.floor(ahead.earliestMs / MINUTE),
      toMinutes: Math.ceil(ahead.latestMs / MINUTE),
      turnsLeft: ahead.turnsLeft,
    },
  }
}

/** Passed the point where OpenClaw should have compacted; compacting for nothing; or a compaction that failed. */
function measureCompaction(session: SessionFacts, history: SessionHistory, now: number): Measurement | null {
  const params = figures(session)
  if (session.lastRunError !== null && COMPACTION_FAILED.test(session.lastRunError))
    return { level: 'critical', holdLevel: 'critical', cause: 'compaction-failed', params }
  if (session.context.used.freshness !== 'fresh') return null
  const recent = history.compactions.filter((compaction) => now - compaction.at <= LOOP_WINDOW)
  const idle = recent.filter(({ before, after }) => before - after < before * LOOP_GAIN)
  if (idle.length >= LOOP_COUNT)
    return {
      level: 'warning',
      holdLevel: 'warning',
      cause: 'compaction-looping',
      params: { ...params, count: idle.length },
    }
  const point = compactsFrom(session.context.window.value ?? Number.POSITIVE_INFINITY)
  const past = currentRun(history).filter(({ used }) => used >= point).length
  const level = past >= 2 ? 'warning' : null
  return {
    level,
    holdLevel: past >= 1 ? level : null,
    cause: 'compaction-missed',
    params: { ...params, point },
  }
}

/** Tokens that rise turn after turn although no person has spoken for a while. */
function measureRunaway(session: SessionFacts, history: SessionHistory, at: Thresholds): Measurement | null {
  const { used, window } = session.context
  if (used.freshness !== 'fresh' || session.lastInteractionAt === null || window.value === null) return null
  const since = session.lastInteractionAt + UNATTENDED_AFTER
  const run = currentRun(history)
  const alone = run.filter((point) => point.at > since)
  const start = run.findLast((point) => point.at <= since) ?? alone[0]
  const rise = start ? used.value - start.used : 0
  const runaway = alone.length >= RUNAWAY_STEPS && rise >= (window.value * at.runawayShare) / 100
  const level = runaway ? 'warning' : null
  return {
    level,
    holdLevel: level,
    cause: 'runaway',
    params: { ...figures(session), rise, turns: alone.length },
  }
}
