import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Log } from '../base/log.ts'
import { type Exchange, headersOf, isHead } from './exchange.ts'

/** An answer that goes on: what its reader is sent, as long as they are there. */
export interface EventStream {
  /** Whether its reader has gone. */
  readonly aborted: boolean
  /** Hands bytes on. Null when they were taken at once; else resolves once the reader has taken what is kept for it, or is gone. */
  write(bytes: Uint8Array): Promise<void> | null
  /** Calls back when its reader goes. */
  onAbort(listener: () => void): void
  /** Ends the connection of a reader that takes nothing. */
  cut(): void
}

/** Who asks for the head alone is sent nothing else. */
const GONE: EventStream = { aborted: true, write: () => null, onAbort() {}, cut() {} }

/**
 * Answers with server-sent events (HTML standard, section 9.2) for as long as `send` takes. They go to the connection as they
 * are: through a body of the web's kind each of them costs more than to make it, and a hundred readers are sent every change.
 */
export function streamEvents(c: Exchange, log: Log, send: (stream: EventStream) => Promise<void>): Response {
  const { outgoing } = c.env
  c.header('X-Accel-Buffering', 'no')
  c.header('Content-Type', 'text/event-stream')
  const run = (stream: EventStream) =>
    send(stream).catch((error: unknown) => log.error({ err: error }, 'a stream broke'))
  if (isHead(c)) {
    void run(GONE)
    return c.body(null, 200)
  }
  outgoing.writeHead(200, headersOf(c, 200))
  outgoing.flushHeaders()
  void run(streamTo(outgoing)).finally(() => outgoing.end())
  return RESPONSE_ALREADY_SENT
}

function streamTo(outgoing: Exchange['env']['outgoing']): EventStream {
  const gone = new Set<() => void>()
  let aborted = outgoing.destroyed
  outgoing.once('close', () => {
    aborted = true
    for (const listener of gone) listener()
  })
  return {
    get aborted() {
      return aborted
    },
    write(bytes) {
      if (aborted || outgoing.write(bytes)) return null
      return new Promise((resolve) => {
        const taken = () => {
          gone.delete(taken)
          outgoing.off('drain', taken)
          resolve()
        }
        gone.add(taken)
        outgoing.once('drain', taken)
      })
    },
    onAbort: (listener) => void gone.add(listener),
    cut: () => void outgoing.destroy(),
  }
}
