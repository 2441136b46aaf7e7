import { agentOf } from './agent-of.ts'
import { entriesOf } from './lists.ts'
import type { Entry, Manifest } from './manifest.ts'
import type { Objects } from './objects.ts'

const MOST_NAMED = 200

/** A file, folder or link that differs. `path` is absolute; `agent` is null for what belongs to the node as a whole. */
export interface Difference {
  path: string
  agent: string | null
}

/** How the later of two backups differs from the earlier one. Each list names the first; `counts` has them all. */
export interface Comparison {
  added: Difference[]
  changed: Difference[]
  removed: Difference[]
  counts: { added: number; changed: number; removed: number; same: number }
  /** Differences by agent; the key '' is the node as a whole. */
  byAgent: Record<string, { added: number; changed: number; removed: number }>
}

/** @throws DamagedObject */
export async function compare(objects: Objects, from: Manifest, to: Manifest): Promise<Comparison> {
  const before = new Map<string, string>()
  for await (const entry of entriesOf(objects, from)) before.set(entry.path, essenceOf(entry))
  const found: Comparison = {
    added: [],
    changed: [],
    removed: [],
    counts: { added: 0, changed: 0, removed: 0, same: 0 },
    byAgent: {},
  }
  for await (const entry of entriesOf(objects, to)) {
    const known = before.get(entry.path)
    before.delete(entry.path)
    if (known === undefined) note(found, 'added', entry.path, to)
    else if (known !== essenceOf(entry)) note(found, 'changed', entry.path, to)
    else found.counts.same += 1
  }
  for (const path of before.keys()) note(found, 'removed', path, from)
  return found
}

function essenceOf(entry: Entry): string {
  if (entry.kind === 'file') return `${entry.mode} ${entry.sha256}`
  return entry.kind === 'link' ? `link ${entry.target}` : `folder ${entry.mode}`
}

function note(found: Comparison, how: 'added' | 'changed' | 'removed', path: string, of: Manifest): void {
  const agent = agentOf(path, of.about)
  found.counts[how] += 1
  if (found[how].length < MOST_NAMED) found[how].push({ path: `/${path}`, agent })
  const key = agent ?? ''
  const counts = Object.hasOwn(found.byAgent, key) ? found.byAgent[key] : undefined
  const next = counts ?? { added: 0, changed: 0, removed: 0 }
  next[how] += 1
  found.byAgent[key] = next
}
