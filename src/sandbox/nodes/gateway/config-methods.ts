import JSON5 from 'json5'
import { refusedStart } from '../openclaw/agent-store.ts'
import { at, isObject, mergePatch, redacted, touchedPaths } from '../openclaw/config-file.ts'
import type { OpenClawState } from '../openclaw/state.ts'
import { type Json, recordingsOf } from '../recorded.ts'
import { isSince } from '../releases.ts'
import { type Call, type MethodTable, RpcError, stringParam } from './method.ts'

/** What the gateway says although it has written the change (run: 2026.9.6). */
const PERSISTED =
  'config.patch persisted and updated the active Gateway, but a recovery restart is required; wait for the Gateway to restart, then run config.get to confirm the active revision'

function hashOf(openclaw: OpenClawState): string {
  return openclaw.config.hash(isSince(openclaw.version, '2026.8.1') ? 'hmac-sha256:v1:' : '')
}

function get({ openclaw }: Call): Json {
  const config = redacted(openclaw.config.read())
  const values: Json = {
    path: openclaw.config.path,
    exists: true,
    valid: true,
    raw: `${JSON.stringify(config, null, 2)}\n`,
    hash: hashOf(openclaw),
    issues: [],
    warnings: [],
    legacyIssues: [],
    includedPaths: [],
    includeProvenance: [],
    configRevisionHash: hashOf(openclaw),
    appliedConfigHash: hashOf(openclaw),
  }
  const recorded = recordingsOf(openclaw.version).configGet
  return Object.fromEntries(
    Object.entries(recorded).map(([key, value]) => [key, values[key] ?? (value === null ? config : value)]),
  )
}

/** Why a configuration would not be accepted, or null. */
function issueOf(config: unknown): string | null {
  if (typeof at(config, 'gateway', 'port') !== 'number') return 'gateway.port: expected number'
  const providers = at(config, 'models', 'providers')
  for (const [provider, value] of Object.entries(isObject(providers) ? providers : {})) {
    const models = at(value, 'models')
    for (const model of Array.isArray(models) ? models : []) {
      const cap = at(model, 'contextTokens')
      const fine = cap === undefined || (typeof cap === 'number' && cap > 0)
      if (!fine) return `models.providers.${provider}.models: contextTokens: expected a positive number`
    }
  }
  return null
}

function parsePatch(call: Call): Json {
  try {
    const patch: unknown = JSON5.parse(stringParam(call, 'raw'))
    if (isObject(patch)) return patch
  } catch {
    // Both kinds of bad text get the same answer.
  }
  throw new RpcError('config.patch raw must be an object')
}

function patch(call: Call): Json {
  const { openclaw, params } = call
  const change = parsePatch(call)
  const paths = touchedPaths(change)
  if (typeof params.baseHash !== 'string') {
    throw new RpcError(`config base hash required for ${paths[0]}; re-run config.get and retry with baseHash`)
  }
  if (params.baseHash !== hashOf(openclaw)) {
    throw new RpcError('config changed since last load; re-run config.get and retry')
  }
  const next = mergePatch(openclaw.config.read(), change)
  const issue = issueOf(next)
  if (issue || !isObject(next)) throw new RpcError('invalid config', { issues: [{ message: issue }] })
  openclaw.config.write(next)
  openclaw.apply()
  if (refusedStart(openclaw, next).length > 0) {
    call.process.restart('config reload: hot reload recovery: runtime commit')
    throw new RpcError(PERSISTED, undefined, 'UNAVAILABLE')
  }
  openclaw.log.gateway('reload', `config hot reload applied (${paths.join(', ')})`)
  const isNew = isSince(openclaw.version, '2026.8.1')
  const stats = { mode: 'config.patch', root: openclaw.config.path }
  const requiresRestart = paths.some((path) => path.startsWith('gateway.'))
  const payload = {
    kind: 'config-patch',
    status: 'ok',
    ts: openclaw.now(),
    message: params.note ?? null,
    doctorHint: 'Run: openclaw doctor --non-interactive',
    stats: isNew ? { ...stats, requiresRestart } : stats,
  }
  return {
    ok: true,
    path: openclaw.config.path,
    ...(isNew ? { hash: hashOf(openclaw) } : {}),
    config: redacted(next),
    ...(isNew ? { changedPaths: paths } : {}),
    sentinel: isNew ? { persisted: true, payload } : { path: null, payload },
  }
}

/** Reading and changing openclaw.json; a patch must name the hash of the file that it was made for. */
export const configMethods: MethodTable = {
  'config.get': { params: [], run: get },
  'config.patch': {
    params: ['raw!', 'baseHash', 'note', 'sessionKey', 'restartDelayMs', 'deliveryContext'],
    run: patch,
  },
}
