import { Turns } from '../base/turns.ts'
import type { Content, Entry, Manifest } from './manifest.ts'
import type { Objects } from './objects.ts'
import { parseEntry } from './parse-entry.ts'
import { comparePieces, DamagedObject, piecesOf } from './read-backup.ts'

/** Of a list that is held so much is told at once: what is done with it must not keep the event loop. */
const HELD_LOT = 1_000

/** All entries of a backup; what {@link lotsOf} reads of the same list as long as they are held takes less. @throws DamagedObject */
export async function listOf(objects: Objects, manifest: Manifest): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const lot of lotsOf(objects, manifest)) for (const entry of lot) entries.push(entry)
  objects.lists.hold(manifest.list, entries)
  return entries
}

/** The entries of a backup, in the order of the archive. @throws DamagedObject */
export async function* entriesOf(objects: Objects, manifest: Manifest): AsyncGenerator<Entry> {
  for await (const lot of lotsOf(objects, manifest)) yield* lot
}

/** The names of all objects that a backup needs; some come more than once. @throws DamagedObject */
export async function* neededBy(objects: Objects, manifest: Manifest): AsyncGenerator<string> {
  yield* manifest.list.pieces
  if (manifest.told !== undefined) yield* manifest.told.pieces
  for await (const entry of entriesOf(objects, manifest)) if (entry.kind === 'file') yield* entry.pieces
}

/** The entries of a backup, many at a time: to wait for each of them takes as long as to read it. @throws DamagedObject */
export async function* lotsOf(
  objects: Objects,
  { list }: Pick<Manifest, 'list'>,
): AsyncGenerator<readonly Entry[]> {
  const known = objects.lists.of(list)
  if (known !== null) {
    await comparePieces(objects, list.pieces)
    for (let at = 0; at < known.length; at += HELD_LOT) yield known.slice(at, at + HELD_LOT)
    return
  }
  let held: Buffer = Buffer.alloc(0)
  const turns = new Turns()
  let lot: Entry[] = []
  for await (const piece of piecesOf(objects, list)) {
    held = held.length === 0 ? piece : Buffer.concat([held, piece])
    let from = 0
    for (let at = held.indexOf(0x0a); at !== -1; at = held.indexOf(0x0a, from)) {
      lot.push(entryOf(held.toString('utf8', from, at), list))
      from = at + 1
      if (!turns.isDue()) continue
      yield lot
      lot = []
      await turns.give()
    }
    held = held.subarray(from)
  }
  if (held.length > 0) throw new DamagedObject(list.sha256, 'damaged')
  if (lot.length > 0) yield lot
}

function entryOf(line: string, list: Content): Entry {
  let entry: Entry | null = null
  try {
    entry = parseEntry(JSON.parse(line))
  } catch {
    // It is no JSON.
  }
  if (entry === null) throw new DamagedObject(list.sha256, 'damaged')
  return entry
}
