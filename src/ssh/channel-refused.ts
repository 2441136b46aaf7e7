/** A channel that was not opened, so nothing was run. */
export class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused'
  /**
   * `gone`: the connection was dead before we asked; `failed`: the server could not (enough sessions, or nothing
   * listens on the port); `policy`: the server does not allow it.
   */
  readonly why: 'gone' | 'failed' | 'policy'

  constructor(why: ChannelRefused['why'], cause: unknown) {
    super(`channel refused: ${why}`, { cause })
    this.why = why
  }
}

/** What a server meant that did not open a channel. */
export function refusalOf(error: Error & { reason?: unknown }): ChannelRefused['why'] {
  // RFC 4254, 5.1: 1 is "administratively prohibited"; OpenSSH says 2, "connect failed", for MaxSessions as well
  return error.reason === undefined || error.reason === 1 ? 'policy' : 'failed'
}
