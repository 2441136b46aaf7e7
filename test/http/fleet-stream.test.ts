import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../src/base/clock.ts'
import { createHttpFace, type HttpFace } from '../../src/http/server.ts'
import type { Grant } from '../../src/operations/access.ts'
import { openConfirmations } from '../../src/operations/confirmations.ts'
import { revokeToken } from '../../src/operations/manage-tokens.ts'
import { restartNode } from '../../src/operations/restart-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor } from '../support/fleet.ts'
import { eventually } from '../support/until.ts'
import { type OpenEvents, openEvents } from './events.ts'
import { type Stage, startStage } from './stage.ts'

/** Seconds of the program pass in hundredths: what it looks at every 15 seconds, it looks at all the time. */
const HASTE = 100
const hastyClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * HASTE,
  sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
}

let stage: Stage
let face: HttpFace
let api: string
let open: OpenEvents[] = []
/** What the roles of each person give. */
const roles = new Map<string, readonly Grant[] | null>()

beforeAll(async () => {
  stage = await startStage()
  const { context, store } = stage.sandbox.app.owned
  face = createHttpFace({
    config: { host: '127.0.0.1', port: 0, hosts: [], address: null },
    context: { ...context, clock: hastyClock },
    confirmations: await openConfirmations(store, context),
    store,
    lookUp: async (id) => roles.get(id) ?? null,
    fallback: 'en',
    version: '9.9.9',
  })
  api = await face.start()
  for (const id of ['alpha', 'beta'])
    await eventually(() => expect(context.snapshots.get(id)?.state).toBe('serving'))
})
afterEach(() => {
  for (const one of open) one.close()
  open = []
})
afterAll(async () => {
  await face.stop()
  await stage.close()
})

const fromPage = (cookie: string) => ({ cookie, 'x-ocm': '1', 'sec-fetch-site': 'same-origin' })

