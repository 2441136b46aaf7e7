import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError } from '../base/errors.ts'
import { Turns } from '../base/turns.ts'
import { checkDatabases, type DatabaseFacts } from './check-database.ts'
import type { Findings } from './findings.ts'
import { judgeDatabase } from './judge-database.ts'
import type { Entry, FileEntry, Manifest, ProblemCode } from './manifest.ts'
import type { ObjectReader, Objects } from './objects.ts'
import type { Proof } from './proof.ts'
import { DamagedObject, piecesOf } from './read-backup.ts'
import type { SealedLook } from './sealed-look.ts'

/** Databases are opened together up to so many, which take room in the scratch folder meanwhile. */
const TOGETHER = { databases: 32, bytes: 64 * 1024 * 1024 }

/** How far a check has got. Bytes of content. */
export interface VerifyProgress {
  bytes: number
  totalBytes: number
  problems: number
}

export interface LookOptions {
  signal?: AbortSignal
  onProgress?: (progress: VerifyProgress) => void
}

/** What a look needs besides the store. */
export interface Means {
  scratch: string
  proof: Proof | null
  known: ReadonlyMap<string, DatabaseFacts | null>
  sealed: SealedLook
}

/** Looks at the entries of a backup, one after the other. */
export class FileLook {
  readonly #objects: Objects
  readonly #manifest: Manifest
  readonly #reader: ObjectReader
  readonly #scratch: string
  readonly #proof: Proof | null
  readonly #known: Means['known']
  readonly #sealed: SealedLook
  readonly #found: Findings
  readonly #options: LookOptions
  readonly #turns = new Turns()
  readonly #seen = { file: 0, folder: 0, link: 0, bytes: 0 }
  /** Databases that lie in the scratch folder and are opened together. */
  #databases: { entry: FileEntry; copy: string }[] = []
  #databaseBytes = 0
  isAllRead = true
  isCiphertextOnly = false

  constructor(
    objects: Objects,
    manifest: Manifest,
    { scratch, proof, known, sealed }: Means,
    found: Findings,
    options: LookOptions,
  ) {
    this.#objects = objects
    this.#manifest = manifest
    // What is damaged is put aside while this reads on: it reads in windows of its own.
    this.#reader = objects.reader()
    this.#scratch = scratch
    this.#proof = proof
    this.#known = known
    this.#sealed = sealed
    this.#found = found
    this.#options = options
  }

  /** @throws OperatorError cancelled, backup-key-needed */
  async at(lot: readonly Entry[]): Promise<void> {
    const seen = this.#seen
    const { signal, onProgress } = this.#options
    const { bytes: totalBytes } = this.#manifest
    await this.#proof?.look(lot)
    for (const entry of lot) {
      if (this.#turns.isDue()) await this.#turns.give()
      if (signal?.aborted) throw new OperatorError('cancelled')
      seen[entry.kind] += 1
      if (entry.kind !== 'file') continue
      seen.bytes += entry.size
      if (!this.#isProven(entry)) await this.#look(entry)
      onProgress?.({ bytes: seen.bytes, totalBytes, problems: this.#found.problemCount })
    }
  }

  /** Whether as much was seen as the manifest says. */
  hasSeenAll(): boolean {
    const { files, folders, links, bytes } = this.#manifest
    const seen = this.#seen
    return files === seen.file && folders === seen.folder && links === seen.link && bytes === seen.bytes
  }

  async #look(entry: FileEntry): Promise<void> {
    if (await this.#sealed.isLocked(entry)) return await this.#atLocked(entry)
    const copy = entry.database ? join(this.#scratch, `${this.#databases.length}.sqlite`) : null
    const file = copy === null ? null : await open(copy, 'w', 0o600)
    try {
      await this.#read(entry, file)
    } catch (error) {
      if (!(error instanceof DamagedObject)) throw error
      const code =
        error.object === entry.sha256 && entry.pieces.length !== 1 ? 'file-damaged' : `object-${error.how}`
      this.#found.add(code as ProblemCode, `/${entry.path}`)
      if (error.how === 'damaged') await this.#objects.putAside(error.object)
      return
    } finally {
      await file?.close()
    }
    if (copy === null) return
    this.#databases.push({ entry, copy })
    this.#databaseBytes += entry.size
    if (this.#databases.length >= TOGETHER.databases || this.#databaseBytes >= TOGETHER.bytes)
      await this.openDatabases()
  }

  /** What cannot be decrypted here is compared as it lies there; a database is what it was when it could be read. */
  async #atLocked(entry: FileEntry): Promise<void> {
    const path = `/${entry.path}`
    const fault = await this.#sealed.faultOf(entry)
    if (fault !== null) return this.#found.add(`object-${fault.how}`, path)
    this.isCiphertextOnly = true
    if (!entry.database) return
    const facts = this.#known.get(entry.path) ?? this.#proof?.database(entry)
    if (facts === undefined) throw new OperatorError('backup-key-needed', { backup: this.#manifest.id })
    if (facts === null) this.#found.add('database-unreadable', path)
    else this.#judge(facts, path)
  }

  /** Has SQLite look at the databases that were read. */
  async openDatabases(): Promise<void> {
    const databases = this.#databases
    this.#databases = []
    this.#databaseBytes = 0
    if (databases.length === 0) return
    const opened = await checkDatabases(
      databases.map(({ copy }) => copy),
      this.#options.signal,
    )
    for (const [at, { entry, copy }] of databases.entries()) {
      for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${copy}${end}`, { force: true })
      const facts = opened[at] ?? null
      if (facts === null) this.#found.add('database-unreadable', `/${entry.path}`)
      else this.#judge(facts, `/${entry.path}`)
    }
  }

  async #read(entry: FileEntry, copy: FileHandle | null): Promise<void> {
    for await (const piece of piecesOf(this.#reader, entry)) {
      if (this.#options.signal?.aborted) throw new OperatorError('cancelled')
      await copy?.writeFile(piece)
    }
  }

  /** What was proven and not touched since; a database is judged anew, by what it said of itself then. */
  #isProven(entry: FileEntry): boolean {
    if (this.#proof === null) return false
    const facts = entry.database ? this.#proof.database(entry) : null
    if (entry.database && facts === null) return false
    const by = this.#proof.covers(entry)
    if (by === null) return false
    this.isAllRead &&= by === 'read-back'
    if (facts !== null) this.#judge(facts, `/${entry.path}`)
    return true
  }

  #judge(facts: DatabaseFacts, path: string): void {
    const { tables, userVersion, agentId } = facts
    this.#found.databases.push({ path, tables, userVersion, agentId })
    for (const code of judgeDatabase(facts, path, this.#manifest.about)) this.#found.add(code, path)
  }
}
