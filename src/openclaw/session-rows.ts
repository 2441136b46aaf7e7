import { z } from 'zod'
import { redact } from '../base/redact.ts'
import {
  optionalAmount,
  optionalCount,
  optionalFlag,
  optionalStamp,
  optionalText,
  optionalTokens,
} from './optional-fields.ts'
import type { Keep } from './parse-thread.ts'
import { type ContextSources, contextFacts } from './sessions.ts'
import type { SessionFacts } from './snapshot.ts'

/** The longest id that an agent may have; see the registry's schema. */
const LONGEST_AGENT_ID = 128
const text = optionalText(4096)
const count = optionalCount
const tokens = optionalTokens
const stamp = optionalStamp
const flag = optionalFlag

/** A session as `sessions.list`, the CLI and the store file spell it; every field but the key may be missing. */
const rowSchema = z.object({
  key: z.string().min(1).max(512),
  agentId: optionalText(LONGEST_AGENT_ID),
  sessionId: text,
  kind: text,
  model: text,
  modelProvider: text,
  lastInteractionAt: stamp,
  startedAt: stamp,
  status: text,
  hasActiveRun: flag,
  lastRunError: z
    .union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)])
    .nullable()
    .catch(null)
    .default(null),
  compactionCount: count,
  compactionCheckpointCount: count,
  archived: flag,
  archivedAt: z.unknown().optional(),
  thinkingLevel: text,
  thinkingDefault: text,
  inputTokens: tokens,
  outputTokens: tokens,
  totalTokens: tokens,
  totalTokensFresh: flag,
  contextTokens: tokens,
  estimatedCostUsd: optionalAmount,
})

const ROW_FIELDS = Object.keys(rowSchema.shape)
/** What of the store file of an agent is looked at; see {@link parseSessionStore}. */
export const KEPT_OF_STORE: Keep = { path: [], fields: ROW_FIELDS }
const KEPT_OF_FRAME: Keep = { path: ['payload', 'sessions'], fields: ROW_FIELDS }

/** What of the answer to a method is looked at; null for all of it. A row of a session is 3 kB, and a tenth of it counts. */
export function keptOf(method: string): Keep | null {
  return method === 'sessions.list' ? KEPT_OF_FRAME : null
}

/** One typed row. `thinkingLevel` is the level in force, `compactionCount` whatever tells of compactions. */
export type SessionRow = z.infer<typeof rowSchema>

const listSchema = z.object({
  sessions: z.array(z.unknown()).catch([]),
  defaults: z.object({ contextTokens: tokens }).optional().catch(undefined),
  hasMore: flag,
  nextOffset: count,
  totalCount: count,
})

/** One page of sessions. */
export interface SessionPage {
  rows: SessionRow[]
  /** The gateway's own default window. */
  defaultWindow: number | null
  /** Where the next page begins; null when this is the last, or when the gateway knows no offset. */
  nextOffset: number | null
  /** Whether the gateway has more than it gave. */
  more: boolean
  totalCount: number | null
}

/** Types one row; null when it has no key. */
export function parseSessionRow(value: unknown): SessionRow | null {
  const parsed = rowSchema.safeParse(value)
  if (!parsed.success) return null
  const row = parsed.data
  return {
    ...row,
    compactionCount: compactionsOf(row),
    thinkingLevel: row.thinkingLevel ?? row.thinkingDefault,
  }
}

/** Types what `sessions.list` or `openclaw sessions --json` answered; null when it is something else. */
export function parseSessionPage(payload: unknown): SessionPage | null {
  const parsed = listSchema.safeParse(payload)
  if (!parsed.success || !hasSessions(payload)) return null
  const { sessions, defaults, hasMore, nextOffset, totalCount } = parsed.data
  return {
    rows: sessions.flatMap((row) => parseSessionRow(row) ?? []),
    defaultWindow: defaults?.contextTokens ?? null,
    nextOffset: hasMore === true ? nextOffset : null,
    more: hasMore === true,
    totalCount,
  }
}

function hasSessions(payload: unknown): boolean {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'sessions' in payload &&
    Array.isArray(payload.sessions)
  )
}

/** Types the `sessions.json` of one agent (before 2026.6.8): an object whose keys are session keys. */
export function parseSessionStore(json: unknown, agentId: string): SessionRow[] | null {
  const store = z.record(z.string(), z.unknown()).safeParse(json)
  if (!store.success) return null
  return Object.entries(store.data).flatMap(([key, value]) => {
    const row = typeof value === 'object' ? parseSessionRow({ agentId, ...value, key }) : null
    return row ?? []
  })
}

/** The facts of one session. */
export function sessionFacts(row: SessionRow, sources: ContextSources, defaultAgentId: string): SessionFacts {
  return {
    key: row.key,
    agentId: row.agentId ?? agentOfKey(row.key) ?? defaultAgentId,
    sessionId: row.sessionId,
    kind: row.kind,
    model: row.model,
    modelProvider: row.modelProvider,
    lastInteractionAt: row.lastInteractionAt,
    startedAt: row.startedAt,
    status: row.status,
    // 2026.3.31 and 2026.4.14 tell only how the last run stands, 2026.2.17 nothing.
    running: row.hasActiveRun ?? (row.status === null ? null : row.status === 'running'),
    lastRunError:
      row.lastRunError === null ? null : redact(row.lastRunError.slice(0, 2_000)).text.slice(0, 500),
    compactionCount: row.compactionCount,
    archived: row.archived === true || (row.archivedAt !== undefined && row.archivedAt !== null),
    context: contextFacts(row, sources),
    usage: {
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      estimatedCostUsd: row.estimatedCostUsd,
    },
  }
}

/**
 * How often a session was compacted, as far as its row tells: 2026.5.12 to 2026.8.1 count checkpoints and leave the field
 * out until there is one (run), the store file and other versions count compactions.
 */
function compactionsOf(
  row: Pick<SessionRow, 'compactionCount' | 'compactionCheckpointCount'>,
): number | null {
  const { compactionCount: count, compactionCheckpointCount: checkpoints } = row
  return count === null ? checkpoints : Math.max(count, checkpoints ?? 0)
}

/** The agent in a key such as `agent:alpha:discord:channel:9`. */
export function agentOfKey(key: string): string | null {
  const id = /^agent:([^:]+):/.exec(key)?.[1]
  return id === undefined || id.length > LONGEST_AGENT_ID ? null : id
}
