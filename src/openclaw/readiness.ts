import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { onAbort } from '../base/abort.ts'
import type { Reason } from '../base/reading.ts'
import { optionalCount } from './optional-fields.ts'
import { parseUntrusted } from './untrusted-json.ts'

/**
 * What GET /readyz said. `other`: an answer that is not OpenClaw's readiness document; 2026.2 answers the HTML of its
 * control page with 200 on every path, so a status code alone proves nothing.
 */
export type Readiness =
  | { kind: 'ready' | 'not-ready'; failing: string[]; uptimeMs: number | null }
  | { kind: 'other'; status: number }

const documentSchema = z.looseObject({
  ready: z.boolean(),
  failing: z.array(z.unknown()).catch([]),
  uptimeMs: optionalCount,
})

/** More than a readiness document has, and enough of a page to see that it is none. */
export const READINESS_BYTES = 64 * 1024

/** Of HTTP/1.0, so that the answer is as long as the connection and comes in one piece. */
export const READINESS_QUESTION = 'GET /readyz HTTP/1.0\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n'
const HEAD_END = '\r\n\r\n'

/**
 * Asks over an open stream, where a channel alone does not reach. The stream is used up, at the latest when the signal
 * ends.
 * @returns what came until the other side was done
 */
export async function askStream(stream: Duplex, question: string, signal: AbortSignal): Promise<Buffer> {
  const stop = onAbort(signal, () => stream.destroy())
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const chunks: Buffer[] = []
      let bytes = 0
      const finish = () => resolve(Buffer.concat(chunks))
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
        if (bytes > READINESS_BYTES) finish()
      })
      stream.on('end', finish)
      stream.on('error', reject)
      stream.on('close', finish)
      stream.write(question)
    })
  } finally {
    stop()
    stream.destroy()
  }
}

/**
 * What a gateway answered to {@link READINESS_QUESTION}. Two lines of HTTP are written and read here: every pass asks every
 * node, and Node's HTTP client costs as much as all the rest of a pass. Null when it is no answer at all.
 */
export function readinessOf(answer: string): Readiness | null {
  const head = answer.indexOf(HEAD_END)
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1]
  if (status === undefined || head < 0) return null
  return parseReadiness(Number(status), answer.slice(head + HEAD_END.length))
}

/** Types an answer to GET /readyz (200, or 503 while not ready). */
export function parseReadiness(status: number, body: string): Readiness {
  try {
    const parsed = documentSchema.safeParse(parseUntrusted(body))
    if (!parsed.success) return { kind: 'other', status }
    const { ready, failing, uptimeMs } = parsed.data
    return {
      kind: ready ? 'ready' : 'not-ready',
      failing: failing.map((name) => (typeof name === 'string' ? name : JSON.stringify(name)).slice(0, 100)),
      uptimeMs,
    }
  } catch {
    return { kind: 'other', status }
  }
}

/** Why a gateway that says it is not ready is not, as far as it says. */
export function notReady({ failing }: Extract<Readiness, { failing: string[] }>): Reason {
  return {
    code: 'gateway-not-ready',
    ...(failing.length === 0 ? {} : { params: { failing: failing.join(', ').slice(0, 200) } }),
  }
}
