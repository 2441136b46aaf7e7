import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApi } from '../../src/http/openapi.ts'
import { revokeToken } from '../../src/operations/manage-tokens.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { actor } from '../support/fleet.ts'
import { sampleOf } from '../support/sample.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { until } from '../support/until.ts'
import { type Answered, type Stage, startStage } from './stage.ts'

const HOUR_MS = 3_600_000
/** What everybody may ask for. */
const OPEN = /^\/(?:login$|login\/ways$|texts\/)/
const AT_ONCE = 8

/** A method and a path of the document, with something in each place. */
interface Route {
  method: string
  path: string
  template: string
}
const routes: Route[] = Object.entries(openApi('0').paths as Record<string, object>).flatMap(
  ([template, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      template,
      path: template.replaceAll(/\{(\w+)\}/g, (_all, name) => (name === 'id' ? 'alpha' : 'x')),
    })),
)

let stage: Stage
const clock = new ShiftedClock()

beforeAll(async () => {
  stage = await startStage({ clock })
})
afterAll(() => stage.close())

type Ask = Parameters<Stage['ask']>[2]

/** Asks every route that fits in the same way. */
async function askAll(more: Ask, fits: (route: Route) => boolean = () => true): Promise<[Route, Answered][]> {
  const left = sampleOf(routes.filter(fits))
  const answers: [Route, Answered][] = []
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let route = left.shift(); route; route = left.shift()) {
      const body = route.method === 'POST' ? { body: {} } : {}
      answers.push([route, await stage.ask(route.method, route.path, { ...body, ...more })])
    }
  })
  await Promise.all(workers)
  return answers
}

const named = (answers: [Route, Answered][]) =>
  answers.map(([{ method, template }, { status, json }]) => `${method} ${template}: ${status} ${json?.code}`)
const isClosed = ({ template }: Route) => !OPEN.test(template)
const isUnsafe = ({ method }: Route) => method !== 'GET'

/** So many entries of changes are in the audit that something was done. */
const done = () =>
  auditEntriesIn(stage.sandbox.folder).filter(
    ({ operation, result }) =>
      operation !== 'create-token' && operation !== 'revoke-token' && result !== 'refused',
  ).length

describe('every route', () => {
  it('is asked under a name of this machine or not at all', async () => {
    const token = await stage.token('admin')
    for (const host of [
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example:80',
      '169.254.169.254',
    ]) {
      const answers = await askAll({ token, headers: { host } })
      expect(answers.length).toBeGreaterThan(30)
      for (const line of named(answers)) expect(line, host).toMatch(/: 421 host-refused$/)
    }
    expect(done()).toBe(0)
  })

  it('that is not safe is closed to other web sites, whatever they carry', async () => {
    const token = await stage.token('admin')
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${stage.url.hostname}:1` },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[])
      for (const line of named(await askAll({ token, headers }, isUnsafe)))
        expect(line, JSON.stringify(headers)).toMatch(/: 403 cross-site$/)
    expect(done()).toBe(0)
  })

  it('knows nobody without a token, or with one that is wrong, revoked or over', async () => {
    const { context } = stage.sandbox.app.owned
    const revoked = await stage.token('admin', { name: 'stolen' })
    const { id = '' } = context.tokens.list().find(({ name }) => name === 'stolen') ?? {}
    await runOperation(context, actor('admin'), revokeToken, { token: id })
    await until(() => context.tokens.find(revoked) === null)
    const over = await stage.token('admin', { minutes: 60 })
    expect((await stage.ask('GET', '/nodes?live=false', { token: over })).status).toBe(200)
    clock.setForward(2 * HOUR_MS)
    const cases: [string, Ask][] = [
      ['none', {}],
      ['no token at all', { headers: { authorization: 'Basic b2NtOm9jbQ==' } }],
      ['wrong', { token: `ocm_${'x'.repeat(43)}` }],
      ['revoked', { token: revoked }],
      ['over', { token: over }],
      ['a cookie that nobody has', { headers: { cookie: `ocm_session=${'x'.repeat(43)}` } }],
    ]
    for (const [name, ask] of cases) {
      const answers = await askAll(ask, isClosed)
      // Who fails too often is not looked at any more: that opens nothing either.
      for (const line of named(answers))
        expect(line, name).toMatch(/: (?:401 not-signed-in|429 too-many-requests)$/)
    }
    // The look that was allowed before.
    expect(done()).toBeLessThanOrEqual(1)
  })

  it('tells somebody who has one tag nothing of the nodes of another', async () => {
    const token = await stage.token('admin', { tags: ['test'] })
    const { host, sshPort, user } = stage.sandbox.nodes.node('alpha')
    const asks: object[] = [
      {},
      { input: { node: 'alpha' } },
      { input: { tags: ['prod'] } },
      { input: { id: 'alpha', host: `${user}@${host}:${sshPort}` } },
    ]
    const isAsked = ({ method, template }: Route) =>
      method === 'POST' && isClosed({ method, template, path: '' }) && template !== '/logout'
    for (const body of asks) {
      const own = await stage.token('admin', { tags: ['test'] })
      const answers = await askAll({ token: own, body }, isAsked)
      for (const [{ template }, { text }] of answers) {
        // What was sent comes back in what is wrong with it.
        expect(text, `${template} ${JSON.stringify(body)}`).not.toMatch(/Alpha|agent:main:main/)
        if (!JSON.stringify(body).includes(user)) expect(text, template).not.toContain(String(sshPort))
      }
    }
    for (const path of ['/nodes?live=false', '/audit', '/nodes/alpha/status'])
      expect((await stage.ask('GET', path, { token })).text.replaceAll('"alpha"', ''), path).not.toMatch(
        /Alpha/,
      )
  })
})
