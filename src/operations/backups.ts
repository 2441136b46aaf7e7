import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { ArchiveOptions, WrittenArchive } from '../backup/archive-file.ts'
import { belowFloor } from '../backup/disk-floor.ts'
import type { EarlierFiles, ToldFile } from '../backup/earlier.ts'
import { agentOwner } from '../backup/layout.ts'
import type {
  BackupAbout,
  BackupDrill,
  BackupEnding,
  Entry,
  Manifest,
  ProblemCode,
  Validation,
} from '../backup/manifest.ts'
import type { EntryFilter, PutFile } from '../backup/restore-tar.ts'
import type { RetentionPolicy } from '../backup/retention.ts'
import type { LastDrill } from '../backup/standing.ts'
import type { VerifyOptions } from '../backup/verify.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { fresh, type Reading, unknown } from '../base/reading.ts'
import type { BackupBook } from './backup-book.ts'
import type { CopiesPort, CopyStanding } from './copies.ts'

/** One backup as lists show it. */
export interface BackupRow {
  id: string
  nodeId: string
  /** The agent that it is of, where it is of that alone: it is no backup of the node. */
  agent: string | null
  /** Epoch milliseconds at which it began. */
  takenAt: number
  method: BackupAbout['method']
  openclawVersion: string | null
  files: number
  /** Content of all its files. */
  bytes: number
  /** What of it no earlier backup had. */
  newBytes: number
  /** The last time that all of it was read and compared; null when nobody has. */
  verified: { at: number; sound: boolean; problems: number } | null
  /** The last trial to restore it; null when nobody has tried. */
  restorable: Pick<LastDrill, 'at' | 'ok' | 'openclaw'> | null
  /** How it stands with its copy away from this machine; null when nobody tried to make one. */
  offSite: CopyStanding | null
}

/** How a backup was found to be. Names are untrusted. */
export interface Verification {
  /** Epoch milliseconds. */
  at: number
  sound: boolean
  /** The first of what is wrong; `subject` is the file on the node or the object it is about. */
  problems: { code: ProblemCode | 'other'; subject: string | null }[]
  problemCount: number
  /** Databases that were opened. */
  databases: number
  /** Epoch milliseconds since which all of its content has been read; absent where that was at `at`. */
  readSince?: number
  /** Sealed content was compared as it lies on the disk: no private key was there to decrypt it. */
  ciphertextOnly?: true
}

/** How many there are, and the first of them by name; untrusted. */
export interface Listed {
  count: number
  names: readonly string[]
}

/** What differs between two backups of a node. */
export interface BackupDifference {
  added: Listed
  removed: Listed
  changed: Listed
  agentsAdded: readonly string[]
  agentsRemoved: readonly string[]
}

/** How a backup is to come in. */
export interface Intake {
  signal: AbortSignal
  /** Bytes of the archive so far, and what of them was new. */
  onProgress(progress: { bytes: number; newBytes: number }): void
  /** Bytes a second; null is as fast as it goes. */
  rateBytes: number | null
  /** Asked once the archive has ended. @throws what makes it no backup */
  ending(): BackupEnding
  /** Files that the node told before the archive, and where the content of those is that are not in there. */
  told: ToldFile[]
  earlier: EarlierFiles | null
  /** What belongs to the backup besides files. */
  besides?: string
}

/** The store of backups, as far as operations use it. */
export interface BackupsPort {
  /** What is known without a look at the store. */
  book: BackupBook
  /** Copies away from this machine. */
  copies: CopiesPort
  /** Bytes that are free where backups lie. */
  freeBytes(): Promise<number>
  /** The backups of a node, newest first; of one agent by its `agentOwner`. */
  list(owner: string): Promise<readonly BackupRow[]>
  /** The backups of single agents of a node, newest first. */
  listAgents(nodeId: string): Promise<readonly BackupRow[]>
  /** What was last seen of them, at once and from memory, for suggestions; it looks anew meanwhile. */
  known(nodeId: string): readonly BackupRow[]
  /** Files of a node that need not come again; null when all have to. */
  earlier(nodeId: string): Promise<EarlierFiles | null>
  /** Takes a plain tar in. Nothing of it counts unless the stream ended by itself and {@link Intake.ending} agrees. */
  receive(
    nodeId: string,
    about: BackupAbout,
    tar: Readable,
    intake: Intake,
  ): Promise<{ row: BackupRow; leftOut: Listed }>
  /**
   * Reads all of a backup again and opens its databases. `onProgress` gets bytes of content so far. With `trustRecent` not what
   * was read within a week and has not been touched since. `databases`: see `VerifyOptions`.
   */
  verify(
    nodeId: string,
    id: string,
    work: {
      signal: AbortSignal
      onProgress?: (bytes: number) => void
      trustRecent?: boolean
      databases?: VerifyOptions['databases']
    },
  ): Promise<Verification>
  /** Unpacks a backup into a scratch folder here and opens its databases; see `drill` in the store. */
  drill(
    nodeId: string,
    id: string,
    work: { signal: AbortSignal; onProgress?: (bytes: number) => void },
  ): Promise<{ drill: Verification; files: number; bytes: number }>
  /** Adds what OpenClaw said to what the last trial of a backup found. @throws OperatorError unknown-backup */
  validated(
    nodeId: string,
    id: string,
    openclaw: Validation,
    refused: BackupDrill['problems'],
  ): Promise<Verification>
  /**
   * Writes a backup to a new file that nobody else reads; see `writeArchive`. Whoever asked takes it from there.
   * @throws OperatorError unknown-backup, backup-damaged, bad-recipient, archive-too-large, data-disk-full, data-read-only
   */
  archive(nodeId: string, id: string, options: ArchiveOptions): Promise<WrittenArchive & { path: string }>
  compare(nodeId: string, from: string, to: string): Promise<BackupDifference>
  /**
   * Forgets the backups of a node that a policy does not keep and tells each that is gone; {@link sweep} frees the room.
   * @throws OperatorError data-busy
   */
  retain(nodeId: string, policy: RetentionPolicy, onRemoved: (id: string) => void): Promise<void>
  /** Frees what no backup needs. Resolves with the bytes; null while a backup is taken: a later one frees them. */
  sweep(): Promise<number | null>
  /**
   * Makes sure that a backup can be decrypted here, before anything is touched for it.
   * @throws OperatorError backup-key-needed, backup-key-unusable; as {@link manifest}
   */
  requireKey(nodeId: string, id: string): Promise<void>
  /** What a backup is. @throws OperatorError unknown-backup, backup-damaged */
  manifest(nodeId: string, id: string): Promise<Manifest>
  /** The entries of a backup. @throws as {@link manifest} */
  entries(nodeId: string, id: string): AsyncGenerator<Entry>
  /** What the node told of its agents besides their files; null where nothing was asked. @throws as {@link manifest} */
  besides(nodeId: string, id: string): Promise<string | null>
  /** A backup as a plain tar; it errors where something is damaged. @throws as {@link manifest} */
  tarOf(nodeId: string, id: string, filter: EntryFilter, put?: readonly PutFile[]): Promise<Readable>
  /** One file of a backup, by its path relative to `/`; null where there is none of at most so many bytes. @throws as {@link manifest} */
  content(nodeId: string, id: string, path: string, most: number): Promise<Buffer | null>
  /** Resolves with the bytes that became free. */
  remove(nodeId: string, id: string): Promise<number>
}

