import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type OutsideWatch, openOutsideWatch } from '../../src/metrics/outside-watch.ts'
import { createHeartbeat } from '../../src/service/heartbeat.ts'
import { loadConfig } from '../../src/settings/config.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { keepLog } from '../support/log-keeper.ts'
import { until } from '../support/until.ts'

const SECRET = '2f1c7c1e-secret-of-the-check'
const PASS = { nodes: 1, reached: 1, tookMs: 5, blind: false }
const MINUTE = 60_000
const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** A service that waits for signs of life; answers with `status`. */
async function startService(): Promise<{
  url: string
  paths: string[]
  answer: { status: number }
  server: Server
}> {
  const paths: string[] = []
  const answer = { status: 200 }
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    response.writeHead(answer.status).end('OK')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/${SECRET}`, paths, answer, server }
}

async function watchOf(url: string, state: { connected: boolean; telling: boolean }) {
  const clock = createFakeClock()
  const { context } = createFakeContext([], clock)
  const log = keepLog()
  context.log = log
  const watch: OutsideWatch = openOutsideWatch({
    config: { metrics: null, heartbeatUrl: url, auditCopy: null },
    context,
    version: '0',
    connected: () => state.connected,
    telling: () => state.telling,
  })
  ends.push(() => watch.stop())
  return { clock, log, watch }
}

describe('the heartbeat', () => {
  it('follows a pass that could be told, and nothing else', async () => {
    const service = await startService()
    const state = { connected: false, telling: true }
    const { clock, watch } = await watchOf(service.url, state)
    watch.passed(PASS)
    state.connected = true
    state.telling = false
    watch.passed(PASS)
    await clock.advance(10 * MINUTE)
    expect(service.paths).toEqual([])
    state.telling = true
    watch.passed(PASS)
    await until(() => service.paths.length === 1)
    await clock.advance(10 * MINUTE)
    expect(service.paths).toEqual([`/${SECRET}`])
  })

  it('does not come more often than services take it', async () => {
    const service = await startService()
    const { clock, watch } = await watchOf(service.url, { connected: true, telling: true })
    for (let second = 0; second < 10; second += 1) {
      watch.passed(PASS)
      await clock.advance(1_000)
    }
    await until(() => service.paths.length === 1)
    await clock.advance(MINUTE)
    watch.passed(PASS)
    await until(() => service.paths.length === 2)
  })

  it('says once that it does not arrive, once that it does again, and never where to', async () => {
    const service = await startService()
    const { clock, log, watch } = await watchOf(service.url, { connected: true, telling: true })
    const beatUntil = async (holds: () => boolean) => {
      await until(() => {
        watch.passed(PASS)
        void clock.advance(MINUTE)
        return holds()
      })
    }
    service.answer.status = 503
    await beatUntil(() => service.paths.length >= 3)
    service.answer.status = 200
    await beatUntil(() => log.lines.some(({ message }) => /arrives again/.test(message)))
    const told = log.lines.map(({ level, message, fields }) => [level, message, fields.problem])
    expect(told).toEqual([
      ['warn', 'the heartbeat does not arrive', 'status 503'],
      ['info', 'the heartbeat arrives again', undefined],
    ])
    expect(JSON.stringify(log.lines)).not.toContain(SECRET)
  })

  it('names no address either when nobody listens there', async () => {
    const service = await startService()
    await new Promise((closed) => service.server.close(closed))
    const log = keepLog()
    const heartbeat = createHeartbeat(service.url, { clock: createFakeClock(), log })
    heartbeat.beat()
    await until(() => log.lines.length === 1)
    await heartbeat.stop()
    expect(log.lines[0]).toMatchObject({ level: 'warn', fields: { problem: 'ECONNREFUSED' } })
    expect(JSON.stringify(log.lines)).not.toContain(SECRET)
  })

  it('ends at once while the service hangs', async () => {
    const service = await startService()
    service.server.removeAllListeners('request')
    const asked = once(service.server, 'request')
    const log = keepLog()
    const heartbeat = createHeartbeat(service.url, { clock: createFakeClock(), log })
    heartbeat.beat()
    await asked
    await heartbeat.stop()
    expect(log.lines).toEqual([])
  })

  it('has an address that counts as a secret', () => {
    const config = loadConfig(
      { OCM_SSH_AGENT: 'none', OCM_HEARTBEAT_URL: `https://watch.example.org/${SECRET}` },
      { discord: 'optional' },
    )
    expect(config.secrets).toContain(config.watch.heartbeatUrl)
    expect(JSON.stringify({ ...config, secrets: [], watch: null })).not.toContain(SECRET)
  })
})
