import { z } from 'zod'
import type { Reason } from '../../base/reading.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { NodeLink } from '../ports.ts'
import { composePrinted, printConfig, runnerOver } from '../read-config.ts'

/** Something that OpenClaw keeps at a place that the configuration names. `path` may begin with `~/`. */
export interface ConfiguredPlace {
  kind: 'workspace' | 'agent' | 'credentials' | 'config'
  path: string
}

/** Places from a node's configuration, or why they are not known. */
export type ConfiguredPlaces = { places: ConfiguredPlace[]; problem: Reason | null }

/** Variables that move parts of the state (OpenClaw's docs/help/environment.md, 2026.9.6). */
const VARIABLES = { credentials: 'OPENCLAW_OAUTH_DIR', config: 'OPENCLAW_CONFIG_PATH' } as const
/** A configuration with more agents than this is none. */
const MOST_PLACES = 500

const text = z.string().min(1).max(4_000).optional().catch(undefined)
const agent = z.looseObject({ workspace: text, agentDir: text }).catch({})
const schema = z.looseObject({
  agents: z
    .looseObject({
      defaults: agent.optional(),
      entries: z.record(z.string(), agent).optional().catch(undefined),
      list: z.array(agent).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})

/** The workspaces and agent directories that a configuration names: `agents.entries`, or `agents.list` before 2026.8. */
export function placesOf(document: unknown): ConfiguredPlace[] {
  const { agents } = schema.catch({}).parse(document)
  const named = [agents?.defaults, ...Object.values(agents?.entries ?? {}), ...(agents?.list ?? [])]
  const places = named.flatMap((one): ConfiguredPlace[] => [
    ...(one?.workspace === undefined ? [] : [{ kind: 'workspace' as const, path: one.workspace }]),
    ...(one?.agentDir === undefined ? [] : [{ kind: 'agent' as const, path: one.agentDir }]),
  ])
  const usable = places.filter(({ path }) => /^(?:\/|~\/)/.test(path) && !path.includes('\0'))
  return [...new Map(usable.map((place) => [place.path, place])).values()].slice(0, MOST_PLACES)
}

/**
 * Reads where a node keeps what belongs to it. A configuration that cannot be read is told, not thrown: the state
 * directory can be backed up all the same.
 * @throws OperatorError what {@link NodeLink.exec} throws
 */
export async function readPlaces(
  link: NodeLink,
  statePath: string | null,
  limits: CallLimits,
): Promise<ConfiguredPlaces> {
  const runner = runnerOver(link)
  const printed = await printConfig(runner, statePath, Object.values(VARIABLES), limits)
  if (printed.kind === 'failed') return { places: [], problem: printed.reason }
  const document = await composePrinted(runner, printed.path, printed.text, limits)
  const moved = Object.entries(VARIABLES).flatMap(([kind, name]): ConfiguredPlace[] => {
    const path = printed.values.get(name)
    return path === undefined ? [] : [{ kind: kind as keyof typeof VARIABLES, path }]
  })
  if (document === null) return { places: moved, problem: { code: 'config-invalid' } }
  return { places: [...placesOf(document), ...moved], problem: null }
}
