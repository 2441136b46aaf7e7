import { randomBytes } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupStore, StoredBackup } from '../backup/backup-store.ts'
import { agentOwner, ownerOf, timeOfId } from '../backup/layout.ts'
import { type BackupCheck, type BackupDrill, type Manifest, PROBLEMS } from '../backup/manifest.ts'
import { type FoundBackups, judgeOf } from '../backup/standing.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import { Latest } from '../base/latest.ts'
import type { Log } from '../base/log.ts'
import { makePrivateFolder } from '../state/atomic-file.ts'
import type { BackupBook } from './backup-book.ts'
import { type BackupRow, type BackupsPort, lastGood, type Verification } from './backups.ts'
import { type CopiesParts, createCopies, standingOf } from './copies.ts'

/** How old what is suggested may be; another process may have made or removed a backup. */
const KNOWN_MS = 10_000
/** Nodes and agents whose backups are remembered for it. */
const MOST_REMEMBERED = 50

/** What the backups below a folder need. */
interface BackupsParts {
  folder: string
  clock: Clock
  log: Log
  /** Bytes that stay free on its disk. */
  floorBytes: number
  /** Public keys of age for which new content is sealed. */
  storeRecipients: readonly string[]
  /** A file of private keys; null where none is named. */
  identityPath: string | null
  book: BackupBook
  /** Where copies go, and how. */
  copies: Pick<CopiesParts, 'place' | 'rateBytes' | 'keep'>
}

/** Opens the store once, when somebody asks for the first time. */
function opener(options: BackupsParts): () => Promise<BackupStore> {
  const { folder, clock, log, floorBytes, storeRecipients: recipients, identityPath } = options
  let opening: Promise<BackupStore> | null = null
  return () => {
    // Its parser of archives is of no use to a command that reads no backup.
    opening ??= Promise.all([import('../backup/backup-store.ts'), import('../backup/identity-file.ts')])
      .then(([{ openBackupStore }, { identityFile }]) => {
        const sealing = { recipients, keys: identityFile(identityPath) }
        return openBackupStore(folder, { clock, log, diskFloor: floorBytes, sealing })
      })
      .catch((error: unknown) => {
        opening = null
        throw error
      })
    return opening
  }
}

