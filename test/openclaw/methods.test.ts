import { afterEach, describe, expect, it, test } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { takesParam } from '../../src/openclaw/methods/call-method.ts'
import { resetSession } from '../../src/openclaw/methods/sessions.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import { connectRecorded } from './connect-recorded.ts'
import { startRecordedGateway } from './recorded-gateway.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A gateway that knows exactly these parameters of `sessions.reset` and refuses every other as real ones do. */
async function gatewayKnowing(known: string[], refusal?: { message: string; details?: object }) {
  const gateway = await startRecordedGateway({
    version: '2026.9.6',
    reply({ method, params }) {
      if (method !== 'sessions.reset') return undefined
      const foreign = Object.keys(params).filter((name) => !known.includes(name))
      if (foreign.length > 0) {
        const problems = foreign.map((name) => `at root: unexpected property '${name}'`).join('; ')
        return { error: { code: 'INVALID_REQUEST', message: `invalid sessions.reset params: ${problems}` } }
      }
      if (refusal) return { error: { code: 'INVALID_REQUEST', ...refusal } }
      return { payload: { ok: true, key: params.key, entry: { sessionId: 's-2', totalTokens: 0 } } }
    },
  })
  cleanups.push(() => gateway.stop())
  const client = await connectRecorded(gateway)
  cleanups.push(() => client.close())
  const link: Pick<NodeLink, 'rpc'> = {
    async rpc<T>(method: string, params: object, limits: { deadlineMs: number }) {
      return { payload: (await client.call(method, params, limits)) as T, source: 'rpc', tookMs: 0 }
    },
  }
  const resets = () =>
    gateway.received.filter(({ method }) => method === 'sessions.reset').map(({ params }) => params)
  return { link, resets }
}

const REFUSING = ['2026.2.17', '2026.3.31', '2026.4.14', '2026.5.12', '2026.6.8', '2026.7.1', '2026.8.1']

describe('a parameter that not every version takes', () => {
  test.each(REFUSING)('is not sent to %s', async (version) => {
    const { link, resets } = await gatewayKnowing(['key', 'agentId', 'reason'])
    const stillSame = async () => {}
    expect(await resetSession(link, 'agent:main:main', { sessionId: 's-1', version, stillSame })).toEqual({
      answered: true,
      answer: 's-2',
    })
    expect(resets()).toEqual([{ key: 'agent:main:main' }])
  })

  it('is sent to a version that is known to take it', async () => {
    const { link, resets } = await gatewayKnowing(['key', 'reason', 'expectedSessionId'])
    const stillSame = async () => {}
    await resetSession(link, 'agent:main:main', { sessionId: 's-1', version: '2026.9.6', stillSame })
    expect(resets()).toEqual([{ key: 'agent:main:main', expectedSessionId: 's-1' }])
  })

  test.each([null, 'dev', '2026.9.5'])('is not sent when the version is %s', (version) => {
    expect(takesParam(version, 'sessions.reset', 'expectedSessionId')).toBe(false)
  })

  it('is left out once when the gateway refuses it all the same, after another look', async () => {
    const { link, resets } = await gatewayKnowing(['key', 'reason'])
    let looks = 0
    const stillSame = async () => {
      looks += 1
    }
    const options = { sessionId: 's-1', version: '2026.12.1', stillSame }
    expect(await resetSession(link, 'agent:main:main', options)).toEqual({ answered: true, answer: 's-2' })
    expect(looks).toBe(1)
    expect(resets()).toEqual([
      { key: 'agent:main:main', expectedSessionId: 's-1' },
      { key: 'agent:main:main' },
    ])
  })

  it('is not left out when the look finds another conversation', async () => {
    const { link, resets } = await gatewayKnowing(['key'])
    const stillSame = async () => {
      throw new OperatorError('plan-changed', { operation: 'reset-session' })
    }
    const options = { sessionId: 's-1', version: '2026.12.1', stillSame }
    await expect(resetSession(link, 'agent:main:main', options)).rejects.toMatchObject({
      code: 'plan-changed',
    })
    expect(resets()).toHaveLength(1)
  })

  it('is not blamed for a refusal that names a parameter which every version takes', async () => {
    const { link, resets } = await gatewayKnowing(['reason', 'expectedSessionId'])
    const stillSame = async () => {}
    const options = { sessionId: 's-1', version: '2026.9.6', stillSame }
    await expect(resetSession(link, 'agent:main:main', options)).rejects.toMatchObject({
      code: 'gateway-refused',
    })
    expect(resets()).toHaveLength(1)
  })
})

test('a guard that refuses is a plan that changed', async () => {
  const { link } = await gatewayKnowing(['key', 'expectedSessionId'], {
    message: 'Session agent:main:main changed before reset. Retry.',
    details: { reason: 'session-changed' },
  })
  const options = { sessionId: 's-1', version: '2026.9.6', stillSame: async () => {} }
  await expect(resetSession(link, 'agent:main:main', options)).rejects.toMatchObject({ code: 'plan-changed' })
})
