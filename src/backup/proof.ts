import type { DatabaseFacts } from './check-database.ts'
import type { Layout } from './layout.ts'
import type { BackupCheck, FileEntry, Manifest } from './manifest.ts'
import type { Objects } from './objects.ts'
import { DamagedObject, entriesOf, idsIn, readCheck, readManifest } from './read-backup.ts'

/** So long content that was read and that nobody has touched is taken for what it was; then all of it is read again. */
const BELIEVED_MS = 7 * 24 * 3_600_000
/** File systems keep the time in steps of some milliseconds. */
const TICK_MS = 50

/** What an earlier look at another backup of the node proved. */
export interface Proof {
  /** Since when all of it has been read. Epoch milliseconds. */
  readSince: number
  /** Whether the content of a file is proven, and its objects were not touched since. */
  covers(entry: FileEntry): Promise<boolean>
  /** What a database said of itself; null unless the same was opened at that place. */
  database(entry: FileEntry): DatabaseFacts | null
}

/**
 * What of a backup need not be read again: the content of the newest sound backup of its node beside it, as far as all of that
 * was read within a week. Null where there is none.
 * @param now epoch milliseconds
 */
export async function recentProof(
  { layout, objects }: { layout: Layout; objects: Objects },
  node: string,
  id: string,
  now: number,
): Promise<Proof | null> {
  const found = await newestProven(layout, node, id, now)
  if (found === null) return null
  const { manifest, check } = found
  const contents = new Map<string, readonly string[]>()
  const databases = new Map<string, { sha256: string; facts: DatabaseFacts }>()
  const opened = new Map(check.databases.map((database) => [database.path, database]))
  try {
    for await (const entry of entriesOf(objects, manifest)) {
      if (entry.kind !== 'file') continue
      contents.set(entry.sha256, entry.pieces)
      const facts = entry.database ? opened.get(`/${entry.path}`) : undefined
      if (facts === undefined) continue
      const { tables, userVersion, agentId } = facts
      databases.set(entry.path, {
        sha256: entry.sha256,
        facts: { sound: true, tables, userVersion, agentId },
      })
    }
  } catch (error) {
    if (error instanceof DamagedObject) return null
    throw error
  }
  const packs = new Map<string, number>()
  return {
    readSince: check.readSince ?? check.at,
    async covers({ sha256, pieces }) {
      const known = contents.get(sha256)
      if (known?.length !== pieces.length || !known.every((name, at) => name === pieces[at])) return false
      for (const name of pieces) {
        const touchedAt = await objects.touchedAt(name, packs)
        if (touchedAt === null || touchedAt > check.at - TICK_MS) return false
      }
      return true
    },
    database({ path, sha256 }) {
      const known = databases.get(path)
      return known?.sha256 === sha256 ? known.facts : null
    },
  }
}

async function newestProven(
  layout: Layout,
  node: string,
  id: string,
  now: number,
): Promise<{ manifest: Manifest; check: BackupCheck } | null> {
  for (const other of (await idsIn(layout, node)).reverse()) {
    if (other === id) continue
    const check = await readCheck(layout, node, other)
    if (check?.ok !== true) continue
    const readSince = check.readSince ?? check.at
    // A time to come is that of a clock that was wrong.
    if (check.at > now || now - readSince > BELIEVED_MS) return null
    const manifest = await readManifest(layout, node, other).catch(() => null)
    return manifest === null ? null : { manifest, check }
  }
  return null
}
