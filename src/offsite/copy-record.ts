import { z } from 'zod'
import { nodeKey } from '../backup/layout.ts'
import { backupIdSchema, openedSchema, readRecord } from '../backup/manifest.ts'
import { isObjectPath, type StoreFile } from '../backup/store-files.ts'

/** Which store made a copy: each has a folder of its own there. */
export const storeIdSchema = z.string().regex(/^[0-9a-f]{16}$/)

const COPIES = 'copies/'
const KEY = /^copies\/([a-z0-9_@-]{1,130})\/([^./]+)\.([0-9a-f]{16})\.json$/

/** A file of the store as it lies there. `etag`: what the target called it when its content was last compared. */
export interface CopiedFile extends StoreFile {
  etag: string | null
}

const recordSchema = z.strictObject({
  version: z.literal(1),
  id: backupIdSchema,
  owner: z.string().min(1).max(130),
  store: storeIdSchema,
  /** Epoch milliseconds at which all of it was there. */
  copiedAt: z.number(),
  /** Path in the store, bytes, SHA-256, and what the target called it. */
  files: z
    .array(
      z.tuple([
        z.string().max(400),
        z.int().min(0),
        z.string().regex(/^[0-9a-f]{64}$/),
        z.string().max(200).nullable(),
      ]),
    )
    .max(1_000_000),
  /** What its databases were when they were last opened; absent where nobody had found all of it sound. */
  databases: openedSchema.max(10_000).optional(),
})

/** What a copy of a backup is. Written last: without it there is no copy. */
export type CopyRecord = z.infer<typeof recordSchema>

/** A copy by its key there. */
export interface CopyName {
  key: string
  owner: string
  id: string
  store: string
}

export function copyKey(owner: string, id: string, store: string): string {
  return `${COPIES}${nodeKey(owner)}/${id}.${store}.json`
}

/** Where the copies of a node lie, or of every node. */
export function copiesPrefix(owner: string | null): string {
  return owner === null ? COPIES : `${COPIES}${nodeKey(owner)}/`
}

/** Where the copies of the single bots of a node lie. */
export function botCopiesPrefix(node: string): string {
  return `${COPIES}${nodeKey(node)}@`
}

/** Where a file of a store lies: as in its folder, so that any program that copies a bucket brings the store back. */
export function fileKey(store: string, path: string): string {
  return `${store}/${path}`
}

/** Where all files of a store lie. */
export function storePrefix(store: string): string {
  return `${store}/`
}

/** What a key says of a copy; null for any other key: a bucket may hold what it likes. */
export function copyNameOf(key: string): CopyName | null {
  const [, owner = '', id = '', store = ''] = KEY.exec(key) ?? []
  return backupIdSchema.safeParse(id).success ? { key, owner, id, store } : null
}

/** @throws where it is not whole, of another backup, or names a file that has no place in a store */
export function readCopyRecord(text: string, { owner, id, store }: CopyName): CopyRecord {
  const record = readRecord(text, recordSchema)
  const isIt = record.id === id && nodeKey(record.owner) === owner && record.store === store
  const manifest = manifestPath(owner, id)
  const fits = record.files.every(([path]) => path === manifest || isObjectPath(path))
  if (!isIt || !fits || !record.files.some(([path]) => path === manifest))
    throw new Error('it is not what its name says')
  return record
}

/** The files of a copy. */
export function filesOfRecord({ files }: Pick<CopyRecord, 'files'>): CopiedFile[] {
  return files.map(([path, bytes, sha256, etag]) => ({ path, bytes, sha256, etag }))
}

/** Where the manifest of a backup lies in its store. */
export function manifestPath(owner: string, id: string): string {
  return `nodes/${nodeKey(owner)}/${id}.json`
}
