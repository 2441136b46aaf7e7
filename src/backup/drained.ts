interface Draining {
  destroyed: boolean
  on(event: 'drain' | 'close', listener: () => void): unknown
  off(event: 'drain' | 'close', listener: () => void): unknown
}

/** Waits until a stream takes more, or is over. */
export function drained(stream: Draining): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed) return resolve()
    const go = () => {
      stream.off('drain', go)
      stream.off('close', go)
      resolve()
    }
    stream.on('drain', go)
    stream.on('close', go)
  })
}
