import { describe, expect, it } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { tryTurn } from '../../src/openclaw/methods/turn.ts'
import type { GatewayEvent, NodeLink } from '../../src/openclaw/ports.ts'

const METHODS = ['chat.send', 'chat.abort', 'sessions.list', 'sessions.delete']

interface Gateway {
  methods?: string[]
  /** The end that is told of, and the row of the session then. */
  end?: object
  row?: object
  deletes?: boolean
  refuses?: string
}

/** A gateway that has one session, once something was said in it. */
function gatewayWith({ methods = METHODS, end, row = {}, deletes = true, refuses }: Gateway) {
  const calls: { method: string; params: Record<string, unknown> }[] = []
  let key: string | null = null
  let tell: (event: GatewayEvent) => void = () => {}
  const answer = (method: string, params: Record<string, unknown>) => {
    if (method === 'chat.send') {
      key = String(params.sessionKey)
      const payload = { sessionKey: key, runId: params.idempotencyKey, ...end }
      if (end) setTimeout(() => tell({ event: 'chat', payload }), 1)
    }
    if (method === 'sessions.delete' && deletes) key = null
    const own = { key, ...row }
    if (method === 'sessions.list')
      return { sessions: [{ key: 'agent:main:main' }, ...(key === null ? [] : [own])] }
    return { ok: true }
  }
  const link = {
    hello: async () => ({ methods: new Set(methods) }),
    events: (listener: typeof tell) => {
      tell = listener
      return () => {}
    },
    rpc: async (method: string, params: Record<string, unknown>) => {
      calls.push({ method, params })
      if (method === refuses)
        throw new OperatorError('gateway-refused', { node: 'n', code: 'INVALID_REQUEST' }, { detail: 'no' })
      return { payload: answer(method, params), source: 'rpc', tookMs: 0 }
    },
  } as unknown as NodeLink
  return { link, calls }
}

const within = { clock: systemClock, forMs: 200 }
const said = (text: string) => ({ state: 'final', message: { content: [{ text }] } })

describe('a turn that is tried', () => {
  it('has answered when its row says that a model did, and reaches no channel', async () => {
    const { link, calls } = gatewayWith({ end: said('OK'), row: { outputTokens: 12 } })
    expect(await tryTurn(link, 'main', within)).toEqual({ seen: 'answered', left: null })
    expect(calls[0]).toMatchObject({ method: 'chat.send', params: { deliver: false } })
    const keys = calls.flatMap(({ params }) => params.sessionKey ?? params.key ?? [])
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^agent:main:ocm-check-[0-9a-f]{8}$/)
  })

  it('has not answered when OpenClaw alone has spoken', { timeout: 20_000 }, async () => {
    const { link } = gatewayWith({ end: said('⚠️ Agent failed before reply: the provider is down') })
    expect(await tryTurn(link, 'main', within)).toMatchObject({ seen: 'failed', left: null })
  })

  it.each([
    ['failed', { state: 'error', errorMessage: 'LLM request failed' }, {}],
    ['failed', said(' '), { status: 'done' }],
    ['failed', said('it went wrong'), { status: 'failed', outputTokens: 3 }],
    ['no-key', { state: 'error', errorMessage: 'No API key found for provider "anthropic".' }, {}],
  ])('is %s after %j', async (seen, end, row) => {
    expect(await tryTurn(gatewayWith({ end, row }).link, 'main', within)).toMatchObject({ seen, left: null })
  })

  it('is silent when nothing is heard of it, and is ended and removed', async () => {
    const { link, calls } = gatewayWith({})
    expect(await tryTurn(link, 'main', within)).toMatchObject({ seen: 'silent', left: null })
    expect(calls.map(({ method }) => method)).toEqual([
      ...['chat.send', 'sessions.list', 'chat.abort', 'sessions.delete', 'sessions.list'],
    ])
  })

  it('names its session where that stays', async () => {
    const { link } = gatewayWith({ end: said('OK'), row: { outputTokens: 1 }, deletes: false })
    const { left } = await tryTurn(link, 'main', within)
    expect(left).toMatch(/^agent:main:ocm-check-/)
  })

  it('is not run where a gateway does not offer what it takes', async () => {
    const { link, calls } = gatewayWith({ methods: ['chat.send', 'sessions.list'] })
    expect(await tryTurn(link, 'main', within)).toEqual({ seen: 'not-offered', left: null })
    expect(calls).toEqual([])
  })

  it('has failed when it is refused', async () => {
    const { link } = gatewayWith({ refuses: 'chat.send' })
    expect(await tryTurn(link, 'main', within)).toEqual({ seen: 'failed', text: 'no', left: null })
  })
})
