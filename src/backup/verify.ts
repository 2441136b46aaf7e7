import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { makePrivateFolder, writeFileAtomic } from '../state/atomic-file.ts'
import { checkDatabases, type DatabaseFacts } from './check-database.ts'
import { Findings } from './findings.ts'
import { judgeDatabase } from './judge-database.ts'
import type { Layout } from './layout.ts'
import { type BackupCheck, type FileEntry, type Manifest, type ProblemCode, writeRecord } from './manifest.ts'
import type { ObjectReader, Objects } from './objects.ts'
import { type Proof, recentProof } from './proof.ts'
import type { ReadBack } from './read-back.ts'
import { DamagedObject, entriesOf, piecesOf, readCheck } from './read-backup.ts'
import { SealedLook } from './sealed-look.ts'

/** Databases are opened together up to so many, which take room in the scratch folder meanwhile. */
const TOGETHER = { databases: 32, bytes: 64 * 1024 * 1024 }

/** How far a check has got. Bytes of content. */
export interface VerifyProgress {
  bytes: number
  totalBytes: number
  problems: number
}

export interface VerifyOptions {
  signal?: AbortSignal
  onProgress?: (progress: VerifyProgress) => void
  /** Leaves out what {@link recentProof} covers; otherwise every byte is read. */
  trustRecent?: boolean
  /** What the databases were when they were opened elsewhere: for content whose private key is not here. */
  databases?: BackupCheck['databases']
}

/**
 * Looks at everything that a backup needs: each object's own hash, each file's, the list against the manifest, and every
 * database opened. What was found is written down beside the manifest. A damaged object is put aside, so that the next
 * backup stores it anew.
 * @param options.readBack what the run that took the backup has read back
 */
export async function verify(
  store: { layout: Layout; objects: Objects; clock: Clock },
  node: string,
  id: string,
  options: VerifyOptions & { readBack: ReadBack | null },
): Promise<BackupCheck> {
  const at = store.clock.now()
  const found = new Findings()
  // What was damaged since it was last read shall be found.
  await store.objects.packs.refresh()
  let isRead = true
  let readSince: number | null = null
  let ciphertextOnly = false
  const scratch = join(store.layout.scratch, randomBytes(6).toString('hex'))
  await makePrivateFolder(scratch)
  try {
    const manifest = await found.manifest(store.layout, node, id)
    const proof =
      manifest !== null && options.trustRecent
        ? await recentProof(store, { node, id }, options.readBack, at)
        : null
    if (manifest !== null) {
      const known = await knownDatabases(store.layout, node, id, options)
      const sealed = new SealedLook(store.objects, options.readBack)
      const means = { scratch, proof, known, sealed }
      const seen = await lookAtAll(store.objects, manifest, means, found, options)
      isRead = seen.isAllRead
      ciphertextOnly = seen.isCiphertextOnly
    }
    if (!isRead && proof !== null) readSince = proof.readSince
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const { problems, problemCount, databases } = found
  const check: BackupCheck = {
    version: 1,
    id,
    at,
    ...(readSince === null ? {} : { readSince }),
    ...(ciphertextOnly ? { ciphertextOnly } : {}),
    ok: problemCount === 0,
    problems,
    problemCount,
    databases,
  }
  await writeFileAtomic(store.layout.check(node, id), writeRecord(check))
  return check
}

/** What databases were found to be when they could be read: while they came in, by an earlier look that found all sound, or elsewhere. */
async function knownDatabases(
  layout: Layout,
  node: string,
  id: string,
  { readBack, databases }: Pick<VerifyOptions, 'databases'> & { readBack: ReadBack | null },
): Promise<ReadonlyMap<string, DatabaseFacts | null>> {
  const check = await readCheck(layout, node, id)
  const earlier = [...(databases ?? []), ...(check?.ok ? check.databases : [])].map(
    ({ path, ...facts }) => [path.slice(1), { sound: true, ...facts }] as const,
  )
  const opened = [...(readBack?.databases ?? [])].map(([path, { facts }]) => [path, facts] as const)
  return new Map<string, DatabaseFacts | null>([...earlier, ...opened])
}

/** What a look needs besides the store. */
interface Means {
  scratch: string
  proof: Proof | null
  known: ReadonlyMap<string, DatabaseFacts | null>
  sealed: SealedLook
}

/** @returns whether all of it was read, and whether some of it only as what it was sealed to */
async function lookAtAll(
  objects: Objects,
  manifest: Manifest,
  means: Means,
  found: Findings,
  { signal, onProgress }: VerifyOptions,
): Promise<Pick<FileLook, 'isAllRead' | 'isCiphertextOnly'>> {
  const seen = { files: 0, folders: 0, links: 0, bytes: 0 }
  const look = new FileLook(objects, manifest, means, found, signal)
  try {
    for await (const entry of entriesOf(objects, manifest)) {
      if (signal?.aborted) throw new OperatorError('cancelled')
      if (entry.kind === 'folder') seen.folders += 1
      else if (entry.kind === 'link') seen.links += 1
      else {
        seen.files += 1
        seen.bytes += entry.size
        await look.at(entry)
        onProgress?.({ bytes: seen.bytes, totalBytes: manifest.bytes, problems: found.problemCount })
      }
    }
    await look.openDatabases()
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error
    found.add('list-damaged', error.object)
    if (error.how === 'damaged') await objects.putAside(error.object)
    return look
  }
  await lookAtBesides(objects, manifest, means.sealed, found)
  const { files, folders, links, bytes } = manifest
  if (files !== seen.files || folders !== seen.folders || links !== seen.links || bytes !== seen.bytes)
    found.add('list-incomplete', null)
  for (const { path, own, error } of manifest.about.databases)
    if (own && error !== null) found.add('database-not-copied', path)
  return look
}

/** What belongs to a backup besides its files. */
async function lookAtBesides(
  objects: Objects,
  { told }: Manifest,
  sealed: SealedLook,
  found: Findings,
): Promise<void> {
  if (told === undefined) return
  if (await sealed.isLocked(told)) {
    const fault = await sealed.faultOf(told)
    if (fault !== null) found.add('list-damaged', fault.object)
    return
  }
  try {
    for await (const _ of piecesOf(objects, told));
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error
    found.add('list-damaged', error.object)
    if (error.how === 'damaged') await objects.putAside(error.object)
  }
}

/** Looks at one file after the other. */
class FileLook {
  readonly #objects: Objects
  readonly #manifest: Manifest
  readonly #reader: ObjectReader
  readonly #scratch: string
  readonly #proof: Proof | null
  readonly #known: Means['known']
  readonly #sealed: SealedLook
  readonly #found: Findings
  readonly #signal: AbortSignal | undefined
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
    signal: AbortSignal | undefined,
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
    this.#signal = signal
  }

  async at(entry: FileEntry): Promise<void> {
    if (await this.#isProven(entry)) return
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
      this.#signal,
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
      if (this.#signal?.aborted) throw new OperatorError('cancelled')
      await copy?.writeFile(piece)
    }
  }

  /** What was proven and not touched since; a database is judged anew, by what it said of itself then. */
  async #isProven(entry: FileEntry): Promise<boolean> {
    if (this.#proof === null) return false
    const facts = entry.database ? this.#proof.database(entry) : null
    if (entry.database && facts === null) return false
    const by = await this.#proof.covers(entry)
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
