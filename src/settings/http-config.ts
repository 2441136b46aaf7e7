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

/** The parts of it from their settings; null where it is not asked for. */
export function httpConfig(
  listen: Pick<HttpConfig, 'host' | 'port'> | undefined,
  hosts: readonly string[],
  address: string | undefined,
): HttpConfig | null {
  return listen ? { ...listen, hosts, address: address ?? null } : null
}
