import type { BackupAbout } from './manifest.ts'

/**
 * The agent that a path belongs to; null for what belongs to the node as a whole.
 * @param path relative to `/`
 */
export function agentOf(
  path: string,
  { state, agents }: Pick<BackupAbout, 'state' | 'agents'>,
): string | null {
  const absolute = `/${path}`
  const owner = agents?.find(
    ({ workspace }) => workspace !== null && (absolute === workspace || absolute.startsWith(`${workspace}/`)),
  )
  if (owner !== undefined) return owner.id
  if (!absolute.startsWith(`${state}/`)) return null
  const [first = '', second] = absolute.slice(state.length + 1).split('/')
  if (first === 'agents') return second ?? null
  if (first === 'workspace') return 'main'
  return first.startsWith('workspace-') ? first.slice('workspace-'.length) : null
}

/** The agent whose own database lies at an absolute path; null for any other file. */
export function agentOfDatabase(path: string, state: string): string | null {
  if (!path.startsWith(`${state}/`)) return null
  return /^agents\/([^/]+)\/agent\/openclaw-agent\.sqlite$/.exec(path.slice(state.length + 1))?.[1] ?? null
}
