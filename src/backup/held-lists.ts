import { Latest } from '../base/latest.ts'
import type { Content, Entry } from './manifest.ts'

/** More lists are hardly held at once. */
const MOST_HELD = 64

/**
 * Lists that somebody has in memory as a whole, by their hash, for as long as he has: whoever reads one of them compares its bytes,
 * but need not take them apart once more.
 */
export class HeldLists {
  readonly #held = new Latest<string, WeakRef<readonly Entry[]>>(MOST_HELD)

  hold({ sha256 }: Pick<Content, 'sha256'>, entries: readonly Entry[]): void {
    this.#held.set(sha256, new WeakRef(entries))
  }

  of({ sha256 }: Pick<Content, 'sha256'>): readonly Entry[] | null {
    return this.#held.get(sha256)?.deref() ?? null
  }
}
