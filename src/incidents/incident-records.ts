import { z } from 'zod'
import { defineCollection, type Store, type Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import { type Delivery, deliveries, deliveryKey, deliverySchema } from './deliveries.ts'
import {
  countersSchema,
  digestSchema,
  incidentSchema,
  incidentStateSchema,
  muteSchema,
  watchSchema,
} from './incident.ts'
import { COUNTERS, muteKey } from './incident-book.ts'

/** By id. */
export const incidents = defineCollection({ name: 'incident', schema: incidentSchema })
/** By id. */
export const digests = defineCollection({ name: 'incident-digest', schema: digestSchema })
/** By the key of the signal. */
export const watches = defineCollection({ name: 'incident-watch', schema: watchSchema })
/** One for each scope. */
export const mutes = defineCollection({ name: 'alert-mute', schema: muteSchema })
/** Only one. */
export const counters = defineCollection({ name: 'incident-counters', schema: countersSchema })

const formerDeliverySchema = deliverySchema.omit({ told: true }).extend({ timeline: z.int() })
const formerSchema = incidentStateSchema.extend({
  incidents: z.array(incidentSchema.extend({ delivery: formerDeliverySchema })),
  digests: z.array(incidentStateSchema.shape.digests.element.extend({ delivery: formerDeliverySchema })),
})

/** The incidents of the time before the store. They had one channel; `channel` is its name. */
export function formerIncidents(store: Store, channel: string): FormerFile {
  return { name: 'incidents.json', kind: 'file', store, writes: (text) => writesOf(text, channel) }
}

function writesOf(text: string, channel: string): ((tx: Transaction) => void)[] {
  const former = formerSchema.parse(JSON.parse(text))
  const lists = new Map<string, string[]>()
  for (const { id, members } of former.digests)
    for (const member of new Set(members)) lists.set(member, [...(lists.get(member) ?? []), id])
  const delivered = (id: string, { timeline, ...delivery }: z.infer<typeof formerDeliverySchema>) => {
    const now: Delivery = { ...delivery, told: timeline }
    return (tx: Transaction) => tx.put(deliveries, deliveryKey(channel, id), now)
  }
  const { nextNumber, posts, steppedAt } = former
  return [
    (tx) => tx.put(counters, COUNTERS, { nextNumber, posts, steppedAt }),
    ...former.mutes.map((mute) => (tx: Transaction) => tx.put(mutes, muteKey(mute), mute)),
    ...Object.entries(former.watches).map(
      ([key, watch]) =>
        (tx: Transaction) =>
          tx.put(watches, key, watch),
    ),
    ...former.digests.flatMap(({ delivery, members: _, ...digest }) => [
      (tx: Transaction) => tx.put(digests, digest.id, digest),
      delivered(digest.id, delivery),
    ]),
    ...former.incidents.flatMap(({ delivery, ...incident }) => {
      const record = { ...incident, digestIds: lists.get(incident.id) ?? [] }
      return [
        (tx: Transaction) => tx.put(incidents, incident.id, record),
        ...(incident.place === 'own' ? [delivered(incident.id, delivery)] : []),
      ]
    }),
  ]
}
