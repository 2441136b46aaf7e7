import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAllowance } from '../../src/http/limits.ts'
import { operationNamed } from '../../src/http/offered.ts'
import { createRuns } from '../../src/http/runs.ts'
import { createHttpFace, type HttpFace } from '../../src/http/server.ts'
import { openConfirmations } from '../../src/operations/confirmations.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { actor } from '../support/fleet.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
let hasty: HttpFace
let port: number
beforeAll(async () => {
  stage = await startStage()
  const { context, store } = stage.sandbox.app.owned
  const confirmations = await openConfirmations(store, context)
  const config = { host: '127.0.0.1', port: 0, hosts: [], address: null }
  const parts = {
    config,
    context,
    confirmations,
    store,
    fallback: 'en' as const,
    version: '0',
    lookUp: async () => null,
  }
  hasty = createHttpFace({ ...parts, requestTimeoutMs: 200 })
  port = Number(new URL(await hasty.start()).port)
})
afterAll(async () => {
  await hasty.stop()
  await stage.close()
})

/** Everything that comes back until the connection is ended from there. */
async function answerTo(text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(text)
  let answer = ''
  for await (const part of socket) answer += part
  return answer
}

describe('a request that never comes to its end', () => {
  it('is given up, be it in its headers or in its body', async () => {
    expect(await answerTo('GET /api/ocm/nodes HTTP/1.1\r\nHost: localhost\r\n')).toMatch(/^HTTP\/1\.1 408 /)
    const token = await stage.token('admin')
    const head = `POST /api/ocm/operations/list-nodes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n`
    const answer = await answerTo(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/)
  })

  it('costs those that do come to theirs nothing', async () => {
    const idle = Array.from({ length: 50 }, () => connect(port, '127.0.0.1'))
    const answer = await answerTo(
      'GET /api/ocm/nodes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    )
    expect(answer).toMatch(/^HTTP\/1\.1 401 .*"code":"not-signed-in"/s)
    for (const socket of idle) socket.destroy()
  })
})

describe('a run that does not end when it is told to', () => {
  it('does not keep the program from ending, and is unknown afterwards', async () => {
    const { context, store } = stage.sandbox.app.owned
    const clock = createFakeClock()
    const parts = { store, context: { clock, log: context.log } }
    const runs = createRuns(parts)
    const who = { ...actor('admin'), id: 'deaf' }
    const operation = operationNamed('backup-node')
    await runs.begin(who, operation, { key: null, body: {} }, async ({ onWork }) => {
      await onWork('deaf-run')
      return new Promise(() => {})
    })
    const closed = runs.close()
    await clock.advance(60_000)
    await closed
    const late = runs.begin(who, operation, { key: null, body: {} }, () => Promise.reject(new Error('begun')))
    await expect(late).rejects.toMatchObject({ code: 'shutting-down' })
    const next = await createRuns(parts).get('deaf-run', who)
    expect(next.record.end).toMatchObject({ outcome: 'unknown', error: { code: 'run-interrupted' } })
  })
})

describe('an allowance', () => {
  it('is used up at once, comes back with time, and is each key its own', () => {
    const clock = createFakeClock()
    const allowance = createAllowance(clock, 2)
    expect([allowance.take('a'), allowance.take('a')]).toEqual([0, 0])
    expect(allowance.take('a')).toBe(30_000)
    expect(allowance.take('b')).toBe(0)
  })

  it('remembers no more keys than it has room for', () => {
    const allowance = createAllowance(createFakeClock(), 1)
    allowance.take('first')
    for (let index = 0; index < 10_000; index++) allowance.take(`stranger-${index}`)
    expect(allowance.take('first')).toBe(0)
  })
})
