import type { DatabaseFacts } from './check-database.ts'
import type { Layout } from './layout.ts'
import type { BackupCheck, FileEntry, Manifest } from './manifest.ts'
import type { ObjectFile, Objects } from './objects.ts'
import type { ReadBack } from './read-back.ts'
import { DamagedObject, entriesOf, idsIn, readCheck, readManifest } from './read-backup.ts'

/** So long content that was read and that nobody has touched is taken for what it was; then all of it is read again. */
const BELIEVED_MS = 7 * 24 * 3_600_000
/** File systems keep the time in steps of some milliseconds. */
const TICK_MS = 50

/** What need not be read to know that it is sound. */
export interface Proof {
  /** Since when all has been read that is proven by an earlier backup; null where there is none. */
  readSince: number | null
  /** By what the content of a file is proven whose objects were not touched since; null where it is not. */
  covers(entry: FileEntry): Promise<'read-back' | 'earlier' | null>
  /** What a database said of itself; null unless the same was opened at that place. */
  database(entry: FileEntry): DatabaseFacts | null
}

interface Earlier {
  at: number
  readSince: number
  /** The pieces of each content, by its hash; null where it is one piece, which has the same. */
  contents: ReadonlyMap<string, readonly string[] | null>
  databases: ReadonlyMap<string, { sha256: string; facts: DatabaseFacts }>
}

/**
 * What of a backup need not be read again: what was read back when it was written, and the content of the newest sound backup of
 * its node beside it, as far as all of that was read within a week.
 * @param now epoch milliseconds
 */
export async function recentProof(
  { layout, objects }: { layout: Layout; objects: Objects },
  { node, id }: { node: string; id: string },
  readBack: ReadBack | null,
  now: number,
): Promise<Proof> {
  const earlier = await earlierProof(layout, objects, { node, id }, now)
  const files = new Map<string, ObjectFile>()
  const coversByEarlier = ({ sha256, pieces }: FileEntry) => {
    const known = earlier?.contents.get(sha256)
    if (known === null) return isOnePiece({ sha256, pieces })
    return known?.length === pieces.length && known.every((name, at) => name === pieces[at])
  }
  return {
    readSince: earlier?.readSince ?? null,
    async covers(entry) {
      let isReadBack = readBack !== null
      let isEarlier = coversByEarlier(entry)
      for (const name of entry.pieces) {
        const file = isReadBack || isEarlier ? await objects.fileOf(name, files) : null
        if (file === null) return null
        isReadBack &&= readBack?.covers(file) === true
        isEarlier &&= earlier !== null && file.touchedAt <= earlier.at - TICK_MS
      }
      if (isReadBack) return 'read-back'
      return isEarlier ? 'earlier' : null
    },
    database({ path, sha256 }) {
      const known = earlier?.databases.get(path)
      return known?.sha256 === sha256 ? known.facts : null
    },
  }
}

async function earlierProof(
  layout: Layout,
  objects: Objects,
  { node, id }: { node: string; id: string },
  now: number,
): Promise<Earlier | null> {
  const found = await newestProven(layout, node, id, now)
  if (found === null) return null
  const { manifest, check } = found
  const contents = new Map<string, readonly string[] | null>()
  const databases = new Map<string, { sha256: string; facts: DatabaseFacts }>()
  const opened = new Map(check.databases.map((database) => [database.path, database]))
  try {
    for await (const entry of entriesOf(objects, manifest)) {
      if (entry.kind !== 'file') continue
      contents.set(entry.sha256, isOnePiece(entry) ? null : entry.pieces)
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
  return { at: check.at, readSince: check.readSince ?? check.at, contents, databases }
}

function isOnePiece({ sha256, pieces }: Pick<FileEntry, 'sha256' | 'pieces'>): boolean {
  return pieces.length === 1 && pieces[0] === sha256
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
