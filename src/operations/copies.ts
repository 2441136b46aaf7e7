import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { BackupStore, StoredBackup } from '../backup/backup-store.ts'
import { readRecord, writeRecord } from '../backup/manifest.ts'
import type { RetentionPolicy } from '../backup/retention.ts'
import type { BroughtIn } from '../backup/store-files.ts'
import { StoreLocks } from '../backup/store-locks.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { FoundCopy } from '../offsite/bring-back.ts'
import type { CopiedOut } from '../offsite/copy-out.ts'
import { storeIdSchema } from '../offsite/copy-record.ts'
import type { Asking } from '../offsite/look.ts'
import { OFFSITE_PROBLEMS, type OffsiteProblem, type OffsiteTarget, problemIn } from '../offsite/target.ts'
import { createFileAtomic, hasCode, makePrivateFolder } from '../state/atomic-file.ts'

/** How it stands with the copy of a backup away from this machine. Epoch milliseconds. */
export interface CopyStanding {
  target: string
  /** When all of it was last found there, each file by its checksum; null when it never was. */
  at: number | null
  /** When all of it was last read back; null when it never was. */
  readAt: number | null
  /** Why the last trial failed; null when it did not. */
  problem: { at: number; why: OffsiteProblem } | null
}

/** What making a copy did. */
export interface MadeCopy extends CopiedOut {
  /** Ids of older copies of the node that were removed there; null when that could not be done now. */
  removed: readonly string[] | null
}

/** Copies of backups away from this machine. Everything refuses with offsite-off where no place is set up. */
export interface CopiesPort {
  /** What people call the place; null where none is set up. */
  readonly target: string | null
  /**
   * Copies a backup there, has all of it vouched for, and removes older copies that the policy does not keep.
   * @throws OperatorError offsite-off, offsite-failed, cancelled, node-busy, and what the store throws
   */
  copy(
    owner: string,
    id: string,
    work: {
      signal: AbortSignal
      readBack: boolean
      onProgress(progress: { bytes: number; total: number }): void
    },
  ): Promise<MadeCopy>
  /** The copy of a backup, by its id or as `latest`. @throws OperatorError offsite-off, unknown-copy, offsite-failed, cancelled */
  find(nodeId: string, wanted: string, signal: AbortSignal): Promise<FoundCopy>
  /** Brings a copy into the store here. @throws as {@link copy} */
  bring(found: FoundCopy, work: { signal: AbortSignal; onProgress(bytes: number): void }): Promise<BroughtIn>
  /** Frees what no copy needs there; null where a copy is being made. @throws OperatorError offsite-failed */
  tidy(signal: AbortSignal): Promise<number | null>
}

/** What the copies of a store need. */
export interface CopiesParts {
  /** The root of the store. */
  folder: string
  store(): Promise<BackupStore>
  /** Opens the place; loaded when it is first asked. Null: none is set up. */
  place: { name: string; open(): Promise<OffsiteTarget> } | null
  rateBytes: number | null
  keep: RetentionPolicy | null
  clock: Clock
  log: Log
}

/** So often a copy begins anew where a clean-up moved what it was to copy. */
const ATTEMPTS = 3
const ownSchema = z.strictObject({ version: z.literal(1), store: storeIdSchema })

/** Where copies go. @throws OperatorError offsite-off */
export function requireTarget({ target }: Pick<CopiesPort, 'target'>): string {
  if (target === null) throw new OperatorError('offsite-off')
  return target
}

