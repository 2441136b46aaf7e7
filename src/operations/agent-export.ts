import { z } from 'zod'
import { MOST_SESSION_IDS } from '../backup/manifest.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { bindingsOf, entryOf, workspaceIn } from '../openclaw/agent-entry.ts'
import { readConfig } from '../openclaw/methods/config.ts'
import { type CronJob, cronJobSchema, listCronJobs } from '../openclaw/methods/cron.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'

const recordSchema = z.record(z.string(), z.unknown())

/** What belongs to an agent and lies in none of its files, as its gateway told it. Texts are untrusted. */
const exportSchema = z.strictObject({
  id: z.string().min(1).max(128),
  /** As the gateway or the configuration names it; may begin with `~/`. */
  workspace: z.string().max(4_096),
  isDefault: z.boolean(),
  /** Its entry in the configuration, with secrets hidden; null where it has none. */
  entry: recordSchema.nullable(),
  bindings: z.array(recordSchema).max(500),
  /** Null where the jobs could not be read. */
  cron: z.array(cronJobSchema).max(2_000).nullable(),
  /** Its conversations; null where they were not read or are too many. */
  sessions: z
    .array(z.strictObject({ id: z.string().max(200), tokens: z.number().nullable() }))
    .max(MOST_SESSION_IDS)
    .nullable(),
})
export type AgentExport = z.infer<typeof exportSchema>

/** As text, for the store. */
export function writeExports(exports: readonly AgentExport[]): string {
  return JSON.stringify({ version: 1, agents: exports })
}

/** What {@link writeExports} wrote; null where it is of a form that this version does not know. */
export function readExports(text: string | null): AgentExport[] | null {
  if (text === null) return null
  try {
    return z.looseObject({ version: z.literal(1), agents: z.array(exportSchema) }).parse(JSON.parse(text))
      .agents
  } catch {
    return null
  }
}

/** What was told of the agents, and what could not be read of it. */
export interface Exported {
  /** Null where the gateway or its configuration did not answer. */
  agents: AgentExport[] | null
  /** Why there is nothing, or why the jobs are missing. */
  problem: Reason | null
}

/** Asks a gateway what belongs to its agents besides files. What it does not answer is told, not thrown. */
export async function exportAgents(
  link: NodeLink,
  snapshot: NodeSnapshot,
  { statePath, deadlineMs, signal }: { statePath: string | null; deadlineMs: number; signal: AbortSignal },
): Promise<Exported> {
  const limits = { deadlineMs, signal }
  if (snapshot.agents.freshness === 'unknown') return { agents: null, problem: snapshot.agents.reason }
  try {
    const config = await readConfig(link)
    const jobs = await read(() => listCronJobs(link, limits))
    const agents = snapshot.agents.value.map(({ id, isDefault, workspace }): AgentExport => {
      const own = snapshot.sessions.value?.filter(({ agentId }) => agentId === id) ?? null
      return {
        id,
        workspace: workspace ?? workspaceIn(config, { id, isDefault, statePath }),
        isDefault,
        entry: entryOf(config, id),
        bindings: bindingsOf(config, id).slice(0, 500),
        cron: jobs.value?.filter((job) => isJobOf(job, id, isDefault)) ?? null,
        sessions: own === null || own.length > MOST_SESSION_IDS ? null : own.flatMap(sessionOf),
      }
    })
    return { agents, problem: jobs.reason }
  } catch (error) {
    return { agents: null, problem: reasonOf(error) }
  }
}

function sessionOf({ sessionId, context }: NonNullable<NodeSnapshot['sessions']['value']>[number]) {
  return sessionId === null || sessionId.length > 200 ? [] : [{ id: sessionId, tokens: context.used.value }]
}

/** A job that names nobody is the default agent's. */
export function isJobOf({ agentId }: CronJob, id: string, isDefault: boolean): boolean {
  return agentId === id || ((agentId ?? null) === null && isDefault)
}

async function read<T>(work: () => Promise<T>): Promise<{ value: T | null; reason: Reason | null }> {
  try {
    return { value: await work(), reason: null }
  } catch (error) {
    return { value: null, reason: reasonOf(error) }
  }
}

function reasonOf(error: unknown): Reason {
  if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
  return reasonOfError(error)
}
