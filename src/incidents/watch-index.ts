import { nodeOfKey } from '../monitor/signal.ts'

const NONE: ReadonlySet<string> = new Set()

/** The keys of watches by node. */
export class WatchIndex {
  readonly #byNode = new Map<string | null, Set<string>>()

  on(nodeId: string): ReadonlySet<string> {
    return this.#byNode.get(nodeId) ?? NONE
  }

  /** Takes in that a watch is there now, or gone. */
  moved(key: string, exists: boolean): void {
    const nodeId = nodeOfKey(key)
    const keys = this.#byNode.get(nodeId)
    if (!exists) {
      if (keys?.delete(key) && keys.size === 0) this.#byNode.delete(nodeId)
    } else if (keys === undefined) this.#byNode.set(nodeId, new Set([key]))
    else keys.add(key)
  }
}
