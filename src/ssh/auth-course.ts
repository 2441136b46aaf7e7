import type { AuthHandlerMiddleware } from 'ssh2'
import type { Offer } from './identities.ts'

const MOST_METHODS = 5

/** How a login goes: which keys are offered, and what the server wants besides one. */
export interface AuthCourse {
  handler: AuthHandlerMiddleware
  /** The methods that the server asks for after a key that it has accepted; null when it accepted none. */
  secondFactor(): string[] | null
}

/**
 * Offers one method after the other. ssh2 keeps to itself that a key of an agent was accepted and is not enough: where one
 * was signed with in vain, the server is asked once what is left.
 */
export function authCourse(offer: Offer | null, username: string): AuthCourse {
  const methods = [...(offer?.methods ?? [])]
  let wanted: readonly string[] | null = null
  let asked = false
  return {
    handler(left, partial, next) {
      if (partial === true) wanted = left ?? []
      else if (asked && left?.includes('publickey') === false) wanted = left
      const method = methods.shift()
      if (method !== undefined) return next(method)
      if (!asked && wanted === null && offer?.signed() === true) {
        asked = true
        return next({ type: 'none', username })
      }
      // What the types of ssh2 lack: false ends the login.
      next(false as never)
    },
    secondFactor: () =>
      wanted?.filter((name) => /^[a-z0-9@.-]{1,40}$/i.test(name)).slice(0, MOST_METHODS) ?? null,
  }
}
