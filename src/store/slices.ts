import { setImmediate as nextTurn } from 'node:timers/promises'
import { monotonicMs } from '../base/clock.ts'
import type { Store, Transaction } from './store.ts'

/** How long one transaction works before the event loop gets its turn. */
const SLICE_MS = 5

/**
 * Works through many items in transactions of a few milliseconds each, with a turn of the event loop between them. A
 * failure keeps the slices before it.
 * @throws what `write` or the store throws
 */
export async function inSlices<T>(
  store: Pick<Store, 'transaction'>,
  items: readonly T[],
  write: (tx: Transaction, item: T) => void,
): Promise<void> {
  let done = 0
  while (done < items.length) {
    const from = done
    done = await store.transaction((tx) => {
      const until = monotonicMs() + SLICE_MS
      let index = from
      do write(tx, items[index++] as T)
      while (index < items.length && monotonicMs() < until)
      return index
    })
    await nextTurn()
  }
}
