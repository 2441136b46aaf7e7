import { Turns } from '../base/turns.ts'
import { refused } from './archive-names.ts'
import { type ArrivedFiles, readArrived } from './arrived.ts'
import type { Layout } from './layout.ts'
import { listOf } from './lists.ts'
import type { BackupAbout, Entry, FileEntry, Manifest } from './manifest.ts'
import type { KnownObjects, Objects } from './objects.ts'
import { DamagedObject, idsIn, isOnePiece, readCheck, readManifest } from './read-backup.ts'

/** So long a node is believed that a file is as it was; then all of it is read once more. */
const READ_WHOLE_MS = 7 * 24 * 3_600_000

/** A longer list is let go of, file by file, as it is carried on: of each file it has half a kilobyte. */
const MOST_HELD = 20_000

type KnownDatabase = Pick<BackupAbout['databases'][number], 'userVersion' | 'agentId'>

/** Files of an earlier backup, by the marks that the node gave them then. */
export interface EarlierFiles {
  marks: Map<string, FileEntry>
  /** What is known of the databases among them that the node copies, by their absolute path: it does not open them again. */
  databases: ReadonlyMap<string, KnownDatabase>
  /** When all of the node was last read. Epoch milliseconds. */
  readWholeAt: number
  /** The objects that the store has, so that they need not be listed again. */
  there: KnownObjects
  /** The list of that backup, unless it is long: the next one mostly has the same, and then it is not taken apart again while this is held. */
  list?: readonly Entry[]
}

/** A file that the node told before the archive, in the order of the archive. `same`: it is not in there. */
export interface ToldFile {
  path: string
  mark: string
  same: boolean
}

/**
 * What need not come again, as far as its content is there: files of the newest backup that was found sound, unless all of the
 * node has not been read for a week, and those that runs brought which were cut off since. Null where there is nothing.
 */
export async function earlierFiles(
  { layout, objects }: { layout: Layout; objects: Objects },
  node: string,
  now: number,
): Promise<EarlierFiles | null> {
  const sound = await soundFiles(layout, objects, node, now)
  const arrived = await arrivedFiles(layout, node, now)
  if (sound === null && arrived === null) return null
  const there = await objects.known()
  const marks = new Map<string, FileEntry>()
  const turns = new Turns()
  for (const files of [sound?.files ?? [], arrived?.files ?? []])
    for (const entry of files) {
      if (entry.mark !== undefined && entry.pieces.every((name) => there.has(name))) {
        shareName(entry, objects)
        marks.set(entry.mark, entry)
      }
      if (turns.isDue()) await turns.give()
    }
  const databases = sound?.databases ?? new Map()
  return {
    ...{ marks, databases, there },
    readWholeAt: sound?.readWholeAt ?? arrived?.since ?? now,
    ...(sound !== null && sound.list.length <= MOST_HELD ? { list: sound.list } : {}),
  }
}

/** Has an entry name its only piece by the text by which the store does: of a hundred thousand files these are 8 MB. */
function shareName(entry: FileEntry, { packs }: Objects): void {
  if (!isOnePiece(entry)) return
  const { name } = packs.placeOf(entry.sha256) ?? {}
  if (name !== undefined) entry.sha256 = entry.pieces[0] = name
}

/** Of databases nothing was written down but their bytes. */
async function arrivedFiles(layout: Layout, node: string, now: number): Promise<ArrivedFiles | null> {
  const arrived = await readArrived(layout, node, now)
  return arrived && { ...arrived, files: arrived.files.filter(({ database }) => !database) }
}

async function soundFiles(
  layout: Layout,
  objects: Objects,
  node: string,
  now: number,
): Promise<
  (Required<Pick<EarlierFiles, 'readWholeAt' | 'databases' | 'list'>> & { files: FileEntry[] }) | null
> {
  const manifest = await newestSound(layout, node)
  const readWholeAt = manifest?.readWholeAt
  // A time to come is that of a clock that was wrong.
  if (!manifest || readWholeAt === undefined || now < readWholeAt || now - readWholeAt > READ_WHOLE_MS)
    return null
  let list: readonly Entry[]
  const files: FileEntry[] = []
  const databases = new Map<string, KnownDatabase>()
  for (const { path, error, userVersion, agentId } of manifest.about.databases)
    if (error === null) databases.set(path, { userVersion, agentId })
  // Once it is sealed, nobody here can open one again: it has to come to be opened.
  const isToCome = ({ path }: FileEntry) => objects.recipients.length > 0 && databases.has(`/${path}`)
  try {
    list = await listOf(objects, manifest)
  } catch (error) {
    if (error instanceof DamagedObject) return null
    throw error
  }
  for (const entry of list)
    if (entry.kind === 'file' && entry.mark !== undefined && !isToCome(entry)) files.push(entry)
  return { readWholeAt, databases, files, list }
}

async function newestSound(layout: Layout, node: string): Promise<Manifest | null> {
  for (const id of (await idsIn(layout, node)).reverse()) {
    const check = await readCheck(layout, node, id)
    if (check?.ok !== true) continue
    const manifest = await readManifest(layout, node, id).catch(() => null)
    // OpenClaw's own archive has no marks: what was known before it still is.
    if (manifest?.about.method !== 'openclaw') return manifest
  }
  return null
}

/** Puts the files that did not come again between those that did. Forgets of each what nobody needs behind it: there may be 100,000. */
export class Carried {
  readonly #told: (ToldFile | null)[]
  readonly #earlier: EarlierFiles | null
  readonly #places: Map<string, number>
  #next = 0

  private constructor(told: ToldFile[], earlier: EarlierFiles | null, places: Map<string, number>) {
    this.#told = told
    this.#earlier = earlier
    this.#places = places
  }

  /** @param told is empty in the end, and `earlier` without what was the same */
  static async of(told: ToldFile[], earlier: EarlierFiles | null): Promise<Carried> {
    const places = new Map<string, number>()
    const turns = new Turns()
    for (const [place, { path }] of told.entries()) {
      places.set(path, place)
      if (turns.isDue()) await turns.give()
    }
    return new Carried(told, earlier, places)
  }

  /** The mark of a file of the archive, and what belongs before it. @throws OperatorError archive-refused, also while it is read */
  upTo(path: string): { mark: string | null; before: Iterable<FileEntry> } {
    const place = this.#places.get(path)
    if (place === undefined) return { mark: null, before: [] }
    const told = this.#told[place]
    // A file that was said to be the same and comes all the same would be in the backup twice.
    if (!told || told.same || place < this.#next) throw refused('not-as-told', path)
    const before = this.#take(this.#next, place)
    this.#next = place + 1
    // The archive has every name once.
    this.#places.delete(path)
    this.#told[place] = null
    return { mark: told.mark, before }
  }

  /** What belongs behind the last file of the archive. @throws OperatorError archive-refused, while it is read */
  *rest(): Iterable<FileEntry> {
    yield* this.#take(this.#next, this.#told.length)
    this.#told.length = 0
  }

  *#take(begin: number, end: number): Generator<FileEntry> {
    for (let at = begin; at < end; at += 1) {
      const told = this.#told[at]
      this.#told[at] = null
      if (told?.same !== true) continue
      const entry = this.#earlier?.marks.get(told.mark)
      if (entry?.path !== told.path) throw refused('not-as-told', told.path)
      this.#earlier?.marks.delete(told.mark)
      yield entry
    }
  }
}
