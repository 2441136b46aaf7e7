import type { IIdentifyThrottler } from 'discord.js'
import type { Clock } from '../base/clock.ts'
import type { Log } from '../base/log.ts'
import type { ShardManager } from './single-shard.ts'

/** Discord's `max_concurrency` of 1: one identify in five seconds. */
const LEAST_GAP_MS = 5_000
const HOUR_MS = 3_600_000
/** So many in an hour are a bad day at Discord; more are a fault that hurry only makes worse. */
const FREE_IN_AN_HOUR = 20
/** At most 864 in a day, because after 1,000 Discord resets the token. */
const LONG_GAP_MS = 100_000
/** What other programs with the same token may still need. */
const KEPT_BACK = 20

/**
 * Paces the identifies of every session of this process: Discord takes one in five seconds and resets the token of a bot
 * that sends more than 1,000 in a day. Waits also when Discord itself says that few are left.
 * Source: Discord's gateway documentation, "Session Start Limit" and "Rate Limiting".
 */
export function createIdentifyBudget(clock: Clock, log: Log): (manager: ShardManager) => IIdentifyThrottler {
  let past: number[] = []
  return (manager) => ({
    async waitForIdentify(_shardId, signal) {
      const now = clock.monotonic()
      past = past.filter((at) => now - at < HOUR_MS)
      const { session_start_limit: left } = await manager.fetchGatewayInformation()
      const gap = past.length < FREE_IN_AN_HOUR ? LEAST_GAP_MS : LONG_GAP_MS
      const paceMs = Math.max(0, (past.at(-1) ?? Number.NEGATIVE_INFINITY) + gap - now)
      const waitMs = left.remaining > KEPT_BACK ? paceMs : Math.max(paceMs, left.reset_after)
      if (waitMs > LEAST_GAP_MS)
        log.warn({ waitMs, remaining: left.remaining }, 'waiting before the next identify')
      if (waitMs > 0) await clock.sleep(waitMs, signal)
      past.push(clock.monotonic())
    },
  })
}