/** The backups below a folder; nothing is opened before somebody asks. */
export function createBackups(options: BackupsParts): BackupsPort {
  const { folder, clock, log, book } = options
  const remembered = new Latest<string, { rows: readonly BackupRow[]; at: number }>(MOST_REMEMBERED)
  const store = opener(options)

  async function list(owner: string): Promise<readonly BackupRow[]> {
    const rows = (await (await store()).list(owner)).map((stored) => rowOf(owner, stored))
    remembered.set(owner, { rows, at: clock.monotonic() })
    // Of one agent they prove nothing of the node.
    if (ownerOf(owner).agent === null) await book.note(owner, foundOf(rows))
    return rows
  }

  async function listAgents(nodeId: string): Promise<readonly BackupRow[]> {
    const owners = await (await store()).owners()
    const prefix = agentOwner(nodeId, '').toLowerCase()
    const own = owners.filter((owner) => owner.startsWith(prefix)).map((owner) => owner.slice(prefix.length))
    const rows = await Promise.all(own.map((agent) => list(agentOwner(nodeId, agent))))
    return rows.flat().sort((a, b) => b.takenAt - a.takenAt)
  }

  async function sweep(): Promise<number | null> {
    try {
      const { bytes, hinderedBy } = await (await store()).sweep()
      if (hinderedBy !== null)
        log.warn({ backup: hinderedBy }, 'a damaged backup keeps room from being freed')
      return bytes
    } catch (error) {
      // Something is being backed up: a later sweep frees the room.
      if (error instanceof OperatorError && error.code === 'data-busy') return null
      throw error
    }
  }

  /** Ids are unique over all nodes: what is named for one node must be of that node, or of an agent of it. */
  async function requireOwn(nodeId: string, id: string): Promise<void> {
    if ((await list(nodeId)).some((row) => row.id === id)) return
    if (!(await listAgents(nodeId)).some((row) => row.id === id))
      throw new OperatorError('unknown-backup', { backup: id })
  }

  /** The store, once it is certain that the backup is of the node. */
  async function holder(nodeId: string, id: string): Promise<BackupStore> {
    await requireOwn(nodeId, id)
    return await store()
  }

  return {
    book,
    copies: createCopies({ ...options.copies, folder, store, clock, log }),
    list,
    listAgents,
    known(nodeId) {
      const known = remembered.get(nodeId)
      if (known === undefined || clock.monotonic() - known.at > KNOWN_MS) {
        remembered.set(nodeId, { rows: known?.rows ?? [], at: clock.monotonic() })
        list(nodeId).catch((error: unknown) => log.warn({ err: error }, 'backups could not be listed'))
      }
      return known?.rows ?? []
    },
    async freeBytes() {
      await makePrivateFolder(folder)
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
    earlier: async (nodeId) => (await store()).earlier(nodeId),
    async receive(nodeId, about, tar, { rateBytes, ...intake }) {
      const manifest = await (await store()).receive(nodeId, about, tar, {
        ...intake,
        ...(rateBytes === null ? {} : { rateLimit: rateBytes }),
      })
      return {
        row: rowOfManifest(nodeId, manifest, { check: null, drill: null, copy: null }),
        leftOut: manifest.leftOut,
      }
    },
    async verify(nodeId, id, { signal, onProgress, trustRecent = false, databases }) {
      await requireOwn(nodeId, id)
      const check = await (await store()).verify(id, {
        signal,
        trustRecent,
        ...(databases ? { databases } : {}),
        ...(onProgress ? { onProgress: ({ bytes }) => onProgress(bytes) } : {}),
      })
      return verificationOf(check)
    },
    async drill(nodeId, id, { signal, onProgress }) {
      await requireOwn(nodeId, id)
      const drill = await (await store()).drill(id, {
        signal,
        ...(onProgress ? { onProgress: ({ bytes }) => onProgress(bytes) } : {}),
      })
      return { drill: foundBy(drill), files: drill.files, bytes: drill.bytes }
    },
    async validated(nodeId, id, openclaw, refused) {
      return foundBy(await (await holder(nodeId, id)).validated(id, openclaw, refused))
    },
    async archive(nodeId, id, options) {
      await requireOwn(nodeId, id)
      const tar = await (await store()).tarOf(id)
      const path = join(folder, 'scratch', `download-${randomBytes(8).toString('hex')}`)
      const { writeArchive } = await import('../backup/archive-file.ts')
      return { path, ...(await writeArchive(tar, path, options)) }
    },
    async compare(nodeId, from, to) {
      await requireOwn(nodeId, from)
      await requireOwn(nodeId, to)
      const opened = await store()
      const [before, after] = await Promise.all([opened.read(from), opened.read(to)])
      const { added, removed, changed, counts } = await opened.compare(from, to)
      const [had, has] = [agentsOf(before), agentsOf(after)]
      const pathsOf = (list: readonly { path: string }[]) => list.map(({ path }) => path)
      return {
        added: { count: counts.added, names: pathsOf(added) },
        removed: { count: counts.removed, names: pathsOf(removed) },
        changed: { count: counts.changed, names: pathsOf(changed) },
        // Agents that were not read are neither new nor gone.
        agentsAdded: had === null || has === null ? [] : has.filter((id) => !had.includes(id)),
        agentsRemoved: had === null || has === null ? [] : had.filter((id) => !has.includes(id)),
      }
    },
    requireKey: async (nodeId, id) => (await holder(nodeId, id)).requireKey(id),
    manifest: async (nodeId, id) => (await holder(nodeId, id)).read(id),
    async *entries(nodeId, id) {
      await requireOwn(nodeId, id)
      yield* (await store()).entries(id)
    },
    besides: async (nodeId, id) => (await holder(nodeId, id)).besides(id),
    tarOf: async (nodeId, id, filter, put = []) => (await holder(nodeId, id)).tarOf(id, filter, put),
    content: async (nodeId, id, path, most) => (await holder(nodeId, id)).content(id, path, most),
    async remove(nodeId, id) {
      await requireOwn(nodeId, id)
      const opened = await store()
      await opened.remove(id)
      return (await sweep()) ?? 0
    },
    retain: async (nodeId, policy, onRemoved) => (await store()).retain(nodeId, policy, onRemoved),
    sweep,
  }
}

/** The agents that a backup has; null where they were not read. */
function agentsOf({ about }: Manifest): string[] | null {
  return about.agents?.map(({ id }) => id) ?? null
}

/** The same as the names in the folder of the node tell. */
function foundOf(rows: readonly BackupRow[]): FoundBackups {
  const good = lastGood(rows)
  const tried = rows
    .flatMap(({ id, restorable }) => (restorable ? [{ id, ...restorable }] : []))
    .toSorted((a, b) => b.at - a.at)
  return {
    proven: good?.verified ? { id: good.id, takenAt: timeOfId(good.id), verifiedAt: good.verified.at } : null,
    drilled: tried[0] ?? null,
  }
}

function rowOf(owner: string, { id, startedAt, manifest, check, drill, copy }: StoredBackup): BackupRow {
  if (manifest !== null) return rowOfManifest(owner, manifest, { check, drill, copy })
  const { node: nodeId, agent } = ownerOf(owner)
  const nothing = { files: 0, bytes: 0, newBytes: 0 }
  const verified = { at: check?.at ?? startedAt, sound: false, problems: 1 }
  const known = { id, nodeId, agent, takenAt: startedAt, method: 'stream', openclawVersion: null } as const
  return { ...known, ...nothing, verified, restorable: null, offSite: standingOf({ copy }) }
}

function rowOfManifest(
  owner: string,
  manifest: Manifest,
  { check, drill, copy }: Pick<StoredBackup, 'check' | 'drill' | 'copy'>,
): BackupRow {
  const { id, startedAt, about, files, bytes, newBytes } = manifest
  const { node: nodeId, agent } = ownerOf(owner)
  return {
    id,
    nodeId,
    agent,
    takenAt: startedAt,
    method: about.method,
    openclawVersion: about.openclawVersion,
    files,
    bytes,
    newBytes,
    verified: check === null ? null : { at: check.at, sound: check.ok, problems: check.problemCount },
    restorable: drill === null ? null : { at: drill.at, ok: drill.ok, openclaw: judgeOf(drill) },
    offSite: standingOf({ copy }),
  }
}

function foundBy(drill: BackupDrill): Verification {
  return { ...verificationOf({ ...drill, databases: [] }), databases: drill.databases }
}

function verificationOf({
  at,
  ok,
  problems,
  problemCount,
  databases,
  readSince,
  ciphertextOnly,
}: Pick<
  BackupCheck,
  'readSince' | 'ciphertextOnly' | 'at' | 'ok' | 'problems' | 'problemCount' | 'databases'
>): Verification {
  return {
    at,
    sound: ok,
    problems: problems.map(({ code, subject }) => ({
      code: PROBLEMS.find((known) => known === code) ?? 'other',
      subject,
    })),
    problemCount,
    databases: databases.length,
    ...(readSince === undefined ? {} : { readSince }),
    ...(ciphertextOnly ? { ciphertextOnly } : {}),
  }
}
