import { agentOfDatabase } from './agent-of.ts'
import type { DatabaseFacts } from './check-database.ts'
import type { BackupAbout, ProblemCode } from './manifest.ts'

/**
 * What is wrong with a database by what it says of itself and what the node said of it. A database that only looks empty
 * opens without an error: everything may have been in its log.
 * @param path absolute, on the node
 */
export function judgeDatabase(
  { sound, tables, userVersion, agentId }: DatabaseFacts,
  path: string,
  about: Pick<BackupAbout, 'databases' | 'state'>,
): ProblemCode[] {
  if (!sound) return ['database-damaged']
  const found: ProblemCode[] = []
  const told = about.databases.find((database) => database.path === path)
  const isTold = told !== undefined && told.error === null
  const own = told?.own ?? path.startsWith(`${about.state}/`)
  if (own && tables === 0) found.push('database-empty')
  const owner = agentOfDatabase(path, about.state)
  const wrong = agentId !== null && owner !== null && agentId.toLowerCase() !== owner.toLowerCase()
  if (wrong || (isTold && told.agentId !== agentId)) found.push('database-wrong-owner')
  if (isTold && told.userVersion !== null && told.userVersion !== userVersion)
    found.push('database-other-version')
  return found
}
