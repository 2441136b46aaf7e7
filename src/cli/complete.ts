import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { incidentStateSchema } from '../incidents/incident.ts'
import type { Command, Suggestion } from './command.ts'
import { type Candidate, wantedAt } from './completion.ts'
import type { Ink } from './ink.ts'
import { readRegistry } from './read-registry.ts'

/** Where completion looks for names. */
interface Places {
  registryPath: string
  dataDir: string
}

/**
 * What a shell shows at the cursor: a line for each candidate with its summary after a tab, `:file` for file names.
 * Reads files only, takes no lock and never fails: a shell has nowhere to show an error.
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
    .map(({ word, summary }) => `${ink.plain(word)}\t${ink.plain(summary, 100)}\n`)
    .join('')
}

async function namesOf(
  kind: Exclude<Suggestion, 'file' | 'command'>,
  places: () => Promise<Places>,
): Promise<Candidate[]> {
  const { registryPath, dataDir } = await places()
  if (kind === 'incident') {
    const text = await readFile(join(dataDir, 'incidents.json'), 'utf8')
    const { incidents } = incidentStateSchema.parse(JSON.parse(text))
    return incidents
      .filter(({ state }) => state !== 'resolved')
      .map(({ id, subject }) => ({ word: id, summary: subject.nodeId ?? '' }))
  }
  const { data } = await readRegistry(registryPath, 'empty')
  return data.nodes
    .filter(({ state }) => (state === 'retired') === (kind === 'retired-node'))
    .map(({ id, name }) => ({ word: id, summary: name }))
}
