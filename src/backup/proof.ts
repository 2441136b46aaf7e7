import type { DatabaseFacts } from './check-database.ts'
import type { Layout } from './layout.ts'
import { lotsOf } from './lists.ts'
import type { BackupCheck, Entry, FileEntry, Manifest } from './manifest.ts'
import type { ObjectFile, Objects } from './objects.ts'
import type { ReadBack } from './read-back.ts'
import { DamagedObject, idsIn, isOnePiece, readCheck, readManifest } from './read-backup.ts'

/** So long content that was read and that nobody has touched is taken for what it was; then all of it is read again. */
const BELIEVED_MS = 7 * 24 * 3_600_000
/** File systems keep the time in steps of some milliseconds. */
const TICK_MS = 50

/** What need not be read to know that it is sound. */
export interface Proof {
  /** Since when all has been read that is proven by an earlier backup; null where there is none. */
  readSince: number | null
  /** Looks at the files of the store that hold what entries need: before {@link covers} is asked of one of them. */
  look(entries: readonly Entry[]): Promise<void>
  /** By what the content of a file is proven whose objects were not touched since; null where it is not. */
  covers(entry: FileEntry): 'read-back' | 'earlier' | null
  /** What a database said of itself; null unless the same was opened at that place. */
  database(entry: FileEntry): DatabaseFacts | null
}

interface Earlier {
  at: number
  readSince: number
  /** The pieces of each content, by its hash; null where it is one piece, which has the same. `same`: those of this backup. */
  contents: ReadonlyMap<string, readonly string[] | null> | 'same'
  /** By their path; the hash is null where the list is the same. */
  databases: ReadonlyMap<string, { sha256: string | null; facts: DatabaseFacts }>
}

/**
 * What of a backup need not be read again: what was read back when it was written, and the content of the newest sound backup of
 * its node beside it, as far as all of that was read within a week.
 * @param now epoch milliseconds
 */
export async function recentProof(
  { layout, objects }: { layout: Layout; objects: Objects },
  { node, manifest }: { node: string; manifest: Manifest },
  readBack: ReadBack | null,
  now: number,
): Promise<Proof> {
  const earlier = await earlierProof(layout, objects, { node, manifest }, now)
  const files = new SeenFiles(objects)
  const isByEarlier = ({ sha256, pieces }: FileEntry) => {
    if (earlier === null || earlier.contents === 'same') return earlier !== null
    const known = earlier.contents.get(sha256)
    if (known === null) return isOnePiece({ sha256, pieces })
    return known?.length === pieces.length && known.every((name, at) => name === pieces[at])
  }
  return {
    readSince: earlier?.readSince ?? null,
    async look(entries) {
      const isToSee = (entry: FileEntry) => readBack !== null || isByEarlier(entry)
      await files.look(entries.filter((entry) => entry.kind === 'file').filter(isToSee))
    },
    covers(entry) {
      let isReadBack = readBack !== null
      let isEarlier = isByEarlier(entry)
      for (const name of entry.pieces) {
        const file = isReadBack || isEarlier ? files.of(name) : null
        if (file === null) return null
        isReadBack &&= readBack?.covers(file) === true
        isEarlier &&= earlier !== null && file.touchedAt <= earlier.at - TICK_MS
      }
      if (isReadBack) return 'read-back'
      return isEarlier ? 'earlier' : null
    },
    database({ path, sha256 }) {
      const known = earlier?.databases.get(path)
      return known && (known.sha256 === null || known.sha256 === sha256) ? known.facts : null
    },
  }
}

/** So many files of the store are looked at together. */
const TOGETHER = 32

/** Files of the store as they were when they were looked at, by the objects that they hold. */
class SeenFiles {
  readonly #objects: Objects
  readonly #packs = new Map<string, ObjectFile>()
  /** Of objects that lie in no pack, or whose pack is gone. */
  #others = new Map<string, ObjectFile | null>()

  constructor(objects: Objects) {
    this.#objects = objects
  }

  /** Those of the entries before are forgotten, unless they are packs. */
  async look(entries: readonly FileEntry[]): Promise<void> {
    this.#others = new Map()
    const packs = new Set<string>()
    const names: string[] = []
    for (const { pieces } of entries)
      for (const name of pieces) {
        const pack = this.#objects.packs.placeOf(name)?.pack
        if (pack === undefined) names.push(name)
        else if (!this.#packs.has(pack) && !packs.has(pack)) {
          packs.add(pack)
          names.push(name)
        }
      }
    for (let at = 0; at < names.length; at += TOGETHER)
      await Promise.all(names.slice(at, at + TOGETHER).map((name) => this.#look(name)))
  }

  of(name: string): ObjectFile | null {
    const pack = this.#objects.packs.placeOf(name)?.pack
    return (pack === undefined ? undefined : this.#packs.get(pack)) ?? this.#others.get(name) ?? null
  }

  async #look(name: string): Promise<void> {
    const file = await this.#objects.fileOf(name, this.#packs)
    if (!this.#objects.packs.placeOf(name)) this.#others.set(name, file)
  }
}

async function earlierProof(
  layout: Layout,
  objects: Objects,
  { node, manifest: { id, list } }: { node: string; manifest: Manifest },
  now: number,
): Promise<Earlier | null> {
  const found = await newestProven(layout, node, id, now)
  if (found === null) return null
  const { manifest, check } = found
  const { at, readSince = at } = check
  const opened = new Map(
    check.databases.map(({ path, ...facts }) => [path.slice(1), { sound: true, ...facts }] as const),
  )
  // Of a list with the same hash every line is the same: it is read once, as that of this backup.
  if (manifest.list.sha256 === list.sha256) {
    const databases = new Map([...opened].map(([path, facts]) => [path, { sha256: null, facts }]))
    return { at, readSince, contents: 'same', databases }
  }
  const contents = new Map<string, readonly string[] | null>()
  const databases = new Map<string, { sha256: string; facts: DatabaseFacts }>()
  try {
    for await (const lot of lotsOf(objects, manifest))
      for (const entry of lot) {
        if (entry.kind !== 'file') continue
        contents.set(entry.sha256, isOnePiece(entry) ? null : entry.pieces)
        const facts = entry.database ? opened.get(entry.path) : undefined
        if (facts !== undefined) databases.set(entry.path, { sha256: entry.sha256, facts })
      }
  } catch (error) {
    if (error instanceof DamagedObject) return null
    throw error
  }
  return { at, readSince, contents, databases }
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
