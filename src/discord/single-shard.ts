import { setTimeout as pause } from 'node:timers/promises'
import { SimpleShardingStrategy } from 'discord.js'
import type { WebSocket } from 'ws'

/** The manager of `@discordjs/ws`, which discord.js exports under a name that it uses twice. */
export type ShardManager = ConstructorParameters<typeof SimpleShardingStrategy>[0]

/** How long Discord may take to answer a goodbye. */
const GOODBYE_MS = 1_000

/**
 * The one connection of a session, which can be ended for good. `@discordjs/ws` 1.2.3 alone cannot: in the
 * half second before it connects again it counts as idle, so that `destroy` does nothing; a socket that is still
 * connecting is left behind, and its error then has no listener; and a goodbye is waited for without a limit. Each
 * abandoned client would go on identifying by itself.
 */
export class SingleShard extends SimpleShardingStrategy {
  #over = false

  constructor(manager: ShardManager) {
    super(manager)
    const { options } = manager
    const retrieve = options.retrieveSessionInfo.bind(options)
    // Every connection begins with this question; one that is never answered never begins.
    options.retrieveSessionInfo = (shardId) =>
      this.#over ? new Promise<never>(() => undefined) : retrieve(shardId)
  }

  /** Ends for good. Resolves within about a second, whatever Discord does. */
  async retire(): Promise<void> {
    this.#over = true
    const sockets = this.#sockets()
    const grace = new AbortController()
    const goodbye = this.destroy({ reason: 'ended' }).catch(() => undefined)
    const limit = pause(GOODBYE_MS, undefined, { signal: grace.signal }).catch(() => undefined)
    await Promise.race([goodbye, limit])
    grace.abort()
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      socket.terminate()
    }
  }

  /** The sockets of the shards, which `@discordjs/ws` keeps to itself. */
  #sockets(): WebSocket[] {
    const shards: unknown = Reflect.get(this, 'shards')
    if (!(shards instanceof Map)) return []
    return [...shards.values()].flatMap((shard: object) => {
      const socket: WebSocket | null = Reflect.get(shard, 'connection')
      return socket ? [socket] : []
    })
  }
}
