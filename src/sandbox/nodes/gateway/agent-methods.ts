import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { basename, join } from 'node:path'
import { at, isObject, mergePatch } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { defaultAgentOf } from './answers.ts'
import { type Call, type MethodTable, RpcError, stringParam } from './method.ts'

/** The id that OpenClaw makes of a name: `"Eps Bot"` is `eps-bot`, `"../evil"` is `evil`. */
function slug(name: string): string {
  const id = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-')
  return id.replace(/^-+|-+$/g, '').slice(0, 64) || 'agent'
}

/** `agents.list`; the old release says nothing but ids. */
export function agentsListOf(openclaw: OpenClawState): Json {
  const recorded = recordingsOf(openclaw.version)
  const head = copyOf(recorded.agentsList, { defaultId: defaultAgentOf(openclaw) })
  if (!isSince(openclaw.version, '2026.3.31')) {
    const agents = openclaw.agents.map(({ id, entry }) => ({
      id,
      ...(entry.name ? { name: entry.name } : {}),
    }))
    return { ...head, agents }
  }
  const agents = openclaw.agents.map(({ id, entry }) => {
    const made = entry.name ? { name: entry.name, identity: { name: entry.name } } : {}
    const stamped = entry.createdAt ? copyOf(recorded.createdAgentRow, { createdAt: entry.createdAt }) : {}
    const workspace = openclaw.workspaceOf(id)
    return copyOf(recorded.agentRow, {
      ...stamped,
      ...made,
      id,
      workspace,
      model: { primary: openclaw.modelOf(id) },
    })
  })
  return { ...head, agents }
}

function configured(openclaw: OpenClawState): string[] {
  return openclaw.agentsOf(openclaw.config.read()).map(({ id }) => id)
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
    openclaw.config.write(mergePatch(config, { agents: { entries: { [id]: entry } } }) as Json)
  }
  openclaw.applySoon()
}

function create(call: Call): Json {
  const { openclaw, params } = call
  const name = stringParam(call, 'name')
  const isNew = isSince(openclaw.version, '2026.8.1')
  if (!isNew && typeof params.workspace !== 'string') {
    throw new RpcError("invalid agents.create params: must have required property 'workspace'")
  }
  const agentId = slug(name)
  if (configured(openclaw).includes(agentId)) throw new RpcError(`agent "${agentId}" already exists`)
  const asked = typeof params.workspace === 'string' ? params.workspace : null
  const workspace = asked ?? join(openclaw.stateDirectory, 'workspace', agentId)
  const model = typeof params.model === 'string' ? { model: params.model } : {}
  const created = isNew ? { createdAt: openclaw.now() } : {}
  mkdirSync(join(openclaw.stateDirectory, 'agents', agentId, 'sessions'), { recursive: true })
  writeAgent(openclaw, agentId, { name, workspace, ...model, ...created })
  return { ok: true, agentId, name, workspace }
}

/** Moves what the agent left behind into the trash; what is not there is reported as missing. */
function trash(openclaw: OpenClawState, paths: readonly string[]): Json[] {
  const directory = join(openclaw.home, '.Trash')
  return paths.map((path) => {
    const inside = path.startsWith(openclaw.home)
    if (!inside || !existsSync(path)) return { path, method: 'missing' }
    mkdirSync(directory, { recursive: true })
    renameSync(path, join(directory, `${basename(path)}-${randomBytes(4).toString('hex')}`))
    return { path, method: 'trash' }
  })
}

function remove(call: Call): Json {
  const { openclaw, params } = call
  const agentId = stringParam(call, 'agentId')
  const ids = configured(openclaw)
  if (!ids.includes(agentId)) throw new RpcError(`agent "${agentId}" not found`)
  if (ids.length === 1 || agentId === defaultAgentOf(openclaw))
    throw new RpcError(`"${agentId}" cannot be deleted`)
  const workspace = openclaw.workspaceOf(agentId)
  const directory = join(openclaw.stateDirectory, 'agents', agentId)
  for (const session of openclaw.sessions.ofAgent(agentId)) openclaw.sessions.delete(session.key)
  writeAgent(openclaw, agentId, null)
  if (!isSince(openclaw.version, '2026.8.1')) return { ok: true, agentId, removedBindings: 0 }
  const paths = [join(directory, 'agent'), join(directory, 'sessions'), workspace]
  const removed = params.deleteFiles === false ? [] : trash(openclaw, paths)
  return { ok: true, agentId, removedBindings: 0, removed, failed: [] }
}

function update(call: Call): Json {
  const { openclaw, params } = call
  const agentId = stringParam(call, 'agentId')
  const known = openclaw.agentsOf(openclaw.config.read()).find(({ id }) => id === agentId)
  if (!known) throw new RpcError(`agent "${agentId}" not found`)
  const changes = Object.fromEntries(
    ['name', 'workspace', 'model'].flatMap((key) => (params[key] ? [[key, params[key]]] : [])),
  )
  writeAgent(openclaw, agentId, { ...known.entry, ...changes })
  return { ok: true, agentId }
}

function models({ openclaw, params }: Call): Json {
  const { selectionRequired } = recordingsOf(openclaw.version).agentsList
  if (selectionRequired === true && openclaw.agents.length > 1 && params.agentId === undefined)
    throw new RpcError(
      'Multiple agents are configured, but this Gateway request has no explicit owner. Set agentId to one of the configured agents.',
    )
  const providers = at(openclaw.applied, 'models', 'providers')
  const rows = Object.entries(isObject(providers) ? providers : {}).flatMap(([provider, value]) => {
    const list = at(value, 'models')
    return (Array.isArray(list) ? list : []).map((model) =>
      copyOf(recordingsOf(openclaw.version).modelRow, {
        id: at(model, 'id'),
        name: at(model, 'name'),
        provider,
        contextWindow: at(model, 'contextWindow'),
      }),
    )
  })
  return { models: rows }
}

/** Agents and models. Changes reach `agents.list` only after the gateway's reload delay. */
export const agentMethods: MethodTable = {
  'agents.list': { params: [], run: ({ openclaw }) => agentsListOf(openclaw) },
  'agents.create': { params: ['name!', 'workspace', 'model', 'emoji', 'avatar'], run: create },
  'agents.update': { params: ['agentId!', 'name', 'workspace', 'model', 'avatar'], run: update },
  'agents.delete': { params: ['agentId!', 'deleteFiles'], run: remove },
  'models.list': { params: ['agentId@2026.8.1'], run: models },
}
