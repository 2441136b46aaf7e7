import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Json } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { at, isObject, mergePatch } from './config-file.ts'
import type { OpenClawState } from './state.ts'

/** What a new workspace begins with; an existing one gets only its IDENTITY.md anew. */
const WORKSPACE_FILES = ['AGENTS.md', 'BOOTSTRAP.md', 'SOUL.md', 'USER.md']

/** Whether a release keeps agents in databases, and remembers which of them were deleted. */
export function keepsDatabases({ version }: OpenClawState): boolean {
  return isSince(version, '2026.8.1')
}

/** Adds or removes (null) an agent in the file; `agents.list` follows after the reload delay. */
export function writeAgent(openclaw: OpenClawState, id: string, entry: Json | null): void {
  const config = openclaw.config.read()
  const list = at(config, 'agents', 'list')
  if (Array.isArray(list)) {
    const others = list.filter((candidate) => at(candidate, 'id') !== id)
    const next = entry === null ? others : [...others, { id, ...entry }]
    openclaw.config.write({ ...config, agents: { ...(config.agents as Json), list: next } })
  } else {
    const owned = entry === null ? config : mergePatch(config, ownership(openclaw, config))
    openclaw.config.write(mergePatch(owned, { agents: { entries: { [id]: entry } } }) as Json)
  }
  openclaw.applySoon()
}

/**
 * What the first agent beside the only one changes besides itself (run: 2026.9.6): somebody has to own what was nobody's,
 * and the workspace of the only one stays where it is.
 */
function ownership(openclaw: OpenClawState, config: Json): Json {
  const agents = openclaw.agentsOf(config)
  const [only] = agents
  if (agents.length !== 1 || only === undefined) return {}
  const workspace = openclaw.workspaceOf(only.id)
  return {
    agents: {
      ownership: 'explicit',
      defaults: { systemAgent: { agentId: only.id }, heartbeat: { agentId: only.id } },
      entries: { [only.id]: { workspace } },
    },
  }
}

/** Takes the bindings of an agent away. Returns how many there were. */
export function removeBindings(openclaw: OpenClawState, id: string): number {
  const config = openclaw.config.read()
  const bindings = Array.isArray(config.bindings) ? config.bindings : []
  const kept = bindings.filter((binding) => at(binding, 'agentId') !== id)
  if (kept.length < bindings.length) openclaw.config.write({ ...config, bindings: kept })
  return bindings.length - kept.length
}

/** Lays out a workspace as `agents.create` does; outside the node's home nothing is written. */
export function layOutWorkspace(openclaw: OpenClawState, workspace: string, name: string): void {
  if (!isInside(openclaw, workspace)) return
  const isNew = !existsSync(workspace)
  mkdirSync(workspace, { recursive: true })
  if (isNew) for (const file of WORKSPACE_FILES) writeFileSync(join(workspace, file), `# ${file}\n`)
  writeFileSync(join(workspace, 'IDENTITY.md'), `# IDENTITY.md\n\n- Name: ${name}\n`)
}

/** Moves what an agent leaves behind into the trash; what is not there is reported as missing. */
export function trash(openclaw: OpenClawState, paths: readonly string[]): Json[] {
  const directory = join(openclaw.home, '.Trash')
  return paths.map((path) => {
    if (!isInside(openclaw, path) || !existsSync(path)) return { path, method: 'missing' }
    mkdirSync(directory, { recursive: true })
    renameSync(path, join(directory, `${basename(path)}-${randomBytes(4).toString('hex')}`))
    return { path, method: 'trash' }
  })
}

/** The paths that a deletion names, in its order. */
export function pathsOfAgent(openclaw: OpenClawState, id: string): string[] {
  const directory = join(openclaw.stateDirectory, 'agents', id)
  const database = join(directory, 'agent', 'openclaw-agent.sqlite')
  return [
    ...['', '-journal', '-shm', '-wal'].map((end) => `${database}${end}`),
    join(directory, 'agent'),
    join(directory, 'sessions'),
    openclaw.workspaceOf(id),
  ]
}

/**
 * What a gateway says, and then ends with 78, when its configuration names an agent that was deleted and whose database is
 * there (run: 2026.9.6; the words of its journal). Empty when it would start.
 */
export function refusedStart(openclaw: OpenClawState, config: Json): string[] {
  const back = openclaw
    .agentsOf(config)
    .find(({ id }) => openclaw.deleted.has(id) && hasDatabase(openclaw, id))
  if (back === undefined) return []
  const [database = ''] = pathsOfAgent(openclaw, back.id)
  const skipped = `- Skipped agent database migration for ${database}: Error: OpenClaw agent database is unavailable while agent ${back.id} is deleted.`
  const refusing =
    'OpenClaw startup migrations did not complete cleanly; refusing to report the gateway ready.'
  const advice = 'Run "openclaw doctor --fix" against the same state/config, then restart the gateway.'
  return [
    refusing,
    skipped,
    '- Migration step "profile-workspace" was not run because prior step "media-persistence" refused execution.',
    advice,
    `Gateway failed to start: ${refusing}`,
    skipped,
    `${advice} | gateway.maintenance_required | Doctor stopped because a state migration refused to continue.`,
  ]
}

function hasDatabase(openclaw: OpenClawState, id: string): boolean {
  return existsSync(join(openclaw.stateDirectory, 'agents', id, 'agent', 'openclaw-agent.sqlite'))
}

function isInside({ home }: OpenClawState, path: string): boolean {
  return path.startsWith(`${home}/`) && !path.split('/').includes('..')
}

/** The entry of an agent in a configuration, or nothing. */
export function entryOf(openclaw: OpenClawState, id: string): Json | null {
  const found = openclaw.agentsOf(openclaw.config.read()).find((agent) => agent.id === id)
  return found && isObject(found.entry) ? found.entry : null
}
