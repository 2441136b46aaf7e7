import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import type { Incident } from '../incidents/incident.ts'
import type { Ink } from '../presenters/ink.ts'
import type { Command, Suggestion } from './command.ts'
import { type Candidate, wantedAt } from './completion.ts'
import { readRegistry } from './read-registry.ts'

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }

/** Where completion looks for names. */
interface Places {
  registryPath: string
  dataDir: string
}

/**
 * What a shell shows at the cursor: a line for each candidate with its summary after a tab, `:file` for file names.
 * Only reads, and never fails: a shell has nowhere to show an error.
 */
export async function completionLines(
  words: readonly string[],
  commands: readonly Command[],
  ink: Ink,
  places: () => Promise<Places>,
): Promise<string> {
  const wanted = wantedAt(words, commands, ({ summary }) => ink.t(summary))
  if (wanted.kind === 'file') return ':file\n'
  const found = wanted.kind === 'words' ? wanted.words : await namesOf(wanted.kind, places).catch(() => [])
  const typed = words.at(-1) ?? ''
  return found
    .map(({ word, summary }) => ({ word: `${wanted.prefix ?? ''}${word}`, summary }))
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, summary }) => `${ink.remote(word)}\t${ink.remote(summary, 100)}\n`)
    .join('')
}

async function namesOf(
  kind: Exclude<Suggestion, 'file' | 'command'>,
  places: () => Promise<Places>,
): Promise<Candidate[]> {
  const { registryPath, dataDir } = await places()
  if (kind === 'incident') {
    return (await storedIncidents(join(dataDir, 'ocm.db')))
      .filter(({ state }) => state !== 'resolved')
      .map(({ id, subject }) => ({ word: id, summary: subject.nodeId ?? '' }))
  }
  const { data } = await readRegistry(registryPath, 'empty')
  return data.nodes
    .filter(({ state }) => (state === 'retired') === (kind === 'retired-node'))
    .map(({ id, name }) => ({ word: id, summary: name }))
}

/** Only a store that is there is opened: nothing is made by pressing a key. */
async function storedIncidents(path: string): Promise<Incident[]> {
  await access(path)
  const [{ openSqliteStore }, { incidents }] = await Promise.all([
    import('../store/sqlite-store.ts'),
    import('../incidents/incident-records.ts'),
  ])
  const store = await openSqliteStore({ path, log: SILENT })
  try {
    return (await store.list(incidents)).map(({ value }) => value)
  } finally {
    await store.close()
  }
}
