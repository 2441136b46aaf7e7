import { recordAt } from '../../registry/record-at.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import { isTooOld } from '../monitor/rules/backup.ts'
import { thresholdsFor } from '../monitor/thresholds.ts'
import { type BackupRow, lastGood } from './backups.ts'
import type { Context } from './context.ts'
import type { Named } from './overview.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** So long a copy may take to be made. */
const COPY_MS = 6 * HOUR

/** How the backups of the nodes stand of which backups are asked for. Times are epoch milliseconds. */
export interface BackupDigest {
  at: number
  /** Nodes in service of which backups are taken by themselves. */
  scheduled: number
  /** Those whose newest proven backup is no older than its rule allows. */
  fresh: number
  /** Those that have none, or an older one. */
  late: Named[]
  /** Those of which that is not known. */
  unread: number
  /** Whose newest proven backup is the oldest; null where there is none. */
  oldest: (Named & { takenAt: number }) | null
  /** Those whose last scheduled run failed. */
  failing: Named[]
  /** Backups begun in the last day, also by hand, and what of them no earlier one had; null where that cannot be read. */
  taken: { count: number; newBytes: number } | null
  /** Trials to restore of the last day, and every node whose last trial failed. */
  drills: { passed: number; failed: Named[] }
  /**
   * Nodes whose newest verified backup lies off-site as well, and those of which it should by now; null where no copies are
   * made.
   */
  offSite: { copied: number; late: Named[] } | null
}

/** Whether there is nothing that anybody should look at. */
export function isAllWell({ fresh, scheduled, failing, drills, offSite }: BackupDigest): boolean {
  const isCopied = offSite === null || offSite.late.length === 0
  return fresh === scheduled && failing.length === 0 && drills.failed.length === 0 && isCopied
}

type Known = Pick<Context, 'backups' | 'rules' | 'clock' | 'log'>

/**
 * How the backups of these nodes stand; null where none are asked for. The store is read one node after the other: that
 * of a large fleet has many manifests.
 * @param rowsOf the backups of a node, where somebody has them already
 */
export async function backupDigestOf(
  context: Known,
  nodes: readonly NodeRecord[],
  rowsOf: (nodeId: string) => Promise<readonly BackupRow[]> = (id) => context.backups.list(id),
): Promise<BackupDigest | null> {
  const { backups, clock, rules } = context
  await backups.book.prepare()
  const at = clock.now()
  const digest: BackupDigest = {
    at,
    scheduled: 0,
    fresh: 0,
    late: [],
    unread: 0,
    oldest: null,
    failing: [],
    taken: { count: 0, newBytes: 0 },
    drills: { passed: 0, failed: [] },
    offSite: backups.copies.target === null ? null : { copied: 0, late: [] },
  }
  for (const node of nodes) {
    const { id, name, tags } = node
    const every = thresholdsFor(rules.value(), { nodeId: id, tags, agentId: null }).backupEvery
    if (every === 0 || recordAt(node, at).state !== 'active') continue
    digest.scheduled += 1
    count(digest, { id, name }, backups.book.standing(id), every * HOUR)
    const rows = await rowsOf(id).catch((error: unknown) => {
      context.log.debug({ err: error }, 'the backups of a node could not be read')
      return null
    })
    digest.taken = rows && digest.taken && addTaken(digest.taken, at, rows)
    if (digest.offSite !== null && rows !== null) countCopy(digest.offSite, { id, name }, at, rows)
  }
  return digest.scheduled === 0 ? null : digest
}

function count(
  digest: BackupDigest,
  node: Named,
  { proven, drilled, attempts }: ReturnType<Known['backups']['book']['standing']>,
  everyMs: number,
): void {
  const { at, drills } = digest
  if ((attempts?.failures ?? 0) > 0) digest.failing.push(node)
  if (drilled !== null && !drilled.ok) drills.failed.push(node)
  else if (drilled !== null && at - drilled.at < DAY) drills.passed += 1
  if (proven.freshness === 'unknown') {
    digest.unread += 1
    return
  }
  const takenAt = proven.value?.takenAt ?? null
  if (takenAt === null || isTooOld(at - takenAt, everyMs)) digest.late.push(node)
  else digest.fresh += 1
  if (takenAt !== null && takenAt < (digest.oldest?.takenAt ?? Number.POSITIVE_INFINITY))
    digest.oldest = { ...node, takenAt }
}

function addTaken(
  taken: NonNullable<BackupDigest['taken']>,
  at: number,
  rows: readonly BackupRow[],
): NonNullable<BackupDigest['taken']> {
  const lately = rows.filter(({ takenAt }) => takenAt <= at && at - takenAt < DAY)
  return {
    count: taken.count + lately.length,
    newBytes: lately.reduce((sum, { newBytes }) => sum + newBytes, taken.newBytes),
  }
}

/** A backup that was verified a while ago should have its copy; one that was not may be on its way. */
function countCopy(
  offSite: NonNullable<BackupDigest['offSite']>,
  node: Named,
  at: number,
  rows: readonly BackupRow[],
): void {
  const newest = lastGood(rows)
  if (newest === undefined) return
  const { offSite: copy, verified } = newest
  if (copy?.at != null && copy.problem === null) offSite.copied += 1
  else if (copy?.problem != null || at - (verified?.at ?? at) > COPY_MS) offSite.late.push(node)
}
