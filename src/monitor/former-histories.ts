import { z } from 'zod'
import type { Store, Transaction } from '../store/store.ts'
import type { FormerFile } from '../store/take-over.ts'
import { Curve, curves } from './curve.ts'
import { sessionHistorySchema } from './history.ts'

const fileSchema = z.strictObject({
  version: z.literal(1),
  nodes: z.record(z.string(), z.record(z.string(), z.unknown())),
})

/** The curves of the time before the store. A curve that does not fit is left behind. */
export function formerHistories(store: Store): FormerFile {
  return {
    name: 'histories.json',
    kind: 'file',
    store,
    writes(text) {
      const { nodes } = fileSchema.parse(JSON.parse(text))
      return Object.entries(nodes).flatMap(([nodeId, sessions]) =>
        Object.entries(sessions).map(([key, value]) => (tx: Transaction) => {
          const { success, data } = sessionHistorySchema.safeParse(value)
          if (success) tx.put(curves, `${nodeId}/${key}`, Curve.of(data).packed())
        }),
      )
    },
  }
}
