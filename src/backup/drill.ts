import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { makePrivateFolder, writeFileAtomic } from '../state/atomic-file.ts'
import { checkDatabases } from './check-database.ts'
import { Findings } from './findings.ts'
import { judgeDatabase } from './judge-database.ts'
import type { Layout } from './layout.ts'
import { entriesOf } from './lists.ts'
import { type BackupDrill, type Manifest, type Validation, writeRecord } from './manifest.ts'
import type { Objects } from './objects.ts'
import { DamagedObject, readDrill } from './read-backup.ts'
import { tarOf } from './restore-tar.ts'
import type { VerifyOptions } from './verify.ts'
import { type ArchivePart, walkArchive } from './walk-archive.ts'

/** More than the list of a backup can name, and no bound of its own: the counts of the manifest are compared. */
const SLACK = 16

interface Parts {
  layout: Layout
  objects: Objects
  clock: Clock
}

/**
 * Tries whether a backup can be restored, on this machine: it goes through the same archive as a restore, is walked by the
 * same parser as what comes from a node, and every file is written to a scratch folder. Links are counted and never made, so
 * that no name leads anywhere. Every database is then opened where it lies. What was found is written beside the manifest.
 * @throws OperatorError unknown-backup, cancelled; what the disk throws. Nothing is written down then
 */
export async function drill(
  store: Parts,
  node: string,
  id: string,
  options: VerifyOptions,
): Promise<BackupDrill> {
  const at = store.clock.now()
  const found = new Findings()
  await store.objects.packs.refresh()
  const scratch = join(store.layout.scratch, `drill-${randomBytes(6).toString('hex')}`)
  const done = { files: 0, bytes: 0, databases: 0 }
  await makePrivateFolder(scratch)
  try {
    const manifest = await found.manifest(store.layout, node, id)
    if (manifest !== null) await tryOut(store, manifest, { scratch, found, done, options })
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  const { problems, problemCount } = found
  const record: BackupDrill = { version: 1, id, at, ok: problemCount === 0, problems, problemCount, ...done }
  await writeFileAtomic(store.layout.drill(node, id), writeRecord(record))
  return record
}

/**
 * Adds what OpenClaw said to the record of the last trial of a backup.
 * @throws OperatorError unknown-backup where nobody has tried
 */
export async function noteValidation(
  layout: Layout,
  { node, id }: { node: string; id: string },
  openclaw: Validation,
  refused: BackupDrill['problems'],
): Promise<BackupDrill> {
  const tried = await readDrill(layout, node, id)
  if (tried === null) throw new OperatorError('unknown-backup', { backup: id })
  const record: BackupDrill = {
    ...tried,
    ok: tried.ok && openclaw.verdict !== 'failed',
    problems: [...tried.problems, ...refused],
    problemCount: tried.problemCount + refused.length,
    openclaw,
  }
  await writeFileAtomic(layout.drill(node, id), writeRecord(record))
  return record
}

interface Work {
  scratch: string
  found: Findings
  done: { files: number; bytes: number; databases: number }
  options: VerifyOptions
}

async function tryOut(store: Parts, manifest: Manifest, work: Work): Promise<void> {
  const { found, done, options } = work
  let databases: string[]
  try {
    databases = await databasesOf(store.objects, manifest)
    await unpack(store, manifest, work)
  } catch (error) {
    if (options.signal?.aborted) throw new OperatorError('cancelled', {}, { cause: error })
    const damaged = error instanceof DamagedObject
    if (!damaged && !(error instanceof OperatorError && isOfBackup(error))) throw error
    return found.add(damaged ? 'list-damaged' : 'archive-broken', null)
  }
  if (databases.length === 0 && manifest.about.databases.some(({ own }) => own))
    found.add('list-incomplete', null)
  if (options.signal?.aborted) throw new OperatorError('cancelled')
  const opened = await checkDatabases(
    databases.map((path) => join(work.scratch, path)),
    options.signal,
  )
  for (const [at, path] of databases.entries()) {
    done.databases += 1
    const facts = opened[at] ?? null
    if (facts === null) found.add('database-unreadable', `/${path}`)
    else for (const code of judgeDatabase(facts, `/${path}`, manifest.about)) found.add(code, `/${path}`)
  }
}

/** What the archive or a piece of it is to blame for, and not the disk. */
function isOfBackup({ code }: OperatorError): boolean {
  return code === 'archive-refused' || code === 'backup-damaged'
}

async function databasesOf(objects: Objects, manifest: Manifest): Promise<string[]> {
  const found: string[] = []
  for await (const entry of entriesOf(objects, manifest))
    if (entry.kind === 'file' && entry.database) found.push(entry.path)
  return found
}

async function unpack(
  { objects, clock }: Parts,
  manifest: Manifest,
  { scratch, found, done, options }: Work,
): Promise<void> {
  const { files, folders, links, bytes, about } = manifest
  const limits = {
    roots: about.roots.map(({ real }) => real),
    entries: files + folders + links + SLACK,
    fileBytes: bytes,
    bytes,
  }
  const intake = { clock, rateLimit: null, onBytes: () => options.signal?.throwIfAborted() }
  const out = new WrittenOut(scratch, found)
  const { seen } = out
  try {
    for await (const parts of walkArchive(
      tarOf(objects, manifest, () => true),
      limits,
      intake,
    ))
      for (const part of parts) {
        await out.take(part)
        if (part.kind === 'end')
          options.onProgress?.({ bytes: seen.bytes, totalBytes: bytes, problems: found.problemCount })
      }
  } finally {
    await out.close()
  }
  done.files = seen.files
  done.bytes = seen.bytes
  const whole = files === seen.files && folders === seen.folders && links === seen.links
  if (!whole || bytes !== seen.bytes) found.add('list-incomplete', null)
}

/** Writes an archive out as it comes, its links excepted. */
class WrittenOut {
  readonly #scratch: string
  readonly #found: Findings
  readonly seen = { files: 0, folders: 0, links: 0, bytes: 0 }
  #file: { handle: FileHandle; entry: Extract<ArchivePart, { kind: 'file' }>; written: number } | null = null

  constructor(scratch: string, found: Findings) {
    this.#scratch = scratch
    this.#found = found
  }

  async take(part: ArchivePart): Promise<void> {
    switch (part.kind) {
      case 'link':
        this.seen.links += 1
        return
      case 'left-out':
        this.#found.add('archive-broken', part.path)
        return
      case 'folder':
        this.seen.folders += 1
        await mkdir(join(this.#scratch, part.path), { recursive: true, mode: 0o700 })
        return
      case 'file':
        this.#file = { handle: await this.#open(part.path), entry: part, written: 0 }
        return
      case 'content':
        return await this.#write(part.bytes)
      case 'end':
        return await this.#end()
    }
  }

  /** Closes what is open, wherever it ended. */
  async close(): Promise<void> {
    await this.#file?.handle.close()
  }

  async #open(path: string): Promise<FileHandle> {
    const place = join(this.#scratch, path)
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    // New, and never through a link: there is none in the folder.
    return await open(place, 'wx', 0o600)
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#file === null) return
    await this.#file.handle.writeFile(bytes)
    this.#file.written += bytes.length
  }

  async #end(): Promise<void> {
    const file = this.#file
    if (file === null) return
    this.#file = null
    await file.handle.close()
    this.seen.files += 1
    this.seen.bytes += file.written
    if (file.written !== file.entry.size) this.#found.add('file-damaged', `/${file.entry.path}`)
  }
}
