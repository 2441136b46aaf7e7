import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { checkDatabases, type DatabaseFacts } from './check-database.ts'

/** Databases are opened together up to so many, which take room meanwhile. */
const TOGETHER = { databases: 32, bytes: 64 * 1024 * 1024 }

/** What a database was found to be; `facts` is null where it could not be opened. */
export interface OpenedDatabase {
  sha256: string
  facts: DatabaseFacts | null
}

/** Opens databases as they come in, from a private folder: once they are sealed nobody here can. */
export class DatabaseSpool {
  readonly #folder: string
  readonly #found: Map<string, OpenedDatabase>
  readonly #signal: AbortSignal | undefined
  #waiting: { path: string; sha256: string; copy: string }[] = []
  #bytes = 0
  #count = 0

  /** @param found gets what was found, by the path in the archive */
  constructor(folder: string, found: Map<string, OpenedDatabase>, signal: AbortSignal | undefined) {
    this.#folder = folder
    this.#found = found
    this.#signal = signal
  }

  /** A file that may turn out to be a database. */
  begin(): SpooledFile {
    this.#count += 1
    return new SpooledFile(this.#folder, join(this.#folder, `${this.#count}.sqlite`))
  }

  /** Takes a database that has come in whole. */
  async take(
    file: SpooledFile,
    path: string,
    { sha256, size }: { sha256: string; size: number },
  ): Promise<void> {
    this.#waiting.push({ path, sha256, copy: file.path })
    this.#bytes += size
    if (this.#waiting.length >= TOGETHER.databases || this.#bytes >= TOGETHER.bytes) await this.open()
  }

  /** Has SQLite look at those that wait, and removes them. */
  async open(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    if (waiting.length === 0) return
    const copies = waiting.map(({ copy }) => copy)
    const opened = await checkDatabases(copies, this.#signal)
    for (const [at, { path, sha256, copy }] of waiting.entries()) {
      for (const end of ['', '-wal', '-shm', '-journal']) await rm(`${copy}${end}`, { force: true })
      this.#found.set(path, { sha256, facts: opened[at] ?? null })
    }
  }
}

/** One file on its way; nothing is written before it is known to be a database. */
export class SpooledFile {
  readonly path: string
  readonly #folder: string
  #held: Buffer[] = []
  #file: FileHandle | null = null

  constructor(folder: string, path: string) {
    this.#folder = folder
    this.path = path
  }

  /** @param isDatabase null while too little has come to tell */
  async add(chunk: Buffer, isDatabase: boolean | null): Promise<void> {
    if (isDatabase === false) {
      this.#held = []
      return
    }
    this.#held.push(chunk)
    if (isDatabase === null) return
    if (this.#file === null) {
      await makePrivateFolder(this.#folder)
      this.#file = await open(this.path, 'wx', 0o600)
    }
    const held = this.#held
    this.#held = []
    for (const part of held) await this.#file.writeFile(part)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = null
  }
}
