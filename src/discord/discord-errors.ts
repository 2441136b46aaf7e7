import { DiscordAPIError } from 'discord.js'
import type { Clock } from '../base/clock.ts'

export const UNKNOWN_CHANNEL = 10_003
export const UNKNOWN_MESSAGE = 10_008
export const THREAD_ARCHIVED = 50_083
export const THREAD_EXISTS = 160_004
export const THREAD_LOCKED = 160_005
/** The server has as many active threads as Discord allows. */
export const TOO_MANY_THREADS = 160_006
/** The channel has as many pinned messages as Discord allows. */
export const TOO_MANY_PINS = 30_003
/** A message older than an hour was edited too often lately. */
export const TOO_MANY_OLD_EDITS = 30_046
/** The interaction is gone: too late, or never ours. */
export const UNKNOWN_INTERACTION = 10_062
/** Somebody answered already; after a retried call, that was us. */
export const ALREADY_ACKNOWLEDGED = 40_060
export const INVALID_FORM = 50_035
export const MISSING_ACCESS = 50_001
export const MISSING_PERMISSIONS = 50_013

const ATTEMPTS = 4
const FIRST_PAUSE_MS = 250

/** Errors of a connection that broke under a request; discord.js itself repeats only some of them. */
const BROKEN_CONNECTION: ReadonlySet<string> = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
])

/** Discord's numeric error code; null for anything that is not an answer of the API. */
export function discordCode(error: unknown): number | null {
  return error instanceof DiscordAPIError && typeof error.code === 'number' ? error.code : null
}

/** Whether the connection broke, so that the call may or may not have arrived. */
export function isBrokenConnection(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code, name } = at as Error & { code?: unknown }
    if (typeof code === 'string' && BROKEN_CONNECTION.has(code)) return true
    if (name === 'AbortError') return true
  }
  return false
}

/** Repeats a call that may safely be made twice (GET, PUT, PATCH, or a POST with an enforced nonce). */
export async function repeatable<T>(clock: Clock, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call()
    } catch (error) {
      if (attempt >= ATTEMPTS || !isBrokenConnection(error)) throw error
      await clock.sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1))
    }
  }
}
