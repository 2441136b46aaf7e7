import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createHttpFace, type HttpFace } from '../../src/http/server.ts'
import type { Grant } from '../../src/operations/access.ts'
import { openConfirmations } from '../../src/operations/confirmations.ts'
import { type Person, WHOLE_MS } from '../../src/operations/sign-ins.ts'
import { PEOPLE } from '../../src/sandbox/stage/start-sandbox.ts'
import { runHere } from '../cli/in-process.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { person } from '../support/room.ts'
import { type Stage, startStage } from './stage.ts'

type Role = keyof typeof PEOPLE

const MINUTE_MS = 60_000
const FRONT = 'https://ocm.example.org'

let stage: Stage
/** A face as behind a proxy with TLS, whose look-ups of roles the test decides. */
let front: HttpFace
let lookUp: () => Promise<readonly Grant[] | null> = async () => [{ level: 'viewer', tags: null }]
let behind: URL
beforeAll(async () => {
  stage = await startStage()
  const { context, store } = stage.sandbox.app.owned
  front = createHttpFace({
    config: { host: '127.0.0.1', port: 0, hosts: [], address: FRONT },
    context,
    confirmations: await openConfirmations(store, context),
    store,
    lookUp: () => lookUp(),
    fallback: 'en',
    version: '0',
  })
  behind = new URL(await front.start())
  await context.signIns.setAddress(stage.url.origin)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await front.stop()
  await stage.close()
})

function personOf(role: Role): Person {
  const name = PEOPLE[role]
  return {
    via: 'discord',
    id: stage.sandbox.discord.ids.users[name] ?? '',
    name,
    grants: null,
    language: 'ja',
  }
}

async function secretFor(who: Role | Person, forMs = 5 * MINUTE_MS): Promise<string> {
  const { signIns } = stage.sandbox.app.owned.context
  return (await signIns.createLink(typeof who === 'string' ? personOf(who) : who, forMs)).secret
}

/** What a browser sends with a request of our own page. */
function fromPage(cookie?: string): Record<string, string> {
  return {
    'x-ocm': '1',
    'sec-fetch-site': 'same-origin',
    origin: stage.url.origin,
    ...(cookie === undefined ? {} : { cookie }),
  }
}

const logIn = (secret: string, headers = fromPage()) =>
  stage.ask('POST', '/login', { headers, body: { secret } })

const cookieOf = (headers: { 'set-cookie'?: unknown }) => String(headers['set-cookie']).split(';')[0] ?? ''

async function signedIn(role: Role): Promise<string> {
  return cookieOf((await logIn(await secretFor(role))).headers)
}

describe('a link', () => {
  it('signs in once, and says who is signed in', async () => {
    const secret = await secretFor('operator')
    const { status, json, headers } = await logIn(secret)
    expect([status, json]).toEqual([
      200,
      expect.objectContaining({
        person: { id: personOf('operator').id, name: PEOPLE.operator, via: 'discord' },
        level: 'operator',
        tags: null,
        language: 'ja',
      }),
    ])
    expect(String(headers['set-cookie'])).toMatch(
      new RegExp(`^ocm_session=[\\w-]{43}; Max-Age=${WHOLE_MS / 1_000}; Path=/; HttpOnly; SameSite=Strict$`),
    )
    expect(await logIn(secret)).toMatchObject({ status: 401, json: { code: 'link-over' } })
    const me = await stage.ask('GET', '/me', { headers: fromPage(cookieOf(headers)) })
    expect(me.json).toMatchObject({ level: 'operator', version: expect.any(String) })
    expect(auditEntriesIn(stage.sandbox.folder)).toContainEqual(
      expect.objectContaining({
        operation: 'log-in',
        face: 'web',
        actorName: PEOPLE.operator,
        result: 'done',
      }),
    )
  })

  it('is given in Discord to who asks, and to nobody else', async () => {
    const { discord } = stage.sandbox
    const viewer = person(discord, PEOPLE.viewer, 'ja')
    const answer = await viewer.ask('web login')
    expect(answer.ephemeral).toBe(true)
    const link = /<(http[^>]+)#login=([\w-]{43})>/.exec(JSON.stringify(answer.raw))
    expect(link?.[1]).toBe(`${stage.url.origin}/`)
    const { json } = await logIn(link?.[2] ?? '')
    expect(json).toMatchObject({ level: 'viewer', language: 'ja', person: { id: viewer.as.userId } })
  })

  it('is printed by the shell beside the bot, with the rights of the shell', async () => {
    for (const [name, value] of Object.entries({ OCM_DATA_DIR: stage.sandbox.folder, OCM_SSH_AGENT: 'none' }))
      vi.stubEnv(name, value)
    const { code, out } = await runHere(['web', 'login', '--json'])
    const { url } = JSON.parse(out).data
    expect([code, url]).toEqual([0, expect.stringContaining(`${stage.url.origin}/#login=`)])
    const { json } = await logIn(url.split('=')[1])
    expect(json).toMatchObject({ level: 'admin', tags: null, person: { via: 'cli' } })
  })

  it('is not made where no page is served, and what to set is said', async () => {
    const { signIns } = stage.sandbox.app.owned.context
    await signIns.setAddress(null)
    try {
      const { code, err } = await runHere(['web', 'login'])
      expect([code, err]).toEqual([6, expect.stringContaining('OCM_HTTP_LISTEN')])
      const asked = person(stage.sandbox.discord, PEOPLE.viewer)
      const answer = await asked.ask('web login')
      expect(JSON.stringify(answer.raw)).toContain('OCM_HTTP_LISTEN')
    } finally {
      await signIns.setAddress(stage.url.origin)
    }
  })

  it('opens nothing for who is no member, and is not used up while Discord is silent', async () => {
    stage.sandbox.discord.expectRefusal({
      method: 'GET',
      path: /\/members\/999999999999999999$/,
      code: 10_007,
    })
    const stranger = await secretFor({ ...personOf('viewer'), id: '999999999999999999' })
    expect(await logIn(stranger)).toMatchObject({ status: 403, json: { code: 'not-allowed' } })
    const secret = await secretFor('viewer')
    const open = () =>
      stage.ask('POST', '/login', {
        headers: { ...fromPage(), origin: FRONT, host: `${behind.host}` },
        body: { secret },
        base: behind,
      })
    lookUp = () => Promise.reject(new Error('no answer'))
    expect(await open()).toMatchObject({ status: 503, json: { code: 'roles-unknown' } })
    lookUp = async () => [{ level: 'viewer', tags: null }]
    const { status, headers } = await open()
    expect(status).toBe(200)
    expect(String(headers['set-cookie'])).toMatch(/; Secure$/)
  })

  it('that is wrong is refused, soon without a look, and keeps nobody out who has a right one', async () => {
    const { store } = stage.sandbox.app.owned
    const records = () => auditEntriesIn(stage.sandbox.folder).length
    const before = records()
    const answers = new Map<number, number>()
    for (let tried = 0; tried < 300; tried += 1) {
      const { status } = await logIn(`${tried}`.padStart(43, 'x'))
      answers.set(status, (answers.get(status) ?? 0) + 1)
    }
    expect([...answers.keys()].sort()).toEqual([401, 429])
    expect(answers.get(401)).toBeLessThanOrEqual(12)
    expect((await logIn(await secretFor('viewer'))).status).toBe(200)
    await store.transaction(() => {})
    expect(records() - before).toBeLessThan(20)
  })
})

