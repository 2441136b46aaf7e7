import { unlink } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { syncFolder } from '../state/atomic-file.ts'
import { type Comparison, compare } from './compare.ts'
import { type BackupCopy, noteCopy, readCopy } from './copy-standing.ts'
import { drill, noteValidation } from './drill.ts'
import { type EarlierFiles, earlierFiles } from './earlier.ts'
import { identityFile } from './identity-file.ts'
import { Layout, nodeKey, timeOfId } from './layout.ts'
import { entriesOf } from './lists.ts'
import type { BackupAbout, BackupCheck, BackupDrill, Entry, Manifest, Validation } from './manifest.ts'
import { Objects, type Sealing } from './objects.ts'
import type { ReadBack } from './read-back.ts'
import {
  damage,
  idsByNode,
  idsIn,
  nodeOfBackup,
  piecesOf,
  readCheck,
  readDrill,
  readManifest,
} from './read-backup.ts'
import { type ReceiveOptions, receive } from './receive.ts'
import { type EntryFilter, type PutFile, tarOf } from './restore-tar.ts'
import { type Dated, isLastGood, keep, type RetentionPolicy } from './retention.ts'
import { requireKey } from './sealed-look.ts'
import { type BroughtIn, bringIn, filesOf, type StoreFile } from './store-files.ts'
import { StoreLocks } from './store-locks.ts'
import { type Swept, sweep } from './sweep.ts'
import { type VerifyOptions, verify } from './verify.ts'

/** Bytes that stay free on the disk of the store, unless told otherwise. */
const DISK_FLOOR = 1024 ** 3

/** What was read back is remembered for so many backups; of others it is read once more. */
const MOST_READ_BACKS = 16

/** A backup in the store. */
export interface StoredBackup extends Dated {
  /** The node's id as a folder: lower case. */
  node: string
  /** Null when it is damaged. */
  manifest: Manifest | null
  /** The last look at everything that it needs; null when nobody has looked. */
  check: BackupCheck | null
  /** The last trial to restore it; null when nobody has tried. */
  drill: BackupDrill | null
  /** How it stands with its copy away from this machine; null when nobody tried to make one. */
  copy: BackupCopy | null
}

