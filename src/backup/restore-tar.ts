import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import { drained } from './drained.ts'
import { entriesOf } from './lists.ts'
import type { Entry, Manifest } from './manifest.ts'
import type { Objects } from './objects.ts'
import { damage, piecesOf } from './read-backup.ts'

/** Which entries are wanted. Paths are relative to `/`. */
export type EntryFilter = (entry: Entry) => boolean

/** A file that takes the place of one of a backup, or comes beside it. The path is relative to `/`. */
export interface PutFile {
  path: string
  mode: number
  content: Buffer
  /** Of the content, in hex. */
  sha256: string
}

/**
 * A backup as a plain tar, made as it is read: names relative to `/`, owner 0, content checked piece by piece. It errors
 * where something is damaged, and then never ends as an archive does. What is `put` comes last; the filter leaves out what it
 * replaces.
 */
export function tarOf(
  objects: Objects,
  manifest: Manifest,
  filter: EntryFilter,
  put: readonly PutFile[] = [],
): Readable {
  const archive = pack()
  archive.on('error', () => undefined)
  const reader = objects.reader()
  const fill = async () => {
    for await (const entry of entriesOf(objects, manifest)) if (filter(entry)) await add(entry)
    for (const { path: name, mode, content } of put) archive.entry({ name, mode, uid: 0, gid: 0 }, content)
    archive.finalize()
  }
  const add = (entry: Entry): Promise<void> =>
    new Promise((resolve, reject) => {
      const header = {
        name: entry.kind === 'folder' ? `${entry.path}/` : entry.path,
        // The library takes no mode for none given.
        mode: entry.mode === 0 ? 0o600 : entry.mode,
        mtime: new Date(entry.mtime * 1000),
        uid: 0,
        gid: 0,
      }
      const ended = (error?: Error | null) => (error ? reject(error) : resolve())
      if (entry.kind === 'folder') archive.entry({ ...header, type: 'directory' }, ended)
      else if (entry.kind === 'link')
        archive.entry({ ...header, type: 'symlink', linkname: entry.target }, ended)
      else {
        const sink = archive.entry({ ...header, type: 'file', size: entry.size }, ended)
        // It fails with the archive, whose reader is told; nobody else listens to it.
        sink.on('error', () => undefined)
        const pour = async () => {
          for await (const piece of piecesOf(reader, entry)) if (!sink.write(piece)) await drained(sink)
          sink.end(null)
        }
        pour().catch(reject)
      }
    })
  const bytes = Readable.from(archive as unknown as AsyncIterable<Buffer>, { objectMode: false })
  fill().catch((error: unknown) => {
    const told = damage(error, manifest.id)
    archive.destroy(told instanceof Error ? told : new Error('the backup could not be read'))
  })
  bytes.on('close', () => archive.destroy())
  return bytes
}
