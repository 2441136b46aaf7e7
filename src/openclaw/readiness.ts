import { request } from 'node:http'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { withDeadline } from './deadline.ts'
import { optionalCount } from './optional-fields.ts'

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

const BODY_BYTES = 64 * 1024

/** Asks a gateway over an open stream whether it is ready. The stream is used up. @throws OperatorError gateway-unreachable, deadline, cancelled */
export function readReadiness(
  stream: Duplex,
  nodeId: string,
  clock: Clock,
  limits: CallLimits,
): Promise<Readiness> {
  const dropped = (cause: unknown) =>
    new OperatorError('gateway-unreachable', { node: nodeId, reason: 'connection-lost' }, { cause })
  const work = () =>
    new Promise<Readiness>((resolve, reject) => {
      stream.on('error', (error) => reject(dropped(error)))
      const call = request(
        {
          path: '/readyz',
          headers: { host: '127.0.0.1', connection: 'close' },
          createConnection: () => stream as never,
        },
        (response) => {
          const chunks: Buffer[] = []
          let bytes = 0
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length
            if (bytes <= BODY_BYTES) chunks.push(chunk)
            else finish()
          })
          response.on('end', finish)
          response.on('error', (error) => reject(dropped(error)))
          function finish() {
            resolve(parseReadiness(response.statusCode ?? 0, Buffer.concat(chunks).toString()))
          }
        },
      )
      call.on('error', (error) => reject(dropped(error)))
      call.end()
    })
  return withDeadline(clock, nodeId, limits, work).finally(() => stream.destroy())
}

/** Types an answer to GET /readyz (200, or 503 while not ready). */
export function parseReadiness(status: number, body: string): Readiness {
  try {
    const parsed = documentSchema.safeParse(JSON.parse(body))
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
