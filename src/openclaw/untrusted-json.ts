/** Deeper than anything that OpenClaw says. */
export const DEEPEST = 64

/**
 * Parses JSON that came from a node. Depth is looked at first: eight megabytes of brackets stop the event loop for seconds.
 * @throws SyntaxError
 */
export function parseUntrusted(text: string): unknown {
  if (isTooDeep(Buffer.from(text), DEEPEST)) throw new SyntaxError('nested too deep')
  return JSON.parse(text)
}

/**
 * Whether a JSON text nests deeper than anything that OpenClaw says. Uses nothing outside of itself: its text also runs
 * in the thread that parses what is large.
 */
export function isTooDeep(bytes: Uint8Array, deepest: number): boolean {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case 0x22: {
        // Where the text ends is found by the engine's own search: most of a frame is text.
        for (let end = bytes.indexOf(0x22, at + 1); ; end = bytes.indexOf(0x22, end + 1)) {
          if (end < 0) return false
          let escapes = 0
          while (bytes[end - 1 - escapes] === 0x5c) escapes++
          if (escapes % 2 !== 0) continue
          at = end
          break
        }
        break
      }
      case 0x5b:
      case 0x7b:
        if (++depth > deepest) return true
        break
      case 0x5d:
      case 0x7d:
        depth--
    }
  }
  return false
}
