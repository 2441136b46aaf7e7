import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROUTES } from '../../src/http/routes.ts'
import { runRecords } from '../../src/http/run-records.ts'
import { operations } from '../../src/operations/index.ts'
import { revokeToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { actor } from '../support/fleet.ts'
import { until } from '../support/until.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
let admin: string
beforeAll(async () => {
  stage = await startStage()
  admin = await stage.token('admin')
})
afterAll(() => stage.close())

const problem = expect.objectContaining({ type: expect.any(String), next: expect.any(String) })

/** Waits for the end of a run as a program would. */
async function ended(location: string, token = admin) {
  for (;;) {
    const answer = await stage.ask('GET', `/${location}`, { token })
    if (answer.status !== 202) return answer
  }
}

describe('the routes', () => {
  it('have a decision for each operation and no other', () => {
    expect(Object.keys(ROUTES).sort()).toEqual(operations.map(({ name }) => name).sort())
  })

  it('are described by a document that a validator takes', async () => {
    const { json } = await stage.ask('GET', '/openapi.json', { token: admin })
    const { valid, errors } = await new Validator().validate(json)
    expect(errors ?? valid).toBe(true)
    expect(
      json.paths['/nodes/{id}/restart'].post.requestBody.content['application/json'].schema,
    ).toMatchObject({
      properties: { input: { properties: { drain: { type: 'boolean' } } } },
    })
    expect(json.components.schemas['list-nodes-result'].properties.rows.items.properties).toMatchObject({
      id: { type: 'string' },
      agents: {
        oneOf: [
          { properties: { value: { type: 'number' } } },
          {},
          { properties: { value: { type: 'null' } } },
        ],
      },
    })
    for (const { name } of operations)
      expect(`/operations/${name}` in json.paths, name).toBe(
        ROUTES[name as keyof typeof ROUTES].kind !== 'none',
      )
  })
})

describe('a read', () => {
  it('answers with the envelope of the command line', async () => {
    const { status, json } = await stage.ask('GET', '/nodes?live=false&tags=prod', { token: admin })
    expect(status).toBe(200)
    expect(json).toMatchObject({ schema: 'ocm/1', operation: 'list-nodes', outcome: 'done', exitCode: 0 })
    expect(json.data.rows.map(({ id }: { id: string }) => id)).toEqual(['alpha'])
    const shown = await stage.ask('GET', '/nodes/alpha/status', { token: admin })
    expect(shown.json.data.snapshot.state).toBe('serving')
  })

  it('is spoken in the language of its reader', async () => {
    const said = async (language: string) =>
      (
        await stage.ask('GET', '/nodes/nobody/status', {
          token: admin,
          headers: { 'accept-language': language },
        })
      ).json.title
    expect(await said('fr, ja;q=0.5, en;q=0.4')).toContain('ノード')
    expect(await said('zh-CN')).toContain('节点')
    expect(await said('fr')).toContain('There is no node')
  })
})

describe('a change', () => {
  it('is planned, confirmed, begun, followed and read to its end', async () => {
    const needed = await stage.ask('POST', '/nodes/alpha/restart', { token: admin })
    expect([needed.status, needed.json.code]).toEqual([428, 'confirmation-needed'])
    const { json: plan } = await stage.ask('POST', '/nodes/alpha/restart/plan', { token: admin })
    const body = { fingerprint: plan.fingerprint, reason: 'a new model' }
    const begun = await stage.ask('POST', '/nodes/alpha/restart', { token: admin, body })
    expect([begun.status, begun.json.state, begun.json.outcome]).toEqual([202, 'running', null])
    const location = String(begun.headers.location).replace('/api/ocm/', '')
    const events = await stage.ask('GET', `/${location}/events`, { token: admin })
    expect(events.headers['content-type']).toContain('text/event-stream')
    const ids = [...events.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)
    expect(ids.slice(0, 2)).toEqual(['1', '2'])
    expect(ids.at(-1)).toBe('end')
    const after = { 'last-event-id': '2' }
    const later = await stage.ask('GET', `/${location}/events`, { token: admin, headers: after })
    expect([...later.text.matchAll(/^id: (.+)$/gm)].map(([, id]) => id)).toEqual(ids.slice(2))
    const over = { 'last-event-id': 'end' }
    expect((await stage.ask('GET', `/${location}/events`, { token: admin, headers: over })).status).toBe(204)
    const { status, json } = await ended(location)
    expect([status, json.outcome, json.state]).toEqual([200, 'done', 'ended'])
    const entry = auditEntriesIn(stage.sandbox.folder).find((one) => one.operationId === json.operationId)
    expect(entry).toMatchObject({ face: 'http', address: '127.0.0.1', reason: 'a new model', result: 'done' })
    expect(entry?.actorId).toMatch(/^token:/)
    const again = await stage.ask('POST', '/nodes/alpha/restart', { token: admin, body })
    expect([again.status, again.json.code]).toEqual([409, 'confirmation-used'])
  })

  it('that finds its node busy may be sent again with the same fingerprint, and is done once', async () => {
    const { json: plan } = await stage.ask('POST', '/nodes/alpha/restart/plan', { token: admin })
    const send = () =>
      stage.ask('POST', '/nodes/alpha/restart', { token: admin, body: { fingerprint: plan.fingerprint } })
    const { locks } = stage.sandbox.app.owned.context
    const busy = await locks.withNode('alpha', 'backup-node', send)
    expect([busy.status, busy.json.code, busy.headers['retry-after']]).toEqual([409, 'node-busy', '5'])
    const begun = await send()
    expect(begun.status).toBe(202)
    expect((await send()).json.code).toBe('confirmation-used')
    await ended(String(begun.headers.location).replace('/api/ocm/', ''))
  })

  it('that needs no confirmation has no plan, and no node is blamed for that', async () => {
    const { status, json } = await stage.ask('POST', '/operations/list-nodes/plan', { token: admin })
    expect([status, json.code]).toEqual([404, 'unknown-route'])
  })

  it('is refused when what is sent is not what was planned', async () => {
    const { json: plan } = await stage.ask('POST', '/nodes/alpha/restart/plan', { token: admin })
    const body = { fingerprint: plan.fingerprint, input: { drain: false } }
    const { status, json } = await stage.ask('POST', '/nodes/alpha/restart', { token: admin, body })
    expect([status, json.code]).toEqual([409, 'plan-changed'])
  })

  it('is done once for one Idempotency-Key, also by two at once', async () => {
    const headers = { 'idempotency-key': 'nightly-1' }
    const two = await Promise.all(
      [1, 2].map(() => stage.ask('POST', '/nodes/beta/backup', { token: admin, headers })),
    )
    expect(two.map(({ status }) => status)).toEqual([202, 202])
    expect(new Set(two.map((one) => one.headers.location)).size).toBe(1)
    const body = { reason: 'something else' }
    const other = await stage.ask('POST', '/nodes/beta/backup', { token: admin, headers, body })
    expect([other.status, other.json.code]).toEqual([422, 'key-reused'])
    await ended(String(two[0]?.headers.location).replace('/api/ocm/', ''))
  })

  it('that fails looks like no success', async () => {
    const begun = await stage.ask('POST', '/nodes/gone/backup', { token: admin })
    expect(begun.status).toBe(202)
    const { status, json } = await ended(String(begun.headers.location).replace('/api/ocm/', ''))
    expect([status, json.outcome, json.error.code]).toEqual([502, 'failed', 'node-unreachable'])
    expect(json.exitCode).not.toBe(0)
  })
})

describe('a token', () => {
  it('has the rights it was given and no others', async () => {
    const viewer = await stage.token('viewer', { tags: ['test'] })
    const { json } = await stage.ask('GET', '/nodes?live=false', { token: viewer })
    expect(json.data.rows.map(({ id }: { id: string }) => id)).toEqual(['beta'])
    expect((await stage.ask('GET', '/nodes/alpha/status', { token: viewer })).json.code).toBe('unknown-node')
    expect((await stage.ask('POST', '/nodes/beta/backup', { token: viewer })).status).toBe(403)
    const limited = await stage.token('admin', { operations: ['list-nodes'] })
    expect((await stage.ask('GET', '/nodes?live=false', { token: limited })).status).toBe(200)
    expect((await stage.ask('GET', '/nodes/alpha/status', { token: limited })).status).toBe(403)
    expect((await stage.ask('POST', '/operations/create-token', { token: admin })).status).toBe(404)
  })

  it('sees no run of another', async () => {
    const operator = await stage.token('operator')
    const begun = await stage.ask('POST', '/nodes/alpha/backup', { token: admin })
    const location = String(begun.headers.location).replace('/api/ocm/', '')
    expect((await stage.ask('GET', `/${location}`, { token: operator })).json.code).toBe('unknown-run')
    await ended(location)
  })

  it('that is wrong or revoked opens nothing, and a right one still does', async () => {
    const { context } = stage.sandbox.app.owned
    const token = await stage.token('admin')
    const id = context.tokens.find(token)?.id ?? ''
    await runOperation(context, actor('admin'), revokeToken, { token: id })
    await until(() => context.tokens.find(token) === null)
    const first = await stage.ask('GET', '/nodes', { token })
    expect([first.status, first.json.code]).toEqual([401, 'not-signed-in'])
    const tries = []
    for (let index = 0; index < 30; index++)
      tries.push((await stage.ask('GET', '/nodes', { token: `ocm_${index}` })).status)
    expect(tries.at(-1)).toBe(429)
    expect((await stage.ask('GET', '/nodes?live=false', { token: admin })).status).toBe(200)
    const kept = () => auditEntriesIn(stage.sandbox.folder).filter(({ operation }) => operation === 'log-in')
    // Nobody waits for it to be written.
    await until(() => kept().length > 0)
    expect(kept().length).toBeLessThan(15)
  })
})

describe('a request from elsewhere', () => {
  it('is refused under a name that is not ours, and from another site', async () => {
    const post = (headers: Record<string, string>) =>
      stage.ask('POST', '/operations/list-nodes', { token: admin, headers, body: { input: { live: false } } })
    expect((await post({ host: 'evil.example:80' })).json).toMatchObject({
      code: 'host-refused',
      status: 421,
    })
    expect((await post({ origin: 'https://evil.example' })).json).toMatchObject({
      code: 'cross-site',
      status: 403,
    })
    expect((await post({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await post({ 'sec-fetch-site': 'same-origin', origin: `http://${stage.url.host}` })).status).toBe(
      200,
    )
  })
})

describe('bad input', () => {
  it('gets one problem that says what is wrong and what to do', async () => {
    // What was asked before counts for who asked it.
    const token = await stage.token('admin')
    const post = (body: unknown, headers = {}) =>
      stage.ask('POST', '/operations/node-status', { token, body, headers })
    const cases: [Promise<{ status: number; json: { code: string } }>, number, string][] = [
      [post('{'), 400, 'body-unreadable'],
      [post('[]'), 422, 'invalid-input'],
      [post({ input: { node: 7 } }), 422, 'invalid-input'],
      [post({ input: {}, more: 1 }), 422, 'invalid-input'],
      [post('node=alpha', { 'content-type': 'text/plain' }), 415, 'body-type'],
      [post(`"${'x'.repeat(300_000)}"`), 413, 'body-too-large'],
      [stage.ask('GET', '/nodes?colour=red', { token }), 422, 'invalid-input'],
      [stage.ask('GET', '/nowhere', { token }), 404, 'unknown-route'],
      [stage.ask('GET', '//page', { token }), 404, 'unknown-route'],
      [stage.ask('DELETE', '/nodes', { token }), 405, 'method-refused'],
      [stage.ask('GET', '/runs/none', { token }), 404, 'unknown-run'],
      [stage.ask('GET', '/nodes/%00/status', { token }), 422, 'invalid-input'],
    ]
    for (const [asked, status, code] of cases) {
      const { json, ...answer } = await asked
      expect([answer.status, json.code], code).toEqual([status, code])
      expect(json).toEqual(problem)
    }
  })

  it('that is no HTTP is answered and ended', async () => {
    const said = async (text: string) => {
      const socket = connect(Number(stage.url.port), stage.url.hostname)
      socket.write(text)
      let answer = ''
      for await (const part of socket) answer += part
      return answer
    }
    expect(await said('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"request-malformed"/s)
    expect(await said(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
  })
})

describe('the end of the program', () => {
  it('ends open streams and keeps what was begun for the next one', async () => {
    const begun = await stage.ask('POST', '/nodes/beta/backup', { token: admin })
    const location = String(begun.headers.location).replace('/api/ocm/', '')
    const headers = { authorization: `Bearer ${admin}` }
    const stream = await fetch(`${stage.url.href}/${location}/events`, { headers })
    const read = stream.text()
    await stage.sandbox.restartApp()
    expect(await read.then(() => 'ended')).toBe('ended')
    const { json } = await stage.ask('GET', `/${location}`, { token: admin })
    expect(json.state).toBe('ended')
    expect(['done', 'failed', 'unknown', 'stopped']).toContain(json.outcome)
  })

  it('says of a run that it cut off that nobody knows how it ended', async () => {
    const { store } = stage.sandbox.app.owned
    const record = { id: 'cut-off', operation: 'backup-node', ownerId: 'x', key: null, digest: '' }
    await store.put(runRecords, record.id, { ...record, startedAt: 1, end: null })
    const { status, json } = await stage.ask('GET', '/runs/cut-off', { token: admin })
    expect([status, json.outcome, json.error.code]).toEqual([504, 'unknown', 'run-interrupted'])
  })

  it('leaves the token nowhere on the disk', () => {
    for (const name of ['ocm.db', 'ocm.db-wal'])
      expect(readFileSync(`${stage.sandbox.folder}/${name}`, 'latin1')).not.toContain(admin)
  })
})
