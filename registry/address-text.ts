import { isIPv6 } from 'node:net'
import { hostSchema, sshUserSchema } from './schema.ts'

/** What people write where an SSH address belongs; what is left out is null. */
export interface SpelledAddress {
  user: string | null
  host: string
  port: number | null
}

const PORT_MAX = 65_535

/**
 * Reads `host`, `host:22`, `user@host`, `[::1]:22` and `ssh://user@host:22` as OpenSSH does; null for what is none of
 * them. A colon belongs to an IPv6 address or stands before a port, never to a name.
 */
export function parseAddress(text: string): SpelledAddress | null {
  const bare = text
    .trim()
    .replace(/^ssh:\/\//i, '')
    .replace(/\/$/, '')
  const at = bare.lastIndexOf('@')
  const user = at < 0 ? null : bare.slice(0, at)
  const place = bare.slice(at + 1)
  const match = /^(?:\[(?<inner>[^\]]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(place)?.groups
  const host = isIPv6(place) ? place : (match?.inner ?? match?.name)
  if (host === undefined || !hostSchema.safeParse(host).success) return null
  if (match?.inner !== undefined && !isIPv6(match.inner)) return null
  if (user !== null && !sshUserSchema.safeParse(user).success) return null
  const port = match?.port === undefined ? null : Number(match.port)
  return port === 0 || (port ?? 1) > PORT_MAX ? null : { user, host, port }
}
