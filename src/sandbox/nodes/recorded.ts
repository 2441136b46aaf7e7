import type { OpenClawVersion } from './control.ts'
import feb from './recorded/2026.2.17.json' with { type: 'json' }
import march from './recorded/2026.3.31.json' with { type: 'json' }
import april from './recorded/2026.4.14.json' with { type: 'json' }
import may from './recorded/2026.5.12.json' with { type: 'json' }
import june from './recorded/2026.6.8.json' with { type: 'json' }
import july from './recorded/2026.7.1.json' with { type: 'json' }
import august from './recorded/2026.8.1.json' with { type: 'json' }
import now from './recorded/2026.9.6.json' with { type: 'json' }

/** A JSON object whose shape is OpenClaw's business. */
export type Json = { [key: string]: unknown }

/** What a release answers, taken from recordings of a real gateway; values are overlaid, keys are not invented. */
export interface Recorded {
  methods: string[]
  events: string[]
  /** Only new releases have capabilities. */
  capabilities: string[] | null
  /** Scope by method, where it was recorded. */
  scopes: Record<string, string>
  hello: Json
  presenceSelf: Json
  health: Json
  healthAgent: Json
  sessionRow: Json
  /** What a row of a channel's conversation has in addition. */
  channelRowExtra: Json
  sessionsList: Json
  agentsList: Json
  agentRow: Json
  /** What the row of an agent made over RPC has in addition. */
  createdAgentRow: Json
  channelsStatus: Json
  modelRow: Json
  status: Json
  statusAgent: Json
  statusHeartbeat: Json
  statusRecentRow: Json
  systemInfo: Json
  /** Row fields that `sessions.changed` repeats beside the row; null where the row has none. */
  changedFields: string[]
  cliSessions: Json
  cliSessionRow: Json
  gatewayStatus: Json
  gatewayStatusDownRpc: Json
  configGet: Json
  /** One entry of the old session store file. */
  storeEntry: Json
}

const none = {
  capabilities: null,
  scopes: {},
  agentRow: {},
  createdAgentRow: {},
  systemInfo: {},
  changedFields: [],
  gatewayStatusDownRpc: {},
  storeEntry: {},
}

const early: Recorded = { ...none, ...feb }
const late: Recorded = { ...none, ...now }

/** Of the releases between the first and the last only the gateway was recorded: their commands speak as the nearest one. */
const recordings: Record<OpenClawVersion, Recorded> = {
  '2026.2.17': early,
  '2026.3.31': { ...early, changedFields: [], ...march },
  '2026.4.14': { ...early, changedFields: [], ...april },
  '2026.5.12': { ...late, changedFields: [], ...may },
  '2026.6.8': { ...late, changedFields: [], ...june },
  '2026.7.1': { ...late, changedFields: [], ...july },
  '2026.8.1': { ...late, ...august },
  '2026.9.6': late,
}

/** The recordings of a release. Callers get their own copy of what they change through {@link copyOf}. */
export function recordingsOf(version: OpenClawVersion): Recorded {
  return recordings[version]
}

/** A deep copy of a recorded object with `changes` on top. */
export function copyOf(template: Json, changes: Json = {}): Json {
  return { ...structuredClone(template), ...changes }
}