/** Backups of all nodes in one folder: content by its hash, each piece once. Two processes may use it at a time. */
export interface BackupStore {
  /**
   * Takes a plain tar in as a backup of `node`; see {@link ReceiveOptions}. It counts from the moment this returns.
   * @throws OperatorError archive-refused {why}, node-busy, data-busy, backup-disk-floor, data-disk-full, data-read-only,
   * cancelled; what `tar` throws. Then there is no backup.
   */
  receive(node: string, about: BackupAbout, tar: Readable, options?: ReceiveOptions): Promise<Manifest>
  /** Files of a node that need not come again; null when all have to. See `earlierFiles`. */
  earlier(node: string): Promise<EarlierFiles | null>
  /** Newest first; of one node, or of all. */
  list(node?: string): Promise<StoredBackup[]>
  /** @throws OperatorError unknown-backup, backup-damaged */
  read(id: string): Promise<Manifest>
  /**
   * Makes sure that the content of a backup can be read here before anything is touched for it.
   * @throws OperatorError backup-key-needed, backup-key-unusable; as {@link read}
   */
  requireKey(id: string): Promise<void>
  /** The entries of a backup, in the order in which they came. @throws OperatorError as {@link read} */
  entries(id: string): AsyncGenerator<Entry>
  /** What the node told of its agents besides their files; null where nothing was asked. @throws OperatorError as {@link read} */
  besides(id: string): Promise<string | null>
  /** Whose backups there are: nodes, and agents of nodes as `agentOwner` names them. In lower case. */
  owners(): Promise<string[]>
  /** Looks at every byte that a backup needs, and writes down what was found. @throws OperatorError unknown-backup, cancelled */
  verify(id: string, options?: VerifyOptions): Promise<BackupCheck>
  /** Tries whether a backup can be restored, and writes down what was found; see `drill`. @throws as {@link verify} */
  drill(id: string, options?: VerifyOptions): Promise<BackupDrill>
  /** Adds what OpenClaw said to what the last trial found; see `noteValidation`. */
  validated(id: string, openclaw: Validation, refused: BackupDrill['problems']): Promise<BackupDrill>
  /**
   * Hands every file of the store that a backup needs to `work`, by its path below {@link root}, the manifest as the last. Retention
   * leaves the backup alone meanwhile; a clean-up may still move what it needs into other files.
   * @throws OperatorError as {@link read}, data-busy
   */
  files<T>(id: string, work: (node: string, paths: readonly string[]) => Promise<T>): Promise<T>
  /** Writes down how it stands with the copy of a backup. @throws OperatorError unknown-backup */
  noteCopy(id: string, copy: Omit<BackupCopy, 'version' | 'id'>): Promise<void>
  /**
   * Brings the files of a backup back into the store; see `bringIn`. What it is worth tells {@link verify}.
   * @throws OperatorError node-busy, data-busy
   */
  bringIn(
    owner: string,
    id: string,
    files: readonly StoreFile[],
    fetch: (file: StoreFile) => Promise<Readable>,
  ): Promise<BroughtIn>
  /** The folder of the store. */
  root: string
  /** How backup `to` differs from backup `from`. @throws OperatorError as {@link read} */
  compare(from: string, to: string): Promise<Comparison>
  /** A backup as a plain tar, made as it is read; it errors where something is damaged. @throws as {@link read} */
  tarOf(id: string, filter?: EntryFilter, put?: readonly PutFile[]): Promise<Readable>
  /**
   * One file of a backup, by its path relative to `/`; null where it holds no such file, or one of more than `most` bytes.
   * @throws as {@link read}
   */
  content(id: string, path: string, most: number): Promise<Buffer | null>
  /**
   * Forgets a backup; a sweep frees its room.
   * @throws OperatorError unknown-backup, backup-last-good
   */
  remove(id: string): Promise<void>
  /**
   * Forgets what a policy does not keep of the backups of one node; never its last good one, and nothing that is read.
   * `onRemoved` hears of each as it is gone, newest first.
   * @throws OperatorError data-busy
   */
  retain(node: string, policy: RetentionPolicy, onRemoved: (id: string) => void): Promise<void>
  /** Removes what no backup needs. @throws OperatorError data-busy while a backup is taken */
  sweep(): Promise<Swept>
}

/** How a store is opened. */
export interface StoreOptions {
  clock: Clock
  log: Log
  /** Bytes that stay free on its disk. */
  diskFloor?: number
  /** For whom new content is sealed, and what opens it; left out, for nobody. */
  sealing?: Sealing
}

const UNSEALED: Sealing = { recipients: [], keys: identityFile(null) }

