/** The stream of the fleet: opened as early as possible, and heard as soon as there is somebody to hear it. */

const NAMES = ['open', 'error', 'hello', 'fleet', 'incidents', 'run', 'alive', 'signed-out']

/** Opens it. What comes before somebody hears is kept for them. */
export function openStream() {
  const source = new EventSource('/api/ocm/stream')
  const kept = []
  let take = (name, event) => kept.push([name, event])
  for (const name of NAMES) source.addEventListener(name, (event) => take(name, event))
  return {
    /** @param {(name: string, event: Event) => void} taker of everything so far and from now on */
    hear(taker) {
      take = taker
      for (const [name, event] of kept.splice(0)) taker(name, event)
    },
    /** Whether the browser has given it up, as it does where it was refused. */
    isOver: () => source.readyState === EventSource.CLOSED,
    close() {
      take = () => {}
      source.close()
    },
  }
}
