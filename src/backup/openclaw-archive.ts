import { posix } from 'node:path'
import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract, type Header, pack } from 'tar-stream'
import { refused } from './archive-names.ts'
import { drained } from './drained.ts'

/** Where OpenClaw puts what it takes: below a folder with the name of the archive (2026.9.6, run). */
const PAYLOAD = 'payload/posix/'
/** A folder that the archive does not name; OpenClaw makes its own like that. */
const FOLDER_MODE = 0o700
const KINDS = ['file', 'directory', 'symlink'] as const

/**
 * The archive of `openclaw backup create` (tar.gz) as a plain tar with names relative to `/`, made as it comes in. Nothing of
 * it is believed: whoever takes the tar looks at every name. Folders that the archive leaves out come before what is in them.
 * @param roots where what is taken lies on the node, absolute
 * @throws (the stream) OperatorError archive-refused; what `gzipped` fails with
 */
export function plainTarOf(gzipped: Readable, roots: readonly { real: string }[]): Readable {
  const parser = extract()
  const archive = pack()
  const tree = new Tree(roots.map(({ real }) => real.slice(1)))
  archive.on('error', () => undefined)
  const poured = pipeline(gzipped, createGunzip(), parser as unknown as Transform)
  // Whoever waits for it below sees it.
  poured.catch(() => undefined)
  const fill = async () => {
    let name: string | null = null
    for await (const part of parser) {
      const { header } = part
      const [first = '', ...rest] = header.name.split('/')
      name ??= first
      if (first !== name || first === '') throw refused('outside', header.name)
      const inner = rest.join('/')
      const read =
        inner.startsWith(PAYLOAD) &&
        (await take(header, inner.slice(PAYLOAD.length), part as unknown as AsyncIterable<Buffer>))
      // Its own list, and folders on the way.
      if (!read) for await (const _ of part);
    }
    await poured
    if (name === null) throw refused('malformed')
    archive.finalize()
  }
  const add = (
    header: Partial<Header> & { name: string },
    body: AsyncIterable<Buffer> | null,
  ): Promise<void> =>
    new Promise((resolve, reject) => {
      const sink = archive.entry(header, (error?: Error | null) => (error ? reject(error) : resolve()))
      if (body === null) return
      // It fails with the archive, whose reader is told.
      sink.on('error', () => undefined)
      const pour = async () => {
        for await (const chunk of body) if (!sink.write(chunk)) await drained(sink)
        sink.end(null)
      }
      pour().catch(reject)
    })
  /** Hands an entry on, and tells whether its content was read. */
  const take = async (header: Header, path: string, body: AsyncIterable<Buffer>): Promise<boolean> => {
    const name = path.replace(/\/+$/, '')
    const kind = KINDS.find((one) => one === header.type)
    if (header.type === 'link') throw refused('hard-link', path)
    if (kind === undefined) throw refused('unknown-type', path)
    if (Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse')))
      throw refused('sparse', path)
    const { mode = FOLDER_MODE, mtime = new Date(0), size = 0 } = header
    const base = { mode: mode & 0o777, mtime, uid: 0, gid: 0 }
    for (const folder of tree.foldersBefore(name))
      await add({ ...base, mode: FOLDER_MODE, name: `${folder}/`, type: 'directory' }, null)
    if (kind === 'directory') {
      if (tree.enter(name)) await add({ ...base, name: `${name}/`, type: kind }, null)
    } else if (kind === 'symlink')
      await add({ ...base, name, type: kind, linkname: header.linkname ?? '' }, null)
    else await add({ ...base, name, type: kind, size }, body)
    return kind === 'file'
  }
  fill().catch((error: unknown) => {
    gzipped.destroy()
    archive.destroy(error instanceof Error ? explained(error) : refused('malformed'))
  })
  const bytes = Readable.from(archive as unknown as AsyncIterable<Buffer>, { objectMode: false })
  bytes.on('close', () => {
    archive.destroy()
    gzipped.destroy()
  })
  return bytes
}

/** Errors of zlib and of the parser are about the bytes. */
function explained(error: Error): Error {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR' || error.message === 'Unexpected end of data')
    return refused('cut-off', undefined, error)
  return code === '' || code.startsWith('Z_') ? refused('malformed', undefined, error) : error
}

/** The folders of an archive, those included that it does not name. */
class Tree {
  readonly #roots: readonly string[]
  readonly #seen = new Set<string>()

  constructor(roots: readonly string[]) {
    this.#roots = roots
  }

  /** Folders in a root that lead to a name and have not come yet, the outermost first. They count as come from now on. */
  foldersBefore(name: string): string[] {
    const missing: string[] = []
    for (
      let folder = posix.dirname(name);
      folder !== '.' && folder !== '/' && this.#isInside(folder);
      folder = posix.dirname(folder)
    ) {
      if (this.#seen.has(folder)) break
      missing.unshift(folder)
    }
    for (const folder of missing) this.#seen.add(folder)
    return missing
  }

  /** Whether a folder is to be told: it lies in a root, or whoever looks has to refuse it, and it has not come yet. */
  enter(name: string): boolean {
    if (this.#seen.has(name)) return false
    // Folders above the roots are only the way there.
    if (this.#roots.some((root) => root.startsWith(`${name}/`))) return false
    this.#seen.add(name)
    return true
  }

  #isInside(folder: string): boolean {
    return this.#roots.some((root) => folder === root || folder.startsWith(`${root}/`))
  }
}
