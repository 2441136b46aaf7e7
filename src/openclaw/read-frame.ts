import { type GatewayFrame, parseFrame } from './gateway-frames.ts'

/** More than any event or small answer of a gateway; what is larger must be an answer that we wait for. */
const SMALL_BYTES = 256 * 1024
/** Parsed in one piece on the event loop, so this is what bounds its longest stop. */
const ANSWER_BYTES = 2 * 1024 * 1024
/** Deeper than anything a gateway says. */
const DEEPEST = 64
const HEAD_BYTES = 256
const ANSWER_HEAD = /^\{"type":"res","id":"([^"\\]{1,64})"/

/** What became of a message: a frame, an answer that is too large to be taken, or nothing that anyone waits for. */
export type ReadFrame = GatewayFrame | { type: 'too-large'; id: string; bytes: number } | { type: 'dropped' }

/**
 * Reads one message. Size and depth are looked at before it is parsed: eight megabytes of brackets stop the event loop for
 * seconds.
 * @param isAwaited whether an answer with this id is waited for
 * @returns null for what is no frame of a gateway
 */
export function readFrame(bytes: Buffer, isAwaited: (id: string) => boolean): ReadFrame | null {
  if (bytes.length > SMALL_BYTES) {
    const id = ANSWER_HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES))?.[1]
    if (id === undefined || !isAwaited(id)) return { type: 'dropped' }
    if (bytes.length > ANSWER_BYTES) return { type: 'too-large', id, bytes: ANSWER_BYTES }
  }
  return isTooDeep(bytes) ? null : parseFrame(bytes.toString())
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Whether a JSON text nests deeper than anything a gateway says. */
export function isTooDeep(bytes: Buffer): boolean {
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfText(bytes, at)
        break
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > DEEPEST) return true
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
    }
  }
  return false
}

/** Where the text that begins at `from` ends, found by the engine's own search: most of a frame is text. */
function endOfText(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++
    if (escapes % 2 === 0) return at
  }
  return bytes.length
}