describe('a browser', () => {
  it('that was signed out is nobody, also to who kept its cookie', async () => {
    const cookie = await signedIn('viewer')
    expect((await stage.ask('GET', '/nodes?live=false', { headers: fromPage(cookie) })).status).toBe(200)
    const out = await stage.ask('POST', '/logout', { headers: fromPage(cookie) })
    expect(out).toMatchObject({
      status: 200,
      headers: { 'set-cookie': [expect.stringMatching(/Max-Age=0;/)] },
    })
    const again = await stage.ask('GET', '/nodes?live=false', { headers: fromPage(cookie) })
    expect([again.status, again.json.code]).toEqual([401, 'not-signed-in'])
  })

  it('has the rights of its reader and no others, and what it does is in the audit', async () => {
    const cookie = await signedIn('viewer')
    const refused = await stage.ask('POST', '/nodes/alpha/backup', { headers: fromPage(cookie) })
    expect([refused.status, refused.json.code]).toEqual([403, 'not-allowed'])
    expect(auditEntriesIn(stage.sandbox.folder)).toContainEqual(
      expect.objectContaining({
        operationId: refused.json.operationId,
        operation: 'backup-node',
        face: 'web',
        actorName: PEOPLE.viewer,
        address: '127.0.0.1',
        result: 'refused',
      }),
    )
  })

  it('is not led by another site to do or to read anything', async () => {
    const own = fromPage(await signedIn('admin'))
    const { origin: _origin, ...withoutOrigin } = own
    const { 'sec-fetch-site': _site, ...withoutSite } = own
    const { 'sec-fetch-site': _none, origin: _neither, ...withoutBoth } = own
    const { 'x-ocm': _header, ...withoutHeader } = own
    const post = (headers: Record<string, string>) =>
      stage.ask('POST', '/operations/list-incidents', { headers, body: {} })
    for (const foreign of [
      { ...own, origin: 'https://evil.example' },
      { ...own, origin: 'null' },
      { ...own, 'sec-fetch-site': 'cross-site' },
      { ...own, 'sec-fetch-site': 'same-site' },
      { ...own, 'sec-fetch-site': 'none' },
      withoutBoth,
      withoutHeader,
    ])
      expect((await post(foreign)).status, JSON.stringify(foreign)).toBe(403)
    for (const ours of [own, withoutOrigin, withoutSite]) expect((await post(ours)).status).toBe(200)
    for (const site of ['cross-site', 'same-site']) {
      const headers = { ...own, 'sec-fetch-site': site }
      expect((await stage.ask('GET', '/nodes?live=false', { headers })).status).toBe(403)
      expect((await stage.ask('GET', '/stream', { headers })).status).toBe(403)
    }
    const secret = await secretFor('admin')
    expect((await logIn(secret, { ...own, origin: 'https://evil.example' })).status).toBe(403)
    expect((await logIn(secret, withoutHeader)).status).toBe(403)
    expect((await logIn(secret)).status).toBe(200)
  })

  it('knows the page under its public address, and under no other name', async () => {
    const post = (headers: Record<string, string>) =>
      stage.ask('POST', '/login', {
        headers: { ...fromPage(), ...headers },
        body: { secret: 'x' },
        base: behind,
      })
    const statuses = [
      { host: 'ocm.example.org', origin: FRONT },
      { host: behind.host, origin: FRONT },
      { host: 'ocm.example.org', origin: 'http://ocm.example.org' },
      { host: 'evil.example', origin: 'http://evil.example' },
      { host: '127.0.0.1.evil.example', origin: FRONT },
    ].map(async (headers) => (await post(headers)).status)
    expect(await Promise.all(statuses)).toEqual([401, 401, 403, 421, 421])
    for (const path of ['//', '//page/main.js', '/texts/en', '/me'])
      expect((await stage.ask('GET', path, { headers: { host: 'evil.example' } })).status, path).toBe(421)
  })
})