/** Bounds of backups, from the settings. */
export interface BackupLimits {
  /** Bytes that stay free on this machine. */
  floorBytes: number
  /** Bytes a second that one backup may take; null is no limit. */
  rateBytes: number | null
  /** Nothing for so long ends a transfer. Milliseconds. */
  silenceMs: number
  /** How many scheduled backups are taken at once. */
  atOnce: number
  /** Which backups of a node stay; null keeps all. */
  keep: RetentionPolicy | null
  /** Public keys of age for which a backup that leaves the store is encrypted. */
  recipients: readonly string[]
  /** A file of private keys of age that open the store; null where none is named. */
  identityPath: string | null
  /** Public keys of age for which new content of the store is sealed. */
  storeRecipients: readonly string[]
  /** The node whose OpenClaw looks at a backup in a restore drill: `own` is the backup's; null asks none. */
  drillOn: string | null
}

/** How a person names a backup: by its id, or the newest as `latest`. */
export const backupNameSchema = z.string().trim().min(1).max(80)

/** The backup that a person named: by its id, also one of a single agent, or the newest of the node as `latest`. @throws OperatorError unknown-backup */
export async function findBackup(
  backups: Pick<BackupsPort, 'list' | 'listAgents'>,
  nodeId: string,
  named: string,
): Promise<BackupRow> {
  const rows = await backups.list(nodeId)
  const isIt = ({ id }: BackupRow) => id === named
  const found =
    named === 'latest' ? rows[0] : (rows.find(isIt) ?? (await backups.listAgents(nodeId)).find(isIt))
  if (found === undefined) throw new OperatorError('unknown-backup', { backup: named.slice(0, 60) })
  return found
}

/** The backup that a person named, or else the newest that is sound; without one, the newest. @throws OperatorError unknown-backup */
export async function findOrNewest(
  backups: Pick<BackupsPort, 'list' | 'listAgents'>,
  nodeId: string,
  named: string | null,
): Promise<BackupRow> {
  const wanted = named ?? lastGood(await backups.list(nodeId))?.id ?? 'latest'
  return await findBackup(backups, nodeId, wanted)
}

/** The store keeps the floor while it writes; this refuses early what cannot fit. @throws OperatorError backup-disk-floor */
export async function requireRoom(
  { backups, limits }: { backups: Pick<BackupsPort, 'freeBytes'>; limits: { backup: BackupLimits } },
  node: string,
  bytes: number,
): Promise<void> {
  const free = await backups.freeBytes()
  const needed = limits.backup.floorBytes + bytes
  if (free < needed) throw belowFloor(free, needed, node)
}

/** The newest verified backup of a node; null when it has none. Unknown where the store cannot be read. */
export async function readLastGood(
  { backups, clock, log }: { backups: Pick<BackupsPort, 'list'>; clock: Clock; log: Log },
  nodeId: string,
): Promise<Reading<BackupRow | null>> {
  try {
    return fresh(lastGood(await backups.list(nodeId)) ?? null, 'store-file', clock.now())
  } catch (error) {
    log.warn({ err: error, node: nodeId }, 'the backups of a node could not be listed')
    return unknown({ code: 'backups-unreadable' }, clock.now(), 'store-file')
  }
}

/** Whose a backup is: what its kind is listed, kept and forgotten by. */
export function ownerOfRow({ nodeId, agent }: Pick<BackupRow, 'nodeId' | 'agent'>): string {
  return agent === null ? nodeId : agentOwner(nodeId, agent)
}

/** The newest backup that was verified; undefined when there is none. */
export function lastGood(rows: readonly BackupRow[]): BackupRow | undefined {
  return rows.find(({ verified }) => verified?.sound === true)
}