/** The cookie of somebody who has signed in. */
async function signedIn(id: string, grants: readonly Grant[]): Promise<string> {
  roles.set(id, grants)
  const { signIns } = stage.sandbox.app.owned.context
  const person = { via: 'discord', id, name: id, grants: null, language: 'en' } as const
  const { secret } = await signIns.createLink(person, 60_000)
  const answer = await fetch(`${api}/login`, {
    method: 'POST',
    headers: { ...fromPage(''), 'content-type': 'application/json' },
    body: JSON.stringify({ secret }),
  })
  expect(answer.status).toBe(200)
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function follow(headers: Record<string, string>): Promise<OpenEvents> {
  const stream = await openEvents(new URL(`${api}/stream`), headers)
  open.push(stream)
  return stream
}

const everything: Grant[] = [{ level: 'admin', tags: null }]
const ids = (rows: { id: string }[]) => rows.map(({ id }) => id).sort()

describe('the stream of the fleet', () => {
  it('begins with everything its reader may see, and nothing else', async () => {
    const all = await follow(fromPage(await signedIn('ann', everything)))
    const { data } = await all.next('hello')
    expect(ids(data.fleet.rows)).toEqual(['alpha', 'beta', 'gone'])
    expect(data).toMatchObject({
      serverTime: expect.any(String),
      me: { person: { id: 'ann', name: 'ann', via: 'discord' }, level: 'admin', version: '9.9.9' },
      fleet: { total: 3, retired: 0, maintenance: 0 },
      incidents: { incidents: expect.any(Array), mutes: [] },
      runs: [],
    })
    const some = await follow(fromPage(await signedIn('tim', [{ level: 'viewer', tags: ['test'] }])))
    const seen = (await some.next('hello')).data
    expect(ids(seen.fleet.rows)).toEqual(['beta'])
    expect(seen.fleet.total).toBe(1)
    expect(JSON.stringify(seen)).not.toContain('alpha')
  })

  it('tells what is different, in the shape of the list', async () => {
    const { context } = stage.sandbox.app.owned
    const token = await stage.token('viewer')
    const stream = await follow({ authorization: `Bearer ${token}` })
    await stream.next('hello')
    await context.registry.update('beta', (node) => ({ ...node, name: 'renamed' }))
    const { data, id } = await eventually(() => {
      const found = stream.seen.find(
        ({ name, data: told }) =>
          name === 'fleet' && told.rows.some((row: { name: string }) => row.name === 'renamed'),
      )
      expect(found).toBeDefined()
      return found as NonNullable<typeof found>
    })
    const list = await stage.ask('GET', '/nodes?live=false', { token })
    const [row] = data.rows.filter((one: { id: string }) => one.id === 'beta')
    const listed = list.json.data.rows.find((one: { id: string }) => one.id === 'beta')
    expect(Object.keys(row)).toEqual([...Object.keys(listed), 'curve'])
    expect(row.curve.every((percent: number) => percent >= 0)).toBe(true)
    expect(id).toMatch(/^[0-9a-f]{8}\.\d+$/)
  })

  it('goes on where it broke off, and begins anew with who comes from another process', async () => {
    const headers = { authorization: `Bearer ${await stage.token('viewer')}` }
    const first = await follow(headers)
    const { id } = await first.next('hello')
    const second = await follow({ ...headers, 'last-event-id': String(id) })
    await second.next('alive')
    expect(second.seen.map(({ name }) => name)).not.toContain('hello')
    const stranger = await follow({ ...headers, 'last-event-id': '00000000.1' })
    await stranger.next('hello')
  })

  it('tells of a change that begins and ends by another face, to who may see its node', async () => {
    const { context } = stage.sandbox.app.owned
    const near = await follow(fromPage(await signedIn('ann', everything)))
    const far = await follow(fromPage(await signedIn('tim', [{ level: 'viewer', tags: ['test'] }])))
    await Promise.all([near.next('hello'), far.next('hello')])
    const input = { node: 'alpha' }
    const confirmed = await planOperation(context, actor('admin'), restartNode, input)
    const { operationId } = await runOperation(context, actor('admin'), restartNode, input, { confirmed })
    const told = () =>
      near.seen.filter(({ name, data }) => name === 'run' && data.operationId === operationId)
    await eventually(() => expect(told().map(({ data }) => data.state)).toEqual(['running', 'ended']))
    expect(told().at(-1)?.data).toMatchObject({ operation: 'restart-node', nodeId: 'alpha', outcome: 'done' })
    await far.next('alive', far.seen.length)
    expect(far.seen.filter(({ name }) => name === 'run')).toEqual([])
  })

  it('says good-bye to who has lost every role, and ends', async () => {
    const cookie = await signedIn('max', everything)
    const stream = await follow(fromPage(cookie))
    await stream.next('hello')
    roles.set('max', null)
    await stream.next('signed-out')
    await stream.ended
    const again = await fetch(`${api}/me`, { headers: fromPage(cookie) })
    expect(again.status).toBe(401)
  })

  it('begins anew when the rights of its reader change', async () => {
    const stream = await follow(fromPage(await signedIn('kim', everything)))
    await stream.next('hello')
    roles.set('kim', [{ level: 'viewer', tags: ['test'] }])
    const { data } = await stream.next('hello', 1)
    expect(ids(data.fleet.rows)).toEqual(['beta'])
    expect(data.me.level).toBe('viewer')
  })

  it('ends when its reader signs out elsewhere, or its token is revoked', async () => {
    const cookie = await signedIn('eva', everything)
    const stream = await follow(fromPage(cookie))
    await stream.next('hello')
    const headers = { ...fromPage(cookie), origin: new URL(api).origin }
    expect((await fetch(`${api}/logout`, { method: 'POST', headers })).status).toBe(200)
    await stream.next('signed-out')
    await stream.ended
    const token = await stage.token('viewer', { name: 'soon over' })
    const other = await follow({ authorization: `Bearer ${token}` })
    await other.next('hello')
    const { context } = stage.sandbox.app.owned
    const { id } = context.tokens.list().find(({ name }) => name === 'soon over') ?? { id: '' }
    await runOperation(context, actor('admin'), revokeToken, { token: id })
    await other.next('signed-out')
    await other.ended
  })

  it('has room for so many of one reader, and for others still', async () => {
    const headers = fromPage(await signedIn('bob', everything))
    const streams = await Promise.all(Array.from({ length: 50 }, () => follow(headers)))
    expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200))
    expect((await follow(headers)).status).toBe(429)
    expect((await follow(fromPage(await signedIn('ann', everything)))).status).toBe(200)
    for (const one of streams) one.close()
    await eventually(async () => expect((await follow(headers)).status).toBe(200))
  })

  it('gives its head alone to who asks for that, and keeps no place for them', async () => {
    const token = await stage.token('viewer')
    for (let count = 0; count < 60; count += 1) {
      const { status, headers } = await stage.ask('HEAD', '/stream', { token, base: new URL(api) })
      expect([status, headers['content-type']]).toEqual([200, 'text/event-stream'])
    }
  })

  it('is no secret way around rights to operations', async () => {
    const token = await stage.token('admin', { operations: ['backup-node'] })
    expect((await follow({ authorization: `Bearer ${token}` })).status).toBe(403)
  })

  it('ends with the program', async () => {
    const stream = await follow(fromPage(await signedIn('ann', everything)))
    await stream.next('hello')
    await face.stop()
    await stream.ended
    expect(stream.seen.map(({ name }) => name)).not.toContain('signed-out')
  })
})
