import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { readAgentDatabase, type StoredSession } from './databases.ts'

/** The sessions on the disk: in the databases of the agents, or in the JSON of an old release. */
export function storedSessions(
  folder: string,
  storeOf: (agentId: string) => string,
): (StoredSession & { agentId: string })[] {
  // A gateway without agents has no such folder.
  const agents = existsSync(folder) ? readdirSync(folder) : []
  return agents.flatMap((agentId) => readStore(storeOf(agentId)).map((session) => ({ ...session, agentId })))
}

function readStore(path: string): StoredSession[] {
  if (!existsSync(path)) return []
  if (path.endsWith('.sqlite')) return readAgentDatabase(path)
  const store = JSON.parse(readFileSync(path, 'utf8')) as Record<
    string,
    { sessionId: string; totalTokens?: number }
  >
  return Object.entries(store).map(([key, { sessionId, totalTokens }]) => ({
    key,
    sessionId,
    totalTokens: totalTokens ?? null,
  }))
}

/** The inode of a file; 0 where there is none. */
export function inodeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0
}
