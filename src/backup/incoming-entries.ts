import { Turns } from '../base/turns.ts'
import { ArchiveNames, refused } from './archive-names.ts'
import type { ArrivedNotes } from './arrived.ts'
import type { DatabaseSpool, SpooledFile } from './database-spool.ts'
import { Carried, type EarlierFiles, type ToldFile } from './earlier.ts'
import { ListCutter } from './list-cutter.ts'
import { type FileEntry, listed, type Manifest } from './manifest.ts'
import { LARGEST_PIECE } from './object-format.ts'
import type { ObjectWriter } from './object-writer.ts'
import { PieceMemory } from './piece-memory.ts'
import { PieceCutter } from './pieces.ts'
import type { ArchiveEntry, ArchivePart } from './walk-archive.ts'

/** Content is put together in blocks of so much. */
const CONTENT_SLAB = 4 * LARGEST_PIECE

/** What came in, as its manifest tells it. */
export type Taken = Pick<
  Manifest,
  'files' | 'folders' | 'links' | 'outsideLinks' | 'leftOut' | 'bytes' | 'list'
>

/** Where what comes in goes. */
export interface Places {
  writer: ObjectWriter
  notes: ArrivedNotes
  spool: DatabaseSpool | null
}

/** A file that is coming in. */
interface Incoming {
  entry: Extract<ArchiveEntry, { kind: 'file' }>
  mark: string | null
  cutter: PieceCutter
  copy: SpooledFile | null
}

/** Takes what comes of an archive, and between it what did not come again. Waits only where something is due: most files are small. */
export class IncomingEntries {
  readonly #places: Places
  readonly #list: ListCutter
  readonly #carried: Carried
  readonly #names: ArchiveNames
  readonly #memory = new PieceMemory(CONTENT_SLAB)
  readonly #turns = new Turns()
  readonly #leftOut: string[] = []
  readonly #counts = { files: 0, folders: 0, links: 0, outsideLinks: 0, bytes: 0 }
  #file: Incoming | null = null

  private constructor(places: Places, roots: readonly string[], carried: Carried) {
    this.#places = places
    this.#list = new ListCutter(places.writer)
    this.#carried = carried
    this.#names = new ArchiveNames(roots)
  }

  /** @param roots absolute; what did not come again has to lie in one of them as well */
  static async begin(
    places: Places,
    roots: readonly string[],
    { told, earlier }: { told?: ToldFile[]; earlier?: EarlierFiles | null },
  ): Promise<IncomingEntries> {
    return new IncomingEntries(places, roots, await Carried.of(told ?? [], earlier ?? null))
  }

  get files(): number {
    return this.#counts.files
  }

  /** @throws what failed, of these or of what came before; OperatorError archive-refused */
  async take(parts: readonly ArchivePart[]): Promise<void> {
    for (const part of parts) {
      if (part.kind === 'content') {
        const file = this.#file as Incoming
        file.cutter.add(part.bytes)
        if (file.copy !== null) await file.copy.add(part.bytes, file.cutter.isDatabase)
        continue
      }
      if (part.kind === 'end') await this.#endFile(this.#file as Incoming)
      else if (part.kind === 'file') {
        const { mark, before } = this.#carried.upTo(part.path)
        await this.#carry(before)
        this.#file = {
          entry: part,
          mark,
          cutter: new PieceCutter(this.#places.writer, 'content', this.#memory),
          copy: this.#places.spool?.begin() ?? null,
        }
      } else this.#note(part)
      if (this.#turns.isDue()) await this.#turns.give()
    }
    await this.#places.writer.room()
  }

  /** There is no more. */
  async end(): Promise<Taken> {
    await this.#carry(this.#carried.rest())
    return { ...this.#counts, leftOut: listed(this.#leftOut), list: this.#list.end() }
  }

  /** Closes what is open, wherever it ended. */
  async close(): Promise<void> {
    await this.#file?.copy?.close()
  }

  async #carry(files: Iterable<FileEntry>): Promise<void> {
    for (const file of files) {
      if (this.#turns.isDue()) {
        await this.#turns.give()
        await this.#places.writer.room()
      }
      if (!this.#names.isInside(file.path)) throw refused('outside', file.path)
      this.#list.add(file)
      this.#count(file)
    }
  }

  #note(entry: Exclude<ArchiveEntry, { kind: 'file' }>): void {
    if (entry.kind === 'left-out') {
      this.#leftOut.push(entry.path)
      return
    }
    this.#list.add(entry)
    if (entry.kind === 'folder') this.#counts.folders += 1
    else {
      this.#counts.links += 1
      if (entry.outside) this.#counts.outsideLinks += 1
    }
  }

  async #endFile({ entry, mark, cutter, copy }: Incoming): Promise<void> {
    const kept = cutter.end()
    if (copy !== null) {
      await copy.close()
      if (kept.database) await this.#places.spool?.take(copy, entry.path, kept)
    }
    this.#file = null
    const file = { ...entry, ...kept, ...(mark === null ? {} : { mark }) }
    const json = this.#list.add(file)
    this.#count(file)
    if (mark !== null && this.#places.notes.add(json)) await this.#places.notes.write()
  }

  #count({ size }: { size: number }): void {
    this.#counts.files += 1
    this.#counts.bytes += size
  }
}
