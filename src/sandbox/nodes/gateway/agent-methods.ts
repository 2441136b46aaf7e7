import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  entryOf,
  keepsDatabases,
  layOutWorkspace,
  pathsOfAgent,
  removeBindings,
  trash,
  writeAgent,
} from '../openclaw/agent-store.ts'
import { at, isObject } from '../openclaw/config-file.ts'
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
  const directory = join(openclaw.stateDirectory, 'agents', agentId)
  const created = isNew
    ? { agentDir: join(directory, 'agent'), identity: { name }, createdAt: openclaw.now() }
    : {}
  mkdirSync(join(directory, 'sessions'), { recursive: true })
  layOutWorkspace(openclaw, workspace, name)
  openclaw.deleted.delete(agentId)
  writeAgent(openclaw, agentId, { name, workspace, ...model, ...created })
  return { ok: true, agentId, name, workspace }
}

/** The sessions are gone in every mode; `deleteFiles: false` keeps the files, with nothing in them (run: 2026.9.6). */
function remove(call: Call): Json {
  const { openclaw, params } = call
  const agentId = stringParam(call, 'agentId')
  const ids = configured(openclaw)
  if (!ids.includes(agentId)) throw new RpcError(`agent "${agentId}" not found`)
  if (ids.length === 1 || agentId === defaultAgentOf(openclaw))
    throw new RpcError(`"${agentId}" cannot be deleted`)
  const paths = pathsOfAgent(openclaw, agentId)
  for (const session of openclaw.sessions.ofAgent(agentId)) openclaw.sessions.delete(session.key)
  const removedBindings = removeBindings(openclaw, agentId)
  writeAgent(openclaw, agentId, null)
  if (!keepsDatabases(openclaw)) return { ok: true, agentId, removedBindings }
  openclaw.deleted.add(agentId)
  openclaw.revokeHistory()
  const removed = params.deleteFiles === false ? [] : trash(openclaw, paths)
  return { ok: true, agentId, removedBindings, removed, failed: [] }
}

function update(call: Call): Json {
  const { openclaw, params } = call
  const agentId = stringParam(call, 'agentId')
  const entry = entryOf(openclaw, agentId)
  if (!entry) throw new RpcError(`agent "${agentId}" not found`)
  const changes = Object.fromEntries(
    ['name', 'workspace', 'model'].flatMap((key) => (params[key] ? [[key, params[key]]] : [])),
  )
  const identity = params.name && keepsDatabases(openclaw) ? { identity: { name: params.name } } : {}
  writeAgent(openclaw, agentId, { ...entry, ...changes, ...identity })
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
