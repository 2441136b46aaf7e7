import { timeOfId } from '../backup/layout.ts'
import { keep, type RetentionPolicy } from '../backup/retention.ts'
import { fileKey, filesOfRecord, manifestPath, storePrefix } from './copy-record.ts'
import { type Asking, copiesThere, recordThere } from './look.ts'

/** What no copy names stays this long there: a copy that is being made leans on it. */
const GRACE_MS = 48 * 3_600_000

/**
 * Forgets the copies of a node that a policy does not keep: by what lies there and not by what lies here, so that a store that was
 * lost here takes nothing with it. The newest that is sound stays, and so do those of other stores. {@link sweepThere} frees the room.
 * @param isSound what is known of a copy; null where nothing is
 * @returns the ids of those that went
 * @throws OperatorError offsite-failed
 */
export async function retainCopies(
  asking: Asking,
  { owner, store }: { owner: string; store: string },
  policy: RetentionPolicy,
  isSound: (id: string) => boolean | null,
  now: number,
): Promise<string[]> {
  const own = (await copiesThere(asking, owner)).filter((one) => one.store === store)
  const dated = own.map((name) => ({
    name,
    id: name.id,
    startedAt: timeOfId(name.id),
    good: isSound(name.id) ?? true,
  }))
  const removed: string[] = []
  for (const { name } of keep(dated, policy, now).remove) {
    // Its record first: what is half gone is no copy.
    await asking.target.delete(name.key, asking.signal)
    await asking.target.delete(fileKey(store, manifestPath(owner, name.id)), asking.signal)
    removed.push(name.id)
  }
  return removed
}

/**
 * Removes what no copy of this store names. The caller has made sure that none is being made.
 * @returns the bytes that became free
 * @throws OperatorError offsite-failed; where a record cannot be read, nobody knows what it needs, and nothing goes
 */
export async function sweepThere(asking: Asking, store: string, now: number): Promise<number> {
  const { target, signal } = asking
  const needed = new Set<string>()
  for (const name of await copiesThere(asking, null)) {
    if (name.store !== store) continue
    for (const { path } of filesOfRecord(await recordThere(asking, name))) needed.add(fileKey(store, path))
  }
  let freed = 0
  for await (const { key, bytes, storedAt } of target.list(storePrefix(store), signal)) {
    // A time that cannot be read is that of something new.
    if (needed.has(key) || !(now - storedAt > GRACE_MS)) continue
    await target.delete(key, signal)
    freed += bytes
  }
  return freed
}