/** The copies of the store in a folder. */
export function createCopies({ folder, store, place, rateBytes, keep, clock, log }: CopiesParts): CopiesPort {
  let opening: Promise<OffsiteTarget> | null = null
  // A folder of its own: copies keep out of each other's way, and backups are taken meanwhile.
  const locks = new StoreLocks(join(folder, 'locks', 'offsite'))

  const asking = async (signal: AbortSignal): Promise<Asking> => {
    if (place === null) throw new OperatorError('offsite-off')
    opening ??= place.open().catch((error: unknown) => {
      opening = null
      throw error
    })
    const [target, { Pace }] = await Promise.all([opening, import('../offsite/pace.ts')])
    await makePrivateFolder(join(folder, 'locks', 'offsite'))
    return { target, pace: new Pace(clock, rateBytes), signal }
  }

  /** By which this store is known there; made once. */
  const ownId = async (): Promise<string> => {
    const path = join(folder, 'offsite.json')
    const made = writeRecord({ version: 1, store: randomBytes(8).toString('hex') })
    const read = async () => readRecord(await readFile(path, 'utf8'), ownSchema).store
    try {
      return await read()
    } catch (error) {
      if (!hasCode(error, 'ENOENT'))
        throw new OperatorError('state-damaged', { file: 'offsite.json' }, { cause: error })
      await createFileAtomic(path, made)
      return await read()
    }
  }

  const copyOnce = async (
    how: Asking,
    own: string,
    { node, id }: { node: string; id: string },
    work: Parameters<CopiesPort['copy']>[2],
  ): Promise<CopiedOut> => {
    const { copyOut, isMoved } = await import('../offsite/copy-out.ts')
    const opened = await store()
    const check = (await opened.list(node)).find((one) => one.id === id)?.check
    const databases = check?.ok ? check.databases : undefined
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await opened.files(id, (owner, paths) =>
          copyOut(
            how,
            { root: opened.root, store: own, owner, id, paths, databases },
            { readBack: work.readBack, now: () => clock.now(), onProgress: work.onProgress },
          ),
        )
      } catch (error) {
        if (!isMoved(error) || attempt === ATTEMPTS) throw error
      }
    }
  }

  const note = async (owner: string, id: string, next: Partial<CopyStanding> & { target: string }) => {
    const opened = await store()
    const before = (await opened.list(owner)).find((one) => one.id === id)?.copy
    const { at = null, readAt = null, problem = null } = before?.target === next.target ? before : {}
    await opened.noteCopy(id, { at, readAt, problem, ...next })
  }

  const retained = async (how: Asking, owner: string, own: string): Promise<string[] | null> => {
    if (keep === null) return []
    try {
      const { retainCopies } = await import('../offsite/retain-copies.ts')
      const here = new Map((await (await store()).list(owner)).map((one) => [one.id, one.copy]))
      const isSound = (id: string) => {
        const standing = here.get(id)
        return standing == null ? null : standing.at !== null
      }
      return await retainCopies(how, { owner, store: own }, keep, isSound, clock.now())
    } catch (error) {
      log.warn({ err: error, node: owner }, 'older copies could not be removed from the off-site target')
      return null
    }
  }

  return {
    target: place?.name ?? null,
    async copy(owner, id, work) {
      const how = await asking(work.signal)
      const target = how.target.name
      const own = await ownId()
      return await locks.receiving(
        owner,
        async () => {
          try {
            const copied = await copyOnce(how, own, { node: owner, id }, work)
            const at = clock.now()
            await note(owner, id, { target, at, problem: null, ...(work.readBack ? { readAt: at } : {}) })
            return { ...copied, removed: await retained(how, owner, own) }
          } catch (error) {
            const why = problemIn(error)
            // What is not as it was given cannot be relied upon; anything else says nothing of what lies there.
            const lost = why === 'damaged' ? { at: null, readAt: null } : {}
            if (why !== null) await note(owner, id, { target, problem: { at: clock.now(), why }, ...lost })
            throw error
          }
        },
        'copy-backup',
      )
    },
    async find(nodeId, wanted, signal) {
      const { findCopy } = await import('../offsite/bring-back.ts')
      return await findCopy(await asking(signal), nodeId, wanted)
    },
    async bring(found, { signal, onProgress }) {
      const how = await asking(signal)
      const { bringBack } = await import('../offsite/bring-back.ts')
      const { owner, id } = found.name
      const opened = await store()
      const brought = await bringBack(
        how,
        found,
        (files, fetch) => opened.bringIn(owner, id, files, fetch),
        onProgress,
      )
      const at = clock.now()
      // What was here already was not asked for there.
      if (brought.files === found.files.length)
        await note(owner, id, { target: how.target.name, at, readAt: at, problem: null })
      return brought
    },
    async tidy(signal) {
      const how = await asking(signal)
      const { sweepThere } = await import('../offsite/retain-copies.ts')
      const own = await ownId()
      try {
        return await locks.alone(() => sweepThere(how, own, clock.now()))
      } catch (error) {
        if (error instanceof OperatorError && error.code === 'data-busy') return null
        throw error
      }
    },
  }
}

/** How it stands with the copy of a backup; null where nobody tried to make one. */
export function standingOf({ copy }: Pick<StoredBackup, 'copy'>): CopyStanding | null {
  if (copy === null) return null
  const { target, at, readAt, problem } = copy
  const why = OFFSITE_PROBLEMS.find((known) => known === problem?.why) ?? 'refused'
  return { target, at, readAt, problem: problem === null ? null : { at: problem.at, why } }
}
