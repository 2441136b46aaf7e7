import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { hasCode, makePrivateFolder, syncFolder } from '../state/atomic-file.ts'
import { hashFile } from '../state/hash-file.ts'
import type { Layout } from './layout.ts'
import { neededBy } from './lists.ts'
import type { Manifest } from './manifest.ts'
import type { ObjectFile, Objects } from './objects.ts'
import { CONTENT, INDEX, SEALED_CONTENT } from './packs.ts'
import { DamagedObject } from './read-backup.ts'

/** A file of a store: its path in it, its length, and its SHA-256 in hex. */
export interface StoreFile {
  path: string
  bytes: number
  sha256: string
}

/** What lies below `objects`, whatever it is: nothing that leads elsewhere. */
const OBJECT_PATH = /^objects(?:\/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){1,3}$/

/** Whether a file of a copy may get this path in a store. */
export function isObjectPath(path: string): boolean {
  return OBJECT_PATH.test(path)
}

/**
 * Every file that a backup needs, by its path in the store: packs with their indexes, objects, and the manifest as the last.
 * @throws DamagedObject where one is missing
 */
export async function filesOf(
  { layout, objects }: { layout: Layout; objects: Objects },
  node: string,
  manifest: Manifest,
): Promise<string[]> {
  // Where it was put a moment ago may not be known here yet.
  await objects.packs.refresh()
  const seen = new Map<string, ObjectFile>()
  const names = new Set<string>()
  const paths = new Set<string>()
  for await (const name of neededBy(objects, manifest)) {
    if (names.has(name)) continue
    names.add(name)
    const file = await objects.fileOf(name, seen)
    if (file === null) throw new DamagedObject(name, 'missing')
    paths.add(file.path)
    const ending = [SEALED_CONTENT, CONTENT].find((end) => file.path.endsWith(end))
    if (ending !== undefined) paths.add(`${file.path.slice(0, -ending.length)}${INDEX}`)
  }
  paths.add(layout.manifest(node, manifest.id))
  return [...paths].map((path) => relative(layout.root, path))
}

/** Length and SHA-256 of a file; null when there is none. */
export async function hashIfThere(path: string): Promise<Omit<StoreFile, 'path'> | null> {
  try {
    return await hashFile(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

/** What bringing files into a store did. */
export interface BroughtIn {
  /** Files that came, and their bytes; the others were here as they should be. */
  files: number
  bytes: number
}

/**
 * Brings files of a backup into the store, the manifest last: before that there is no backup, and what has come in stays for the
 * next trial. A file that is here as it should be does not come again; one that is damaged here is replaced. The caller holds
 * the lock of the node.
 * @param manifestPath where it lies here
 * @param given in any order; the paths were looked at with {@link isObjectPath}, but for that of the manifest
 * @param fetch gives the content of a file
 * @throws CopyDamaged, what `fetch` throws, and errors of the file system
 */
export async function bringIn(
  layout: Layout,
  manifestPath: string,
  given: readonly StoreFile[],
  fetch: (file: StoreFile) => Promise<Readable>,
): Promise<BroughtIn> {
  const manifest = relative(layout.root, manifestPath)
  const brought: BroughtIn = { files: 0, bytes: 0 }
  const staging = join(layout.incoming, `copy.${randomBytes(6).toString('hex')}`)
  await makePrivateFolder(staging)
  const place = (path: string) => join(layout.root, path)
  try {
    const touched = new Set<string>()
    for (const file of inOrder(given, manifest)) {
      if (file.path === manifest) for (const folder of touched) await syncFolder(folder)
      if (await isHere(place(file.path), file)) continue
      const temp = join(staging, 'file')
      await writeChecked(temp, file, await fetch(file))
      const folder = dirname(place(file.path))
      await makePrivateFolder(folder)
      await rename(temp, place(file.path))
      touched.add(folder).add(dirname(folder))
      brought.files += 1
      brought.bytes += file.bytes
    }
    for (const folder of touched) await syncFolder(folder)
    return brought
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** What came is not what was stored. */
export class CopyDamaged extends Error {
  override readonly name = 'CopyDamaged'
  readonly path: string

  constructor(path: string) {
    super(`the copy of ${path} is damaged`)
    this.path = path
  }
}

/** Packs before what names them, the manifest at last. */
function inOrder(files: readonly StoreFile[], manifest: string): StoreFile[] {
  const rank = ({ path }: StoreFile) => (path === manifest ? 2 : path.endsWith(INDEX) ? 1 : 0)
  return files.toSorted((a, b) => rank(a) - rank(b))
}

async function isHere(path: string, { bytes, sha256 }: StoreFile): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.size === bytes && (await hashIfThere(path))?.sha256 === sha256
}

async function writeChecked(temp: string, { path, bytes, sha256 }: StoreFile, from: Readable): Promise<void> {
  const hash = createHash('sha256')
  let size = 0
  let file: FileHandle | null = null
  try {
    file = await open(temp, 'w', 0o600)
    for await (const chunk of from as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > bytes) throw new CopyDamaged(path)
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    if (size !== bytes || hash.digest('hex') !== sha256) throw new CopyDamaged(path)
    await file.datasync()
  } finally {
    from.destroy()
    await file?.close()
  }
}
