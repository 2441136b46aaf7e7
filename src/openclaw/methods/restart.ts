import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import { fresh, type Reading, unknown } from '../../base/reading.ts'
import type { CallLimits } from '../../ssh/call.ts'
import type { NodeLink } from '../ports.ts'
import { type Answered, answerTo } from './answered.ts'

/** What `gateway.restart.preflight` said (from 2026.5.12 on). */
export interface RestartPreflight {
  safe: boolean
  /** Every kind of work that is not zero. */
  work: { kind: string; count: number }[]
  /** All work together. */
  total: number
  blockers: string[]
}

const preflightSchema = z.looseObject({
  safe: z.boolean(),
  counts: z.record(z.string(), z.unknown()).catch({}),
  blockers: z.array(z.unknown()).catch([]),
})

/** Types the answer of `gateway.restart.preflight`; null when it has another shape. */
export function parseRestartPreflight(payload: unknown): RestartPreflight | null {
  const parsed = preflightSchema.safeParse(payload)
  if (!parsed.success) return null
  const counts = Object.entries(parsed.data.counts).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
  )
  const work = counts.filter(([kind]) => kind !== 'totalActive').map(([kind, count]) => ({ kind, count }))
  const sum = work.reduce((total, { count }) => total + count, 0)
  return {
    safe: parsed.data.safe,
    work,
    total: counts.find(([kind]) => kind === 'totalActive')?.[1] ?? sum,
    blockers: parsed.data.blockers.map((blocker) =>
      (typeof blocker === 'string' ? blocker : JSON.stringify(blocker)).slice(0, 200),
    ),
  }
}

/**
 * What a restart would interrupt, as the gateway counts it. Unknown with `not-supported` where the gateway cannot say
 * when it is idle (before 2026.5.12).
 * @throws OperatorError as {@link NodeLink.rpc}, gateway-protocol
 */
export async function readPreflight(
  link: Pick<NodeLink, 'rpc' | 'hello' | 'nodeId'>,
  now: number,
  limits: CallLimits,
): Promise<Reading<RestartPreflight>> {
  const hello = await link.hello(limits)
  if (!hello.methods.has('gateway.restart.preflight')) return unknown({ code: 'not-supported' }, now, 'rpc')
  const answer = await link.rpc('gateway.restart.preflight', {}, limits)
  const preflight = parseRestartPreflight(answer.payload)
  if (!preflight) throw new OperatorError('gateway-protocol', { node: link.nodeId })
  return fresh(preflight, answer.source, now)
}

/** Whether the gateway offers to restart itself (from 2026.5.12 on). @throws OperatorError as {@link NodeLink.hello} */
export async function canRestartItself(link: Pick<NodeLink, 'hello'>, limits: CallLimits): Promise<boolean> {
  return (await link.hello(limits)).methods.has('gateway.restart.request')
}

/** `coalesced`: a restart that somebody else asked for is under way already. */
const UNDER_WAY = new Set(['scheduled', 'coalesced'])
const replySchema = z.looseObject({ status: z.string().optional() })

/**
 * Has the gateway restart itself now, whatever it is doing (from 2026.5.12 on). The connection ends with it, possibly
 * before the answer.
 * @throws OperatorError gateway-refused when it will not, and when nothing was sent
 */
export async function requestRestart(
  link: Pick<NodeLink, 'rpc' | 'nodeId'>,
  reason: string,
  limits: CallLimits,
): Promise<void> {
  const params = { reason, skipDeferral: true }
  const said: Answered<unknown> = await answerTo(
    link.rpc('gateway.restart.request', params, limits).then(({ payload }) => payload),
  )
  if (!said.answered) return
  const { status = '?' } = replySchema.safeParse(said.answer).data ?? {}
  if (!UNDER_WAY.has(status))
    throw new OperatorError('gateway-refused', {
      node: link.nodeId,
      method: 'gateway.restart.request',
      code: status,
    })
}
