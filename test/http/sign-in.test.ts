import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Person, WHOLE_MS } from '../../src/operations/sign-ins.ts'
import { PEOPLE } from '../../src/sandbox/stage/start-sandbox.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const MINUTE_MS = 60_000

function personOf(role: keyof typeof PEOPLE): Person {
  const name = PEOPLE[role]
  return {
    via: 'discord',
    id: stage.sandbox.discord.ids.users[name] ?? '',
    name,
    grants: null,
    language: 'ja',
  }
}

async function secretFor(role: keyof typeof PEOPLE, forMs = 5 * MINUTE_MS): Promise<string> {
  return (await stage.sandbox.app.owned.context.signIns.createLink(personOf(role), forMs)).secret
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

async function signedIn(role: keyof typeof PEOPLE): Promise<string> {
  const { headers } = await logIn(await secretFor(role))
  return String(headers['set-cookie']).split(';')[0] ?? ''
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
    const cookie = String(headers['set-cookie'])
    expect(cookie).toMatch(
      new RegExp(`^ocm_session=[\\w-]{43}; Max-Age=${WHOLE_MS / 1_000}; Path=/; HttpOnly; SameSite=Strict$`),
    )
    expect(await logIn(secret)).toMatchObject({ status: 401, json: { code: 'link-over' } })
    const me = await stage.ask('GET', '/me', { headers: fromPage(cookie.split(';')[0]) })
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
})

describe('a browser', () => {
  it('that was signed out is nobody, also to who kept its cookie', async () => {
    const cookie = await signedIn('viewer')
    expect((await stage.ask('GET', '/nodes?live=false', { headers: fromPage(cookie) })).status).toBe(200)
    expect((await stage.ask('POST', '/logout', { headers: fromPage(cookie) })).status).toBe(200)
    const again = await stage.ask('GET', '/nodes?live=false', { headers: fromPage(cookie) })
    expect([again.status, again.json.code]).toEqual([401, 'not-signed-in'])
  })
})
