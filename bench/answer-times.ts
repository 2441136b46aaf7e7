import { subscribe } from 'node:diagnostics_channel'
import { type Client, Events } from 'discord.js'

const CALLBACK = /\/interactions\/(\d+)\//

/**
 * The bot's own part of an answer: from the moment when discord.js hands an interaction's frame over until the request
 * with the first answer is written to its socket. Returns a list that grows; milliseconds.
 */
export function timeAnswers(client: Client): readonly number[] {
  const arrived = new Map<string, number>()
  const times: number[] = []
  client.on(Events.Raw, ({ t, d }: { t: string | null; d: { id: string } }) => {
    if (t === 'INTERACTION_CREATE') arrived.set(d.id, performance.now())
  })
  subscribe('undici:client:sendHeaders', (message) => {
    const { path } = (message as { request: { path: string } }).request
    const id = CALLBACK.exec(path)?.[1] ?? ''
    const at = arrived.get(id)
    arrived.delete(id)
    if (at !== undefined) times.push(performance.now() - at)
  })
  return times
}
