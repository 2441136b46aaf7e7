import { z } from 'zod'
import { optionalText } from '../optional-fields.ts'
import type { AgentFacts } from '../snapshot.ts'

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
