import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { type ConfigView, REDACTED } from './methods/config.ts'

const recordSchema = z.record(z.string(), z.unknown())
const agentsSchema = z.looseObject({
  entries: z.record(z.string(), z.unknown()).optional().catch(undefined),
  list: z.array(z.unknown()).optional().catch(undefined),
  defaults: z
    .looseObject({ workspace: z.string().optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

/** Where an agent lies and when it was made: `agents.create` decides that. */
const NOT_RESTORED = new Set(['id', 'workspace', 'agentDir', 'default', 'createdAt'])

function agentsOf({ parsed }: ConfigView) {
  return agentsSchema.safeParse(parsed.agents).data
}

/** What a configuration says of one agent, all of it; null where it says nothing. Secrets are shown as {@link REDACTED}. */
export function entryOf(config: ConfigView, agentId: string): Record<string, unknown> | null {
  const agents = agentsOf(config)
  const listed = agents?.list?.find((one) => recordSchema.safeParse(one).data?.id === agentId)
  return recordSchema.safeParse(agents?.entries?.[agentId] ?? listed).data ?? null
}

/** Where agents work that name no workspace: the default one there, the others beside OpenClaw's own. */
export function workspaceIn(
  config: ConfigView,
  { id, isDefault, statePath }: { id: string; isDefault: boolean; statePath: string | null },
): string {
  const own = entryOf(config, id)?.workspace
  if (typeof own === 'string') return own
  const state = statePath ?? '~/.openclaw'
  if (!isDefault) return `${state}/workspace-${id}`
  return agentsOf(config)?.defaults?.workspace ?? `${state}/workspace`
}

/** The bindings of one agent, whole. */
export function bindingsOf({ parsed }: ConfigView, agentId: string): Record<string, unknown>[] {
  const all = Array.isArray(parsed.bindings) ? parsed.bindings : []
  return all.flatMap((one) => {
    const binding = recordSchema.safeParse(one).data
    return binding?.agentId === agentId ? [binding] : []
  })
}

/** Whether a secret stands in a value, which a gateway shows only hidden. */
export function hidesSecret(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes(REDACTED)
}

/** What of an agent's former entry another one lacks, without what is decided elsewhere and without hidden secrets. */
export function settingsLacking(
  former: Record<string, unknown>,
  now: Record<string, unknown> | null,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(former).filter(
      ([key, value]) =>
        !NOT_RESTORED.has(key) && !hidesSecret(value) && !isDeepStrictEqual(now?.[key], value),
    ),
  )
}

/**
 * The patch that gives an agent these settings; null where a secret would be written back as its placeholder, or where
 * another file holds the agents. A JSON merge patch replaces the list of older versions whole.
 */
export function settingsPatch(
  config: ConfigView,
  agentId: string,
  settings: Record<string, unknown>,
): { patch: object } | null {
  if (config.agentRosterIncludeOwned === true) return null
  const agents = agentsOf(config)
  if (agents?.list === undefined) return { patch: { agents: { entries: { [agentId]: settings } } } }
  if (hidesSecret(agents.list)) return null
  const list = agents.list.map((one) => {
    const entry = recordSchema.safeParse(one).data
    return entry?.id === agentId ? { ...entry, ...settings } : one
  })
  return { patch: { agents: { list } } }
}

/** Bindings of an agent's former ones that it lacks, and those of them that are somebody else's now. */
export function bindingsLacking(
  config: ConfigView,
  agentId: string,
  former: readonly Record<string, unknown>[],
): { lacking: Record<string, unknown>[]; taken: Record<string, unknown>[] } {
  const now = (Array.isArray(config.parsed.bindings) ? config.parsed.bindings : []).flatMap((one) => {
    const binding = recordSchema.safeParse(one).data
    return binding === undefined ? [] : [binding]
  })
  const same = (one: Record<string, unknown>, other: Record<string, unknown>) =>
    isDeepStrictEqual(one.match, other.match)
  const missing = former.filter((one) => !now.some((other) => other.agentId === agentId && same(one, other)))
  const taken = missing.filter((one) => now.some((other) => same(one, other)))
  return { lacking: missing.filter((one) => !taken.includes(one)), taken }
}

/** The patch that binds what is lacking as it was bound; null where a secret would be written back as its placeholder. */
export function bindingsPatch(
  config: ConfigView,
  agentId: string,
  lacking: readonly Record<string, unknown>[],
): { patch: object } | null {
  const { bindings = [] } = config.parsed
  if (!Array.isArray(bindings) || config.bindingsIncludeOwned === true) return null
  if (hidesSecret(bindings) || hidesSecret(lacking)) return null
  return { patch: { bindings: [...bindings, ...lacking.map((one) => ({ ...one, agentId }))] } }
}
