import { OperatorError } from '../base/errors.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
/** What a page of this address sends, and what no form and no other site can. */
const OWN_HEADER = 'x-ocm'

/** Where a request comes from, as far as its browser says. */
export interface Origins {
  /** @throws OperatorError host-refused, cross-site */
  check(request: Request): void
  /**
   * Whether a browser says that one of our own pages asks. What a browser does by itself, such as sending a cookie,
   * counts for nothing without it.
   */
  isOwnPage(request: Request): boolean
}

/**
 * @param options.hosts names besides those of this machine under which the API may be asked, without a port
 * @param options.address what people open the page under, where a setting says so
 */
export function createOrigins(options: { hosts: readonly string[]; address: string | null }): Origins {
  const own = options.address === null ? null : new URL(options.address)
  const hosts = new Set([...LOOPBACK, ...options.hosts.map((host) => host.toLowerCase())])
  if (own) hosts.add(own.hostname)

  /** A proxy may ask under another name than people do, so the address of the setting is ours under each. */
  function isOwn(origin: string, host: string): boolean {
    if (own && (origin === own.origin || host === own.host)) return origin === own.origin
    try {
      return new URL(origin).host === host
    } catch {
      return false
    }
  }

  return {
    check({ headers, method }) {
      const host = (headers.get('host') ?? '').toLowerCase()
      const name = host.replace(/:\d+$/, '')
      // A name that an attacker points at this machine is not one of ours.
      if (!hosts.has(name)) throw new OperatorError('host-refused', { host: name.slice(0, 64) })
      if (SAFE.has(method)) return
      const site = headers.get('sec-fetch-site')
      const origin = headers.get('origin')
      const foreign = origin !== null && !isOwn(origin, host)
      if (foreign || (site !== null && site !== 'same-origin' && site !== 'none'))
        throw new OperatorError('cross-site')
    },
    isOwnPage({ headers, method }) {
      const site = headers.get('sec-fetch-site')
      if (SAFE.has(method)) return site === null || site === 'same-origin' || site === 'none'
      if (site !== null && site !== 'same-origin') return false
      const origin = headers.get('origin')
      const host = (headers.get('host') ?? '').toLowerCase()
      const known = origin === null ? site !== null : isOwn(origin, host)
      return known && headers.get(OWN_HEADER) === '1'
    },
  }
}
