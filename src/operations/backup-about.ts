import type { NodeRecord } from '../../registry/schema.ts'
import { refused } from '../backup/archive-names.ts'
import type { EarlierFiles } from '../backup/earlier.ts'
import { type BackupAbout, MOST_SESSION_IDS } from '../backup/manifest.ts'
import type { BackupFacts, CopiedDatabase } from '../openclaw/backup/facts.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { hostKeysOf } from './node-binding.ts'
import type { Call } from './operation.ts'

interface AboutParts {
  /** The one that it is of, or null for the whole node. */
  agent: string | null
  method: BackupAbout['method']
  /** What the node was told that need not come again. */
  earlier: EarlierFiles | null
}

/** What is known of a backup before its first byte. @throws OperatorError archive-refused */
export function aboutOf(
  facts: BackupFacts,
  node: NodeRecord,
  { operationId, actor }: Pick<Call<never>, 'operationId' | 'actor'>,
  snapshot: NodeSnapshot,
  { agent, method, earlier }: AboutParts,
): BackupAbout {
  const { home, state, nodeVersion, platform, special, gone, unsteady, unread } = facts
  return {
    method,
    reason: actor.face === 'monitor' ? 'scheduled' : 'asked',
    operationId,
    openclawVersion: snapshot.install.version.value,
    nodeVersion,
    platform,
    machine: { ...facts.machine, hostKeys: hostKeysOf(node) },
    home,
    state,
    roots: facts.roots.filter(({ kind }) => kind !== 'missing' && kind !== 'refused'),
    databases: facts.databases.map((database) => databaseOf(database, earlier)),
    agents: agentsOf(snapshot, agent),
    ...(agent === null ? {} : { agent }),
    notTaken: { special, gone, unsteady, unread },
  }
}

function databaseOf(
  { path, own, userVersion, agentId, error, same }: CopiedDatabase,
  earlier: EarlierFiles | null,
): BackupAbout['databases'][number] {
  if (!same) return { path, own, userVersion, agentId, error }
  const known = earlier?.databases.get(path)
  if (known === undefined) throw refused('not-as-told', path)
  const { userVersion: version, agentId: owner } = known
  return { path, own, userVersion: version, agentId: owner, error: null }
}

function agentsOf({ agents, sessions }: NodeSnapshot, only: string | null): BackupAbout['agents'] {
  if (agents.value === null) return null
  const held = sessions.value
  return agents.value
    .filter(({ id }) => only === null || id === only)
    .map(({ id }) => {
      const own = held?.filter(({ agentId }) => agentId === id) ?? null
      const ids = own?.flatMap(({ sessionId }) => (sessionId === null ? [] : [sessionId])) ?? []
      const whole = own !== null && ids.length === own.length && ids.length <= MOST_SESSION_IDS
      return {
        id,
        workspace: null,
        sessions: own?.length ?? null,
        ...(whole && ids.every((one) => one.length <= 200) ? { sessionIds: ids } : {}),
      }
    })
}
