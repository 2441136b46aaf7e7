import { createRequire } from 'node:module'

/** The file of the database library, for a thread or a process that has to load it by its path. */
export function sqliteDriver(): string {
  return createRequire(import.meta.url).resolve('@photostructure/sqlite')
}
