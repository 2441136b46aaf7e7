import { z } from 'zod'
import { type ConfigView, REDACTED } from './methods/config.ts'
import type { AgentFacts, BindingFacts } from './snapshot.ts'

const entrySchema = z.looseObject({
  id: z.string().optional().catch(undefined),
  name: z.string().optional().catch(undefined),
  workspace: z.string().optional().catch(undefined),
  model: z
    .union([z.string(), z.looseObject({ primary: z.string() }).transform(({ primary }) => primary)])
    .optional()
    .catch(undefined),
})
/** What a configuration says of one agent. */
export type AgentEntry = z.infer<typeof entrySchema>

const agentsSchema = z.object({
  agents: z
    .object({
      entries: z.record(z.string(), z.unknown()).optional().catch(undefined),
      list: z.array(z.unknown()).optional().catch(undefined),
      defaults: z
        .object({ workspace: z.string().optional().catch(undefined) })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
})

/** Every agent of a configuration: an object by id from 2026.8.1 on, a list before (run). */
export function agentEntries({ parsed }: ConfigView): Map<string, AgentEntry> {
  const agents = agentsSchema.safeParse(parsed).data?.agents
  const pairs: [string | undefined, unknown][] = [
    ...(agents?.list ?? []).map((entry): [string | undefined, unknown] => [
      entrySchema.safeParse(entry).data?.id,
      entry,
    ]),
    ...Object.entries(agents?.entries ?? {}),
  ]
  return new Map(
    pairs.flatMap(([id, value]) => {
      const entry = entrySchema.safeParse(value)
      return id === undefined || !entry.success ? [] : [[id, entry.data] as const]
    }),
  )
}

/**
 * Where agents work: as the gateway says, which it does from 2026.3.31 on, else as the configuration says. One that names
 * no workspace there works in the common one or beside it; both count.
 */
export function workspacesOf(
  agents: readonly AgentFacts[],
  config: ConfigView,
  statePath: string | null,
): string[] {
  const state = statePath ?? '~/.openclaw'
  const common =
    agentsSchema.safeParse(config.parsed).data?.agents?.defaults?.workspace ?? `${state}/workspace`
  const entries = agentEntries(config)
  const places = agents.flatMap(({ id, workspace }) => {
    const named = workspace ?? entries.get(id)?.workspace
    return named === undefined ? [common, `${state}/workspace-${id}`] : [named]
  })
  return [...new Set(places)].filter(isPlainPath)
}

/** Paths that a shell could look at line by line. */
export function isPlainPath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is left out here
  return /^(\/|~\/)[^\x00-\x1f\x7f]*$/.test(path) && path.length <= 1024
}

/** A channel, or one account of it, that is to go to an agent. */
export type WantedBinding = Pick<BindingFacts, 'channel' | 'account'>

/**
 * The patch that adds bindings for an agent. A JSON merge patch replaces arrays whole, so the others go back as they were;
 * null where a secret stands in one of them, which would become the secret itself, or where another file holds them.
 * Bindings carry no type: 2026.2.17 knows none, and without one every version takes them for routes.
 */
export function bindingPatch(
  config: ConfigView,
  agentId: string,
  wanted: readonly WantedBinding[],
): { patch: object } | null {
  const { bindings = [] } = config.parsed
  if (!Array.isArray(bindings) || config.bindingsIncludeOwned === true) return null
  if (JSON.stringify(bindings).includes(REDACTED)) return null
  const added = wanted.map(({ channel, account }) => ({
    agentId,
    match: { channel, ...(account === null ? {} : { accountId: account }) },
  }))
  return { patch: { bindings: [...bindings, ...added] } }
}

/** The channels that a configuration sets up; null when it names none at all. */
export function configuredChannels({ parsed }: ConfigView): string[] | null {
  const { channels } = parsed
  return typeof channels === 'object' && channels !== null ? Object.keys(channels) : null
}

/** One value of a configuration that is another than before; null where there is none. */
export interface ConfigChange {
  path: string
  before: string | null
  after: string | null
}

const LONGEST_VALUE = 200
const MOST_CHANGES = 20
/** What OpenClaw writes down about itself whenever it writes. */
const BOOKKEEPING = /^meta(\.|$)/

/**
 * What else is another in a configuration after an agent was made: everything but the agent's own entry and bindings.
 * Secrets never stand in a view of the configuration, so none is told.
 */
export function otherChanges(before: ConfigView, after: ConfigView, agentId: string): ConfigChange[] {
  const own = (path: string) =>
    BOOKKEEPING.test(path) ||
    path === `agents.entries.${agentId}` ||
    path.startsWith(`agents.entries.${agentId}.`) ||
    path === `agents.list[${agentId}]` ||
    path.startsWith(`agents.list[${agentId}].`) ||
    path === 'bindings'
  const [old, now] = [flat(before.parsed), flat(after.parsed)]
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => !own(path) && old.get(path) !== now.get(path))
    .slice(0, MOST_CHANGES)
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
}

/** Leaves by their dotted paths, as text; entries of lists with an id stand under it, other lists are one leaf. */
function flat(value: unknown, path = '', found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value) && value.length > 0 && value.every((entry) => idOf(entry) !== null)) {
    for (const entry of value) flat(entry, `${path}[${idOf(entry)}]`, found)
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) flat(inner, path === '' ? key : `${path}.${key}`, found)
  } else {
    found.set(
      path,
      (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).slice(0, LONGEST_VALUE),
    )
  }
  return found
}

function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return typeof id === 'string' ? id : null
}
