import { setMaxListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { createConnector } from '../../src/ssh/connector.ts'
import { createDeadlines } from '../../src/ssh/deadlines.ts'
import { unreachable } from '../../src/ssh/dial.ts'
import { createFakeClock } from '../support/fake-clock.ts'

const targetOf = (nodeId: string) => ({
  nodeId,
  host: `${nodeId}.example`,
  port: 22,
  user: 'u',
  hostKeys: [],
})

describe('connecting', () => {
  it('dials a host at once, however many silent ones are being dialed', async () => {
    const dialed: string[] = []
    const ended = new AbortController()
    setMaxListeners(0, ended.signal)
    const connector = createConnector({
      identities: () => ({ offer: async () => ({ key: null, agent: null, more: false }) }) as never,
      deadlines: createDeadlines(createFakeClock()),
      jump: () => Promise.reject(new Error('no jump')),
      dial: (node, _host, _port, signal) => {
        dialed.push(node)
        if (node === 'refusing') return Promise.reject(unreachable(node, 'connect-refused'))
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(unreachable(node, 'connect-timeout')), { once: true })
        })
      },
      parallelConnects: 2,
      keepaliveIntervalMs: 10_000,
      keepaliveCountMax: 2,
    })
    const silent = Array.from({ length: 50 }, (_, index) =>
      connector.connect(targetOf(`silent-${index}`), 3_000, ended.signal).catch((error: unknown) => error),
    )
    await expect(connector.connect(targetOf('refusing'), 3_000, ended.signal)).rejects.toMatchObject({
      params: { reason: 'connect-refused' },
    })
    expect(dialed).toHaveLength(51)
    ended.abort(new OperatorError('cancelled', {}))
    await Promise.all(silent)
  })
})
