import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { readableLogLine } from '../logs.ts'
import type { NodeLink } from '../ports.ts'

const tailSchema = z.looseObject({
  file: z.string().nullish(),
  cursor: z.number().nullish(),
  lines: z.array(z.string()).catch([]),
})

/** What `logs.tail` answered, with its JSON lines made readable. */
export interface GatewayLogTail {
  file: string | null
  /** Pass it to the next call to get only what came after. */
  cursor: number | null
  lines: string[]
}

/** Types the answer of the `logs.tail` method; null when it has another shape. */
export function parseLogTail(payload: unknown): GatewayLogTail | null {
  const parsed = tailSchema.safeParse(payload)
  if (!parsed.success) return null
  const { file, cursor, lines } = parsed.data
  return { file: file ?? null, cursor: cursor ?? null, lines: lines.map(readableLogLine) }
}

/**
 * The last lines of the log that the gateway hands out; null when it cannot be asked.
 * @throws OperatorError cancelled
 */
export async function readGatewayLog(
  link: Pick<NodeLink, 'rpc'>,
  lines: number,
  limits: CallLimits,
): Promise<string[] | null> {
  try {
    const answer = await link.rpc('logs.tail', { limit: lines }, limits)
    return parseLogTail(answer.payload)?.lines ?? null
  } catch (error) {
    if (error instanceof OperatorError && error.code !== 'cancelled') return null
    throw error
  }
}
