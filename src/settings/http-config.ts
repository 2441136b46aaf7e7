/** Where the API and the page are served. */
export interface HttpConfig {
  host: string
  /** 0 is any that is free. */
  port: number
  /** Names under which it may be asked besides those of this machine, without a port. */
  hosts: readonly string[]
  /** What people open the page under: scheme, name and port; null where that is the address it listens at. */
  address: string | null
}

/** Every address of the machine, which is no address that anybody opens. */
const WILDCARDS: readonly string[] = ['0.0.0.0', '::']

/** What people open the page under, by the settings alone; null where the port is found only when it listens. */
export function pageAddressOf({ host, port, address }: HttpConfig): string | null {
  if (address !== null) return address
  return port === 0 ? null : openAddress({ host, port })
}

/** Under which address of this machine something that listens is opened. */
export function openAddress({ host, port }: Pick<HttpConfig, 'host' | 'port'>): string {
  return `http://${WILDCARDS.includes(host) ? '127.0.0.1' : bracketed(host)}:${port}`
}

/** Whether a host is every address of the machine. */
export function isWildcard(host: string): boolean {
  return WILDCARDS.includes(host)
}

/** A host as it stands in an address. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Where Discord sends people back to who sign in to the page at an address. */
export function redirectOf(address: string): string {
  return `${address}/api/ocm/login/discord/back`
}

/** The parts of it from their settings; null where it is not asked for. */
export function httpConfig(
  listen: Pick<HttpConfig, 'host' | 'port'> | undefined,
  hosts: readonly string[],
  address: string | undefined,
): HttpConfig | null {
  return listen ? { ...listen, hosts, address: address ?? null } : null
}
