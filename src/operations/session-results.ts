import type { Reading, Reason } from '../base/reading.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Forecast } from '../monitor/forecast.ts'
import type { SessionHistory } from '../monitor/history.ts'
import type { SessionFacts } from '../openclaw/snapshot.ts'

/** One session in a list or on its own card. */
export interface SessionView {
  session: SessionFacts
  forecast: Forecast | null
  /** The open incident about its context, if there is one. */
  incident: Incident | null
}

/** list-sessions: fullest first. */
export interface SessionList {
  nodeId: string
  /** Why there is nothing to show; null when the sessions were read. */
  reason: Reason | null
  sessions: SessionView[]
  observedAt: number
}

/** show-session. */
export interface SessionDetail extends SessionView {
  nodeId: string
  history: SessionHistory | null
  observedAt: number
}

/** How a session is about to be compacted or started anew. */
export interface SessionPlan {
  nodeId: string
  sessionKey: string
  agentId: string
  sessionId: string | null
  used: Reading<number>
  window: number | null
  /** A turn is running: it would be interrupted. */
  running: boolean
  /** `rpc`: sessions.compact; `chat`: the message /compact, the only way on old gateways. */
  method: 'rpc' | 'chat'
}

export type SessionStep = { step: 'saving' } | { step: 'acting' } | { step: 'verifying' }

/** What became of the transcript before the session was changed. */
export type SavedTranscript = { saved: true; name: string; bytes: number } | { saved: false; reason: Reason }

/** compact-session and reset-session. */
export interface SessionChange {
  nodeId: string
  sessionKey: string
  before: Reading<number>
  /** A new reading, taken afterwards. */
  after: Reading<number>
  transcript: SavedTranscript
  /** What OpenClaw said when it did nothing; untrusted. */
  refusal: string | null
}

/** prevent-overflow: the lasting remedy in the node's configuration. */
export interface PreventPlan {
  nodeId: string
  /** Where in openclaw.json. */
  path: string
  before: number | null
  after: number
  window: number
  reserve: number
  /** Where OpenClaw will then compact, tokens. */
  compactsAt: number
  model: string
}
export interface PreventResult extends PreventPlan {
  /** The value that the node now has, read back. */
  verified: number | null
  needsRestart: boolean
}
