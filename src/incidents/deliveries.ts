import { z } from 'zod'
import { openMirror } from '../store/mirror.ts'
import { defineCollection, type Store } from '../store/store.ts'

/** What a channel has of an incident or a digest; everything else is to be sent. */
export const deliverySchema = z.strictObject({
  channelId: z.string().nullable(),
  messageId: z.string().nullable(),
  threadId: z.string().nullable(),
  /** The revision that the message shows; 0 for none. */
  revision: z.int(),
  /** How many timeline entries, counted from the first there ever was, the thread holds. */
  told: z.int(),
  /** Epoch milliseconds at which a first post was begun whose answer was never seen: look for the message first. */
  postingSince: z.number().nullable(),
  /** It was put into the channel again: deleted by hand, or because it took no more edits. */
  reposted: z.boolean(),
  /** It was deleted by hand once and came back. Earlier versions counted only what came back. */
  deleted: z.boolean().default(false),
})

export type Delivery = z.infer<typeof deliverySchema>

/** One record for each channel and target, under `channel/id`. */
export const deliveries = defineCollection({ name: 'delivery', schema: deliverySchema, maxCharacters: 4_096 })

/** The key of what a channel has of an incident or a digest. */
export function deliveryKey(channel: string, id: string): string {
  return `${channel}/${id}`
}

/** A message that is not there yet. */
export function nothingDelivered(): Delivery {
  return {
    channelId: null,
    messageId: null,
    threadId: null,
    revision: 0,
    told: 0,
    postingSince: null,
    reposted: false,
    deleted: false,
  }
}

/** What one channel has shown so far; on the disk before anybody acts on it. */
export interface ChannelDeliveries {
  of(id: string): Delivery
  /** Everything that the channel has something of. */
  ids(): string[]
  /** Writes down what changed. @throws what the store throws */
  note(id: string, changes: Partial<Delivery>): Promise<void>
  /** There is nothing left to show. @throws what the store throws */
  forget(id: string): Promise<void>
}

/** What all channels have shown. */
export interface DeliveriesPort {
  /** Whether every channel that has something of it shows this revision, and one does. */
  isShown(id: string, revision: number): boolean
  /** The part of one channel. */
  channel(name: string): ChannelDeliveries
}

/** The deliveries in memory and in the store. */
export async function openDeliveries(store: Store): Promise<DeliveriesPort & { close(): Promise<void> }> {
  const mirror = await openMirror(store, deliveries)
  const byId = new Map<string, Map<string, Delivery>>()
  const take = (key: string, delivery: Delivery | null) => {
    const cut = key.indexOf('/')
    const [channel, id] = [key.slice(0, cut), key.slice(cut + 1)]
    const known = byId.get(id) ?? new Map<string, Delivery>()
    if (delivery) known.set(channel, delivery)
    else known.delete(channel)
    if (known.size > 0) byId.set(id, known)
    else byId.delete(id)
  }
  for (const [key, delivery] of mirror.entries()) take(key, delivery)
  const unsubscribe = mirror.onChange(({ put, deleted, partial }) => {
    if (!partial) byId.clear()
    for (const { key, value } of put) take(key, value)
    for (const key of deleted) take(key, null)
  })
  return {
    isShown(id, revision) {
      const shown = byId.get(id)
      return shown !== undefined && [...shown.values()].every((delivery) => delivery.revision >= revision)
    },
    channel: (name) => ({
      of: (id) => byId.get(id)?.get(name) ?? nothingDelivered(),
      ids: () => [...byId].flatMap(([id, channels]) => (channels.has(name) ? [id] : [])),
      note: (id, changes) =>
        store.transaction((tx) => {
          const before = tx.get(deliveries, deliveryKey(name, id)) ?? nothingDelivered()
          tx.put(deliveries, deliveryKey(name, id), { ...before, ...changes })
        }),
      forget: (id) => store.delete(deliveries, deliveryKey(name, id)),
    }),
    async close() {
      unsubscribe()
      mirror.close()
    },
  }
}
