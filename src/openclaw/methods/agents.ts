import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { optionalText } from '../optional-fields.ts'
import type { NodeLink } from '../ports.ts'
import type { AgentFacts } from '../snapshot.ts'
import { type Answered, answerToWrite } from './answered.ts'

const text = optionalText(1024)

const agentSchema = z.object({
  id: z.string().min(1).max(128),
  name: text,
  workspace: text,
  model: z
    .union([z.string(), z.object({ primary: z.string() })])
    .optional()
    .catch(undefined),
})
const agentsSchema = z.object({ defaultId: text, agents: z.array(z.unknown()) })

/** Types the answer of `agents.list`; 2026.2.17 gives only the ids. */
export function parseAgents(payload: unknown): { agents: AgentFacts[]; defaultId: string | null } | null {
  const parsed = agentsSchema.safeParse(payload)
  if (!parsed.success) return null
  const { defaultId } = parsed.data
  const agents = parsed.data.agents.flatMap((value) => {
    const agent = agentSchema.safeParse(value)
    if (!agent.success) return []
    const { id, name, workspace, model } = agent.data
    const modelName = typeof model === 'string' ? model : (model?.primary ?? null)
    return [{ id, name, model: modelName, isDefault: id === defaultId, workspace }]
  })
  return { agents, defaultId }
}

/** How long a change of the agents may take: 7 s were seen on a loaded machine. */
const CHANGE_MS = 60_000

/** The agents that the gateway works with now. @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol */
export async function listAgents(
  link: Pick<NodeLink, 'rpc' | 'nodeId'>,
  limits: CallLimits,
): Promise<{ agents: AgentFacts[]; defaultId: string | null }> {
  const parsed = parseAgents((await link.rpc('agents.list', {}, limits)).payload)
  if (parsed === null) throw new OperatorError('gateway-protocol', { node: link.nodeId })
  return parsed
}

const createdSchema = z.looseObject({ agentId: z.string().min(1).max(128) })

/**
 * Makes an agent. OpenClaw makes the id of the name, so the id is given as the name; the name for people and the model
 * follow by {@link updateAgent}, which every version has: 2026.2.17 takes no model here, and needs the workspace.
 * The answer comes before the gateway works with it.
 * @returns the id that it has made; null where the answer names none
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export function createAgent(
  link: Pick<NodeLink, 'rpc'>,
  { id, workspace }: { id: string; workspace: string },
): Promise<Answered<string | null>> {
  return answerToWrite(
    link
      .rpc('agents.create', { name: id, workspace }, { deadlineMs: CHANGE_MS })
      .then(({ payload }) => createdSchema.safeParse(payload).data?.agentId ?? null),
  )
}

/** Changes name and model of an agent. @throws OperatorError when nothing was sent or the gateway refused */
export function updateAgent(
  link: Pick<NodeLink, 'rpc'>,
  agentId: string,
  changes: { name?: string; model?: string },
): Promise<Answered<true>> {
  const params = { agentId, ...changes }
  return answerToWrite(link.rpc('agents.update', params, { deadlineMs: CHANGE_MS }).then(() => true as const))
}

/**
 * Deletes an agent with its sessions, bindings and workspace. Every supported version has it (run: 2026.2.17 to
 * 2026.9.6); what it moves to the trash no longer holds the sessions. `UNAVAILABLE` may mean that it was done.
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export function deleteAgent(link: Pick<NodeLink, 'rpc'>, agentId: string): Promise<Answered<true>> {
  return answerToWrite(
    link.rpc('agents.delete', { agentId }, { deadlineMs: CHANGE_MS }).then(() => true as const),
  )
}
