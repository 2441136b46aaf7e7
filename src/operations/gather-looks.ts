import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { Audit, AuditEntry, AuditPort } from './audit.ts'

/** So long the same look by the same person, token or program makes no line of its own. */
export const GATHERED_MS = 10 * 60_000
/** So many different looks are gathered at once; what exceeds them is written one by one. */
const MOST_GATHERED = 2_000

/** What came after the first look of its kind. */
interface Gathered {
  endsAt: number
  times: number
  last: AuditEntry | null
}

/**
 * An audit in which a page that is open, or a program that asks every second, does not push out what people did: the first look of
 * its kind is written at once, those of the same kind in the ten minutes behind it are one line that says how many they were.
 */
export function gatherLooks(
  audit: Audit,
  { clock, log }: { clock: Clock; log: Log },
): AuditPort & { close(): Promise<void> } {
  /** By kind, in the order in which they end. */
  const open = new Map<string, Gathered>()
  const ending = new AbortController()
  let isWatching = false

  async function tell({ last, times }: Gathered): Promise<void> {
    if (last === null) return
    try {
      await audit.append(times === 1 ? last : { ...last, times })
    } catch (error) {
      log.error({ err: error, entry: last, times }, 'audit line could not be written')
    }
  }

  async function watch(): Promise<void> {
    isWatching = true
    for (let [first] = open.values(); first && !ending.signal.aborted; [first] = open.values()) {
      const left = first.endsAt - clock.monotonic()
      if (left > 0) await clock.sleep(left, ending.signal).catch(() => undefined)
      if (!ending.signal.aborted) await Promise.all(endedBy(clock.monotonic()).map(tell))
    }
    isWatching = false
  }

  /** Takes out those whose time is over. */
  function endedBy(now: number): Gathered[] {
    const ended: Gathered[] = []
    for (const [kind, gathered] of open) {
      if (now < gathered.endsAt) break
      open.delete(kind)
      ended.push(gathered)
    }
    return ended
  }

  return {
    ...audit,
    async look(entry) {
      const kind = kindOf(entry)
      const now = clock.monotonic()
      const known = open.get(kind)
      if (known && now < known.endsAt) {
        known.times += 1
        known.last = entry
        // Only now: a command of the shell that looked once has nothing to wait for.
        if (!isWatching) void watch()
        return
      }
      const ended = endedBy(now)
      if (open.size < MOST_GATHERED && !ending.signal.aborted)
        open.set(kind, { endsAt: now + GATHERED_MS, times: 0, last: null })
      await Promise.all([...ended.map(tell), audit.append(entry)])
    },
    async close() {
      ending.abort()
      const all = [...open.values()]
      open.clear()
      await Promise.all(all.map(tell))
    },
  }
}

function kindOf(entry: AuditEntry): string {
  const { face, actorId, address, operation, nodeId, input, reason, result, errorCode } = entry
  return JSON.stringify([face, actorId, address, operation, nodeId, input, reason, result, errorCode])
}