/** Opens the store in `folder`, and makes it where there is none. */
export async function openBackupStore(
  folder: string,
  { clock, log, diskFloor = DISK_FLOOR, sealing = UNSEALED }: StoreOptions,
): Promise<BackupStore> {
  const layout = new Layout(folder)
  await layout.make()
  const objects = new Objects(layout.objects, sealing)
  const locks = new StoreLocks(layout.locks)
  const parts = { layout, objects, clock }
  /** Of backups that were taken here and nobody has verified yet. */
  const readBacks = new Map<string, ReadBack>()

  const read = async (id: string) => await readManifest(layout, await nodeOfBackup(layout, id), id)

  const stored = async (node: string, id: string): Promise<StoredBackup> => {
    const manifest = await readManifest(layout, node, id).catch((error: unknown) => {
      log.warn({ node, backup: id, err: error }, 'the manifest of a backup cannot be read')
      return null
    })
    const check = await readCheck(layout, node, id)
    const tried = await readDrill(layout, node, id)
    const copy = await readCopy(layout, node, id)
    const good = manifest === null ? false : (check?.ok ?? null)
    return {
      id,
      node,
      startedAt: manifest?.startedAt ?? timeOfId(id),
      manifest,
      check,
      drill: tried,
      copy,
      good,
    }
  }

  const list = async (node?: string) => {
    const found: StoredBackup[] = []
    const wanted =
      node === undefined
        ? await idsByNode(layout)
        : [[nodeKey(node), await idsIn(layout, nodeKey(node))] as const]
    for (const [key, ids] of wanted) for (const id of ids) found.push(await stored(key, id))
    return found.sort((a, b) => b.startedAt - a.startedAt)
  }

  const forget = async (node: string, id: string) => {
    await unlink(layout.manifest(node, id))
    for (const besides of [layout.check(node, id), layout.drill(node, id), layout.copy(node, id)])
      await unlink(besides).catch(() => undefined)
    await syncFolder(layout.ofNode(node))
  }

  return {
    async receive(node, about, tar, options = {}) {
      try {
        const work = () => receive({ ...parts, diskFloor }, node, about, tar, options)
        const { manifest, readBack } = await locks.receiving(node, work)
        readBacks.set(manifest.id, readBack)
        for (const id of [...readBacks.keys()].slice(0, -MOST_READ_BACKS)) readBacks.delete(id)
        return manifest
      } finally {
        tar.destroy()
      }
    },
    earlier: (node) => earlierFiles(parts, nodeKey(node), clock.now()),
    list,
    read,
    requireKey: async (id) => requireKey(objects, await read(id)),
    async *entries(id) {
      yield* asDamage(entriesOf(objects, await read(id)), id)
    },
    async besides(id) {
      const { told } = await read(id)
      if (told === undefined) return null
      const pieces: Buffer[] = []
      for await (const piece of asDamage(piecesOf(objects, told), id)) pieces.push(piece)
      return Buffer.concat(pieces).toString('utf8')
    },
    owners: async () => [...(await idsByNode(layout)).keys()],
    async verify(id, options = {}) {
      const readBack = readBacks.get(id) ?? null
      readBacks.delete(id)
      return await locks.reading([id], async () =>
        verify(parts, await nodeOfBackup(layout, id), id, { ...options, readBack }),
      )
    },
    drill: (id, options = {}) =>
      locks.reading([id], async () => drill(parts, await nodeOfBackup(layout, id), id, options)),
    validated: async (id, openclaw, refused) =>
      noteValidation(layout, { node: await nodeOfBackup(layout, id), id }, openclaw, refused),
    files: (id, work) =>
      locks.reading([id], async () => {
        const node = await nodeOfBackup(layout, id)
        try {
          return await work(node, await filesOf(parts, node, await readManifest(layout, node, id)))
        } catch (error) {
          throw damage(error, id)
        }
      }),
    async noteCopy(id, copy) {
      await noteCopy(layout, { node: await nodeOfBackup(layout, id), id }, copy)
    },
    bringIn: (owner, id, files, fetch) =>
      locks.receiving(owner, () => bringIn(layout, layout.manifest(owner, id), files, fetch)),
    root: layout.root,
    async compare(from, to) {
      try {
        return await locks.reading([from, to], async () => compare(objects, await read(from), await read(to)))
      } catch (error) {
        throw damage(error, from)
      }
    },
    async tarOf(id, filter = () => true, put = []) {
      const mark = await locks.read(id)
      try {
        return tarOf(objects, await read(id), filter, put).once('close', () => void mark.release())
      } catch (error) {
        await mark.release()
        throw error
      }
    },
    async content(id, path, most) {
      for await (const entry of asDamage(entriesOf(objects, await read(id)), id)) {
        if (entry.path !== path) continue
        if (entry.kind !== 'file' || entry.size > most) return null
        try {
          const pieces: Buffer[] = []
          for await (const piece of piecesOf(objects, entry)) pieces.push(piece)
          return Buffer.concat(pieces)
        } catch (error) {
          throw damage(error, id)
        }
      }
      return null
    },
    remove: (id) =>
      locks.deciding(async () => {
        const node = await nodeOfBackup(layout, id)
        const ofNode = await list(node)
        const backup = ofNode.find((one) => one.id === id)
        if (backup !== undefined && isLastGood(backup, ofNode))
          throw new OperatorError('backup-last-good', { backup: id })
        await forget(node, id)
      }),
    retain: (node, policy, onRemoved) =>
      locks.deciding(async () => {
        for (const backup of keep(await list(node), policy, clock.now()).remove)
          if (await locks.unlessRead(backup.id, () => forget(backup.node, backup.id))) onRemoved(backup.id)
      }),
    sweep: () => locks.alone(() => sweep(parts)),
  }
}

async function* asDamage<T>(from: AsyncGenerator<T>, id: string): AsyncGenerator<T> {
  try {
    yield* from
  } catch (error) {
    throw damage(error, id)
  }
}
