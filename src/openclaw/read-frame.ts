import { type GatewayFrame, parseFrame, typeFrame } from './gateway-frames.ts'
import { ParserBusy, parseThread, SMALL_BYTES } from './parse-thread.ts'
import { keptOf } from './session-rows.ts'
import { DEEPEST, isTooDeep } from './untrusted-json.ts'

/** The largest answer that is taken. */
const ANSWER_BYTES = 2 * 1024 * 1024
const HEAD_BYTES = 256
const ANSWER_HEAD = /^\{"type":"res","id":"([^"\\]{1,64})"/

/**
 * What became of a message: a frame, an answer that is for a thread to parse, one that is too large to be taken, or
 * nothing that anyone waits for.
 */
export type ReadFrame =
  | GatewayFrame
  | { type: 'large'; id: string }
  | { type: 'too-large'; id: string; bytes: number }
  | { type: 'dropped' }

/**
 * Reads one message. Size and depth are looked at before it is parsed; more than any event or small answer of a gateway
 * must be an answer that we wait for.
 * @param isAwaited whether an answer with this id is waited for
 * @returns null for what is no frame of a gateway
 */
export function readFrame(bytes: Buffer, isAwaited: (id: string) => boolean): ReadFrame | null {
  if (bytes.length > SMALL_BYTES) {
    const id = ANSWER_HEAD.exec(bytes.toString('latin1', 0, HEAD_BYTES))?.[1]
    if (id === undefined || !isAwaited(id)) return { type: 'dropped' }
    if (bytes.length > ANSWER_BYTES) return { type: 'too-large', id, bytes: ANSWER_BYTES }
    return { type: 'large', id }
  }
  return isTooDeep(bytes, DEEPEST) ? null : parseFrame(bytes.toString())
}

/**
 * Parses an answer that {@link readFrame} called large, in a thread.
 * @param method what was asked for; it says what of the answer is looked at
 * @returns null for what is no frame of a gateway; `busy` when too much waits to be parsed
 */
export async function readLargeFrame(bytes: Buffer, method: string): Promise<GatewayFrame | 'busy' | null> {
  try {
    return typeFrame(await parseThread.parse(bytes, keptOf(method)))
  } catch (error) {
    return error instanceof ParserBusy ? 'busy' : null
  }
}
