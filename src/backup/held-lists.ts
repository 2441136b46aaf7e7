import { Latest } from '../base/latest.ts'
import type { Content, Entry } from './manifest.ts'

/** More lists are hardly held at once. */
const MOST_HELD = 64

type Listed = Pick<Content, 'sha256' | 'size' | 'pieces'>

/**
 * Lists that somebody has in memory as a whole, by their hash, for as long as he has: whoever reads one of them compares its pieces,
 * but need not take them apart once more.
 */
export class HeldLists {
  readonly #held = new Latest<string, WeakRef<readonly Entry[]>>(MOST_HELD)

  hold(list: Listed, entries: readonly Entry[]): void {
    this.#held.set(keyOf(list), new WeakRef(entries))
  }

  of(list: Listed): readonly Entry[] | null {
    return this.#held.get(keyOf(list))?.deref() ?? null
  }
}

/** The same content may have been cut in another way. */
function keyOf({ sha256, size, pieces }: Listed): string {
  return [sha256, size, ...pieces].join()
}
