import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { makePrivateFolder, writeFileAtomic } from '../state/atomic-file.ts'
import type { DatabaseFacts } from './check-database.ts'
import { FileLook, type LookOptions, type Means } from './file-look.ts'
import { Findings } from './findings.ts'
import type { Layout } from './layout.ts'
import { lotsOf } from './lists.ts'
import { type BackupCheck, type Manifest, writeRecord } from './manifest.ts'
import type { Objects } from './objects.ts'
import { recentProof } from './proof.ts'
import type { ReadBack } from './read-back.ts'
import { DamagedObject, piecesOf, readCheck } from './read-backup.ts'
import { SealedLook } from './sealed-look.ts'

export interface VerifyOptions extends LookOptions {
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
        ? await recentProof(store, { node, manifest }, options.readBack, at)
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

/** @returns whether all of it was read, and whether some of it only as what it was sealed to */
async function lookAtAll(
  objects: Objects,
  manifest: Manifest,
  means: Means,
  found: Findings,
  options: VerifyOptions,
): Promise<Pick<FileLook, 'isAllRead' | 'isCiphertextOnly'>> {
  const look = new FileLook(objects, manifest, means, found, options)
  try {
    for await (const lot of lotsOf(objects, manifest)) await look.at(lot)
    await look.openDatabases()
  } catch (error) {
    if (!(error instanceof DamagedObject)) throw error
    found.add('list-damaged', error.object)
    if (error.how === 'damaged') await objects.putAside(error.object)
    return look
  }
  await lookAtBesides(objects, manifest, means.sealed, found)
  if (!look.hasSeenAll()) found.add('list-incomplete', null)
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
