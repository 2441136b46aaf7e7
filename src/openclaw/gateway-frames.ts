import { z } from 'zod'
import { OperatorError } from '../base/errors.ts'
import { redact } from '../base/redact.ts'
import { optionalStamp } from './optional-fields.ts'
import type { GatewayHello } from './ports.ts'

/** The largest frame that is taken, the gateway's own limit (policy.maxPayload of both versions). */
export const MAX_FRAME_BYTES = 26_214_400

/** The protocol versions this client speaks: 3 (OpenClaw 2026.2) to 4 (2026.5 and later). */
export const PROTOCOL = { min: 3, max: 4 } as const

/** Gateways take only names from a fixed list; this one is meant for programs. */
export const CLIENT = { id: 'gateway-client', mode: 'backend', role: 'operator' } as const

/** The rights ocm asks for: admin is needed for reset, compact, agents and restart. */
export const SCOPES = ['operator.read', 'operator.write', 'operator.admin'] as const

/** What a gateway asks to wait, or waits itself between two ticks, is at most this; a larger number means nothing. */
const LONGEST_WAIT_MS = 3_600_000

const errorSchema = z.looseObject({
  code: z.string().catch('UNKNOWN'),
  message: z.string().catch(''),
  details: z.record(z.string(), z.unknown()).optional().catch(undefined),
  retryable: z.boolean().optional().catch(undefined),
  retryAfterMs: z.number().min(0).max(LONGEST_WAIT_MS).optional().catch(undefined),
})

/** An error as a gateway spells it. */
export type GatewayError = z.infer<typeof errorSchema>

/** A frame from the gateway. */
export type GatewayFrame =
  | { type: 'event'; event: string; payload?: unknown }
  | { type: 'res'; id: string; ok: boolean; payload?: unknown; error?: GatewayError | undefined }

/** Types one received message; null for anything that is not an event or a response. */
export function parseFrame(text: string): GatewayFrame | null {
  try {
    return typeFrame(JSON.parse(text))
  } catch {
    return null
  }
}

/**
 * Types what a message was parsed to; null for anything that is not an event or a response. By hand: every look at every
 * node reads several frames, of which nothing but these fields is looked at here.
 */
export function typeFrame(value: unknown): GatewayFrame | null {
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  const { payload } = value as { payload?: unknown }
  if (value.type === 'event' && 'event' in value && typeof value.event === 'string')
    return { type: 'event', event: value.event, payload }
  if (value.type !== 'res' || !('id' in value) || !('ok' in value)) return null
  const { id, ok } = value
  if (typeof id !== 'string' || typeof ok !== 'boolean') return null
  if (ok || !('error' in value)) return { type: 'res', id, ok, payload }
  return { type: 'res', id, ok, payload, error: errorSchema.safeParse(value.error).data }
}

/** The challenge that a gateway opens with. */
export const challengeSchema = z.looseObject({ nonce: z.string().min(1).max(1_024), ts: optionalStamp })

const names = z.array(z.string()).catch([])

const helloSchema = z.looseObject({
  type: z.literal('hello-ok'),
  protocol: z.union([z.literal(3), z.literal(4)]),
  server: z.looseObject({ version: z.string().optional(), bootId: z.string().optional() }).catch({}),
  features: z.looseObject({ methods: names, events: names }).catch({ methods: [], events: [] }),
  snapshot: z.record(z.string(), z.unknown()).catch({}),
  auth: z.looseObject({ scopes: names }).catch({ scopes: [] }),
  policy: z
    .looseObject({ tickIntervalMs: z.number().min(1_000).max(LONGEST_WAIT_MS).catch(30_000) })
    .catch({ tickIntervalMs: 30_000 }),
})

/** Types the answer to connect; null when it is no hello of a known protocol. */
export function parseHello(payload: unknown): { hello: GatewayHello; tickIntervalMs: number } | null {
  const parsed = helloSchema.safeParse(payload)
  if (!parsed.success) return null
  const { protocol, server, features, snapshot, auth, policy } = parsed.data
  // 2026.2.17 from npm calls itself "dev": that is no version.
  const version = server.version === undefined || server.version === 'dev' ? null : server.version
  return {
    hello: {
      protocol,
      serverVersion: version,
      bootId: server.bootId ?? null,
      methods: new Set(features.methods),
      events: new Set(features.events),
      scopes: auth.scopes,
      snapshot,
    },
    tickIntervalMs: policy.tickIntervalMs,
  }
}

/**
 * Turns a refused connect into our error: gateway-auth-failed {node, code}, gateway-protocol {node, code}, or
 * gateway-unreachable {node, reason: gateway-starting, retryInMs} while the gateway is still starting.
 */
export function connectError(nodeId: string, error: GatewayError): OperatorError {
  const detail = { detail: capText(error.message) }
  const code = capCode(typeof error.details?.code === 'string' ? error.details.code : error.code)
  if (error.code === 'UNAVAILABLE') {
    const retryInMs = error.retryAfterMs ?? 1_000
    return new OperatorError(
      'gateway-unreachable',
      { node: nodeId, reason: 'gateway-starting', retryInMs },
      detail,
    )
  }
  if (error.message.includes('protocol mismatch') || error.details?.expectedProtocol !== undefined) {
    return new OperatorError('gateway-protocol', { node: nodeId, code }, detail)
  }
  if (
    error.code === 'NOT_PAIRED' ||
    /AUTH|DEVICE|PAIR|SCOPE/.test(code) ||
    /unauthori[sz]ed/i.test(error.message)
  ) {
    return new OperatorError('gateway-auth-failed', { node: nodeId, code }, detail)
  }
  return new OperatorError('gateway-protocol', { node: nodeId, code }, detail)
}

/** Turns a refused call into gateway-refused {node, method, code, reason?}; the gateway's words become the detail. */
export function callError(nodeId: string, method: string, error: GatewayError): OperatorError {
  const { details } = error
  const code = capCode(typeof details?.code === 'string' ? details.code : error.code)
  const reason = typeof details?.reason === 'string' ? { reason: capText(details.reason) } : {}
  const retry = error.retryAfterMs === undefined ? {} : { retryInMs: error.retryAfterMs }
  return new OperatorError(
    'gateway-refused',
    { node: nodeId, method, code, ...reason, ...retry },
    { detail: capText(error.message) },
  )
}

/** A gateway's code is a short word of capitals, or of small letters with hyphens. */
const CODE = /^(?:[A-Z\d_]{1,80}|(?=.{1,80}$)[a-z]+(?:[-_.][a-z]+)*)$/

/** The code of a refusal; what is no such word is not repeated: it may be anything, a secret too. */
function capCode(code: string): string {
  return CODE.test(code) ? redact(code).text : '***'
}

/** Remote words for an error's detail: secrets replaced, length bounded. */
function capText(text: string): string {
  const { text: clean } = redact(text.slice(0, 2_000))
  return clean.length > 500 ? `${clean.slice(0, 500)}…` : clean
}
