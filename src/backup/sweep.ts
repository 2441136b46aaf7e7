import { randomBytes } from 'node:crypto'
import { readdir, rm, rmdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { isOwnerFolder, type Layout, nodeKey } from './layout.ts'
import { neededBy } from './lists.ts'
import { ObjectWriter } from './object-writer.ts'
import type { Objects } from './objects.ts'
import type { PackedObject } from './packs.ts'
import { DamagedObject, idsByNode, readManifest } from './read-backup.ts'
import { unlessUnusable } from './sealed-look.ts'

/** What no backup names stays this long: an interrupted backup goes on from it. */
const GRACE_MS = 24 * 3_600_000

/** What a sweep removed. */
export interface Swept {
  objects: number
  /** On the disk. */
  bytes: number
  /** Half-written runs that were cut off. */
  remains: number
  /** A backup whose list cannot be read: then nobody knows which objects it needs, and none is removed. */
  hinderedBy: string | null
}

/** Removes objects that no manifest names. The caller has made sure that no backup is being taken. */
export async function sweep(store: { layout: Layout; objects: Objects; clock: Clock }): Promise<Swept> {
  const swept: Swept = { objects: 0, bytes: 0, remains: 0, hinderedBy: null }
  const oldest = store.clock.now() - GRACE_MS
  await sweepRemains(store.layout, oldest, swept)
  const needed = new Set<string>()
  /** Pieces of lists, which are never sealed. */
  const lists = new Set<string>()
  for (const [node, ids] of await idsByNode(store.layout))
    for (const id of ids) {
      if (await addNeeded(store, nodeKey(node), id, { needed, lists })) continue
      swept.hinderedBy ??= id
    }
  if (swept.hinderedBy !== null) return swept
  await sweepPacks(store, { needed, lists }, oldest, swept)
  for (const folder of await store.objects.parts())
    for (const file of await readdir(join(store.layout.objects, folder))) {
      if (needed.has(file.slice(0, 64)) && !file.endsWith('.damaged')) continue
      const path = join(store.layout.objects, folder, file)
      const { mtimeMs, size } = await stat(path)
      if (mtimeMs > oldest) continue
      await unlink(path)
      swept.objects += 1
      swept.bytes += size
    }
  return swept
}

/** Removes what runs left that were cut off. */
async function sweepRemains(layout: Layout, oldest: number, swept: Swept): Promise<void> {
  for (const name of await readdir(layout.incoming)) {
    await rm(join(layout.incoming, name), { recursive: true, force: true })
    swept.remains += 1
  }
  for (const name of await readdir(layout.scratch)) {
    const path = join(layout.scratch, name)
    const found = await stat(path).catch(() => null)
    if (found === null || found.mtimeMs > oldest) continue
    await rm(path, { recursive: true, force: true })
    swept.remains += 1
  }
  for (const node of (await readdir(layout.nodes)).filter(isOwnerFolder)) {
    const notes = layout.arrived(node)
    const found = await stat(notes).catch(() => null)
    if (found === null || found.mtimeMs > oldest) continue
    await rm(notes, { force: true })
    swept.remains += 1
    // It stays where there are backups.
    await rmdir(layout.ofNode(node)).catch(() => undefined)
  }
}

/** Removes packs of which nothing is needed, and writes anew what is needed of those that are mostly room for nothing. */
async function sweepPacks(
  { layout, objects }: { layout: Layout; objects: Objects },
  { needed, lists }: { needed: ReadonlySet<string>; lists: ReadonlySet<string> },
  oldest: number,
  swept: Swept,
): Promise<void> {
  for (const { pack, isSealed, objects: held, mtimeMs, bytes } of await objects.packs.all()) {
    if (mtimeMs > oldest) continue
    const live: PackedObject[] = []
    for (const place of held) {
      const { name } = place
      // What a damaged pack held may have been stored anew.
      const isThere = !objects.packs.isDamaged(pack) || (await objects.packs.find(name))?.pack === pack
      if (needed.has(name) && isThere) live.push(place)
    }
    const liveBytes = live.reduce((sum, place) => sum + place.bytes, 0)
    if (liveBytes * 2 > bytes) continue
    const names = live.map(({ name }) => name)
    if (names.length > 0 && !(await writeAnew({ layout, objects }, names, lists))) continue
    await objects.packs.remove(pack, isSealed)
    swept.objects += held.length - live.length
    swept.bytes += bytes - liveBytes
  }
  await objects.packs.refresh()
}

/**
 * @returns whether each of them is on the disk once more; not where one of them is damaged, which a verification tells, or
 * sealed and its private key not here
 */
async function writeAnew(
  { layout, objects }: { layout: Layout; objects: Objects },
  names: readonly string[],
  lists: ReadonlySet<string>,
): Promise<boolean> {
  const staging = join(layout.incoming, `sweep.${randomBytes(6).toString('hex')}`)
  await makePrivateFolder(staging)
  // It knows of no object, so that it writes what is there already.
  const writer = new ObjectWriter(objects, staging, new Set())
  const reader = objects.reader()
  try {
    for (const name of names) {
      const plain = await reader.read(name).catch(unlessUnusable)
      if (plain === null || typeof plain === 'string') return false
      writer.put(name, plain, lists.has(name) ? 'list' : 'content')
      await writer.room()
    }
    await writer.settle()
    return true
  } finally {
    await writer.giveUp()
    await rm(staging, { recursive: true, force: true })
  }
}

async function addNeeded(
  store: { layout: Layout; objects: Objects },
  node: string,
  id: string,
  { needed, lists }: { needed: Set<string>; lists: Set<string> },
): Promise<boolean> {
  try {
    const manifest = await readManifest(store.layout, node, id)
    for (const piece of manifest.list.pieces) lists.add(piece)
    for await (const name of neededBy(store.objects, manifest)) needed.add(name)
    return true
  } catch (error) {
    if (error instanceof DamagedObject) return false
    if (error instanceof OperatorError && error.code === 'backup-damaged') return false
    throw error
  }
}
