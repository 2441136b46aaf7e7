import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { CLIENT_SECRET, PEOPLE } from '../../src/sandbox/stage/start-sandbox.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { hasBrowser, launchBrowser } from '../support/browser.ts'
import { ShiftedClock } from '../support/shifted-clock.ts'
import { type Answered, type Stage, startStage } from './stage.ts'

const MINUTE_MS = 60_000
const CODE_PATH = /^\/oauth2\/token$/

let stage: Stage
const clock = new ShiftedClock()

/** A program of its own for each part: how often something may fail is counted. */
function onStage(): void {
  beforeAll(async () => {
    stage = await startStage({ clock, settings: { OCM_DISCORD_CLIENT_SECRET: CLIENT_SECRET } })
  })
  afterEach(() => stage.sandbox.discord.faults.clear())
  afterAll(() => stage.close())
}

const idOf = (name: string) => stage.sandbox.discord.ids.users[name] ?? ''

const cookiesOf = ({ headers }: Answered): string[] => [headers['set-cookie'] ?? []].flat()

/** A browser that was sent to Discord. */
async function begun(): Promise<{ asks: URL; cookie: string }> {
  const answer = await stage.ask('GET', '/login/discord')
  expect(answer.status).toBe(303)
  const [cookie = ''] = cookiesOf(answer)
  expect(cookie).toMatch(
    /^ocm_discord=[\w-]{43}; Max-Age=600; Path=\/api\/ocm\/login\/discord; HttpOnly; SameSite=Lax$/,
  )
  return { asks: new URL(String(answer.headers.location)), cookie: cookie.split(';')[0] ?? '' }
}

/** Somebody agrees at Discord. Returns with what their browser is sent back. */
function agreed(asks: URL, name: string, agrees = true): URL {
  return new URL(stage.sandbox.discord.oauth.authorise(idOf(name), asks.href, agrees))
}

/** The browser comes back. */
const back = (from: URL, cookie?: string) =>
  stage.ask('GET', `//api/ocm/login/discord/back${from.search}`, {
    headers: { 'sec-fetch-site': 'cross-site', ...(cookie === undefined ? {} : { cookie }) },
  })

/** Where it is led then, and whether somebody is signed in. */
function outcomeOf(answer: Answered): { to: string; signedIn: boolean } {
  const cookies = cookiesOf(answer)
  // What the browser kept is of no more use, however it ended.
  expect(cookies[0]).toMatch(/^ocm_discord=; Max-Age=0;/)
  return {
    to: String(answer.headers.location),
    signedIn: cookies.some((one) => /^ocm_session=[\w-]/.test(one)),
  }
}

const refusedWith = (code: string) => ({ to: `/#refused=${code}`, signedIn: false })
const OVER = refusedWith('discord-log-in-over')

async function lastLogIn() {
  await stage.sandbox.app.owned.store.transaction(() => {})
  return auditEntriesIn(stage.sandbox.folder)
    .filter(({ operation }) => operation === 'log-in')
    .at(-1)
}

describe('signing in with Discord', () => {
  onStage()

  it('asks for who somebody is and nothing else, and to come back to the address of the settings', async () => {
    const answer = await stage.ask('GET', '/login/ways')
    expect(answer.json).toEqual({ discord: `${stage.url.origin}/api/ocm/login/discord` })
    const { asks } = await begun()
    const { state, code_challenge: challenge, ...rest } = Object.fromEntries(asks.searchParams)
    expect(rest).toEqual({
      response_type: 'code',
      client_id: stage.sandbox.discord.ids.bot,
      scope: 'identify',
      redirect_uri: `${stage.url.origin}/api/ocm/login/discord/back`,
      code_challenge_method: 'S256',
    })
    expect([state, challenge]).toEqual([
      expect.stringMatching(/^[\w-]{43}$/),
      expect.stringMatching(/^[\w-]{43}$/),
    ])
    const elsewhere = await stage.ask('GET', '/login/discord', {
      headers: { host: `localhost:${stage.url.port}` },
    })
    expect(new URL(String(elsewhere.headers.location)).searchParams.get('redirect_uri')).toBe(
      rest.redirect_uri,
    )
    expect((await stage.ask('GET', '/login/discord', { headers: { host: 'evil.example' } })).status).toBe(421)
  })

  it('gives the rights of the roles there, and leaves nothing that opens anything', async () => {
    const { asks, cookie } = await begun()
    const answer = await back(agreed(asks, PEOPLE.operator), cookie)
    expect(outcomeOf(answer)).toEqual({ to: '/', signedIn: true })
    const session = cookiesOf(answer).find((one) => one.startsWith('ocm_session=')) ?? ''
    expect(session).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/)
    const me = await stage.ask('GET', '/me', { headers: { cookie: session.split(';')[0] ?? '' } })
    expect(me.json).toMatchObject({
      person: { id: idOf(PEOPLE.operator), name: PEOPLE.operator, via: 'discord' },
      level: 'operator',
    })
    expect(stage.sandbox.discord.oauth.liveTokens()).toBe(0)
    await expect.poll(lastLogIn).toMatchObject({ face: 'web', actorName: PEOPLE.operator, result: 'done' })
  })

  it('takes a code once, in the browser that asked for it, and for what it asked', async () => {
    const own = await begun()
    const came = agreed(own.asks, PEOPLE.admin)
    expect(outcomeOf(await back(came))).toEqual(OVER)
    const other = await begun()
    expect(outcomeOf(await back(came, other.cookie))).toEqual(OVER)
    // The state of one's own with the code of another: its verifier does not fit.
    const foreign = agreed(other.asks, PEOPLE.admin)
    foreign.searchParams.set('state', own.asks.searchParams.get('state') ?? '')
    expect(outcomeOf(await back(foreign, own.cookie))).toEqual(OVER)
    expect(outcomeOf(await back(came, own.cookie))).toEqual({ to: '/', signedIn: true })
    expect(outcomeOf(await back(came, own.cookie))).toEqual(OVER)
    await expect.poll(lastLogIn).toMatchObject({ actorId: 'nobody', errorCode: 'discord-log-in-over' })
  })

  it.each([
    ['somebody does not agree', (asks: URL) => agreed(asks, PEOPLE.admin, false)],
    ['the state is missing', (asks: URL) => without(agreed(asks, PEOPLE.admin), 'state')],
    [
      'the code is none',
      (asks: URL) => {
        const came = agreed(asks, PEOPLE.admin)
        came.searchParams.set('code', '<script>')
        return came
      },
    ],
  ])('signs nobody in where %s', async (_what, come) => {
    const { asks, cookie } = await begun()
    expect(outcomeOf(await back(come(asks), cookie))).toEqual(OVER)
  })

  it('signs nobody in whose code has grown old', async () => {
    const { asks, cookie } = await begun()
    const came = agreed(asks, PEOPLE.admin)
    clock.setForward(11 * MINUTE_MS)
    expect(outcomeOf(await back(came, cookie))).toEqual(OVER)
  })

  it('is not led to another address', async () => {
    const { asks } = await begun()
    asks.searchParams.set('redirect_uri', 'https://evil.example/')
    expect(() => agreed(asks, PEOPLE.admin)).toThrow('Invalid OAuth2 redirect_uri')
  })

  it('opens nothing for somebody without a role, and says so in the audit', async () => {
    const { discord } = stage.sandbox
    const viewer = idOf(PEOPLE.viewer)
    discord.control.setRoles(viewer, [])
    try {
      const { asks, cookie } = await begun()
      expect(outcomeOf(await back(agreed(asks, PEOPLE.viewer), cookie))).toEqual(
        refusedWith('discord-no-role'),
      )
      await expect.poll(lastLogIn).toMatchObject({
        actorId: viewer,
        actorName: PEOPLE.viewer,
        result: 'refused',
        errorCode: 'discord-no-role',
      })
    } finally {
      discord.control.setRoles(viewer, [discord.ids.roles.viewer ?? ''])
    }
  })

  it.each([
    ['is down', { kind: 'status', status: 503 }],
    ['breaks the connection', { kind: 'reset' }],
    ['says something else', { kind: 'status', status: 200, body: { token: 'none' } }],
  ] as const)('says that Discord does not answer when it %s', async (_what, act) => {
    const { asks, cookie } = await begun()
    const came = agreed(asks, PEOPLE.admin)
    stage.sandbox.discord.faults.rest({ method: 'POST', path: CODE_PATH, act })
    expect(outcomeOf(await back(came, cookie))).toEqual(refusedWith('roles-unknown'))
  })

  it('keeps its secret out of everything that is written down', () => {
    const { folder } = stage.sandbox
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const holding = files.filter((one) =>
      readFileSync(join(one.parentPath, one.name)).includes(CLIENT_SECRET),
    )
    expect(files.length).toBeGreaterThan(2)
    expect(holding.map(({ name }) => name)).toEqual([])
    expect(stage.sandbox.app.owned.context.redact(`x ${CLIENT_SECRET} y`)).not.toContain(CLIENT_SECRET)
  })
})

function without(url: URL, name: string): URL {
  url.searchParams.delete(name)
  return url
}

describe('what strangers send back', () => {
  onStage()

  it('waits for a Discord that is slow, and asks it no more often than people sign in', async () => {
    stage.sandbox.discord.faults.rest({ path: CODE_PATH, act: { kind: 'slow', ms: 300 } })
    const first = await begun()
    expect(outcomeOf(await back(agreed(first.asks, PEOPLE.admin), first.cookie)).signedIn).toBe(true)
    const asked = () => stage.sandbox.discord.requests().filter(({ path }) => CODE_PATH.test(path)).length
    const before = asked()
    const ends = new Set<string>()
    for (let tried = 0; tried < 40; tried += 1) {
      const { asks, cookie } = await begun()
      const came = agreed(asks, PEOPLE.admin)
      came.searchParams.set('code', `guess-${tried}`)
      ends.add(outcomeOf(await back(came, cookie)).to.replace(/\.\d+$/, ''))
    }
    expect([...ends].sort()).toEqual(['/#refused=discord-log-in-over', '/#refused=too-many-requests'])
    expect(asked() - before).toBeLessThanOrEqual(20)
  })
})

describe.skipIf(!hasBrowser)('signing in with Discord in a browser', { timeout: 60_000 }, () => {
  onStage()
  let browser: Browser
  let context: BrowserContext
  let page: Page
  beforeAll(async () => {
    browser = await launchBrowser()
    context = await browser.newContext({ locale: 'en-US' })
    page = await context.newPage()
    page.setDefaultTimeout(20_000)
  }, 60_000)
  afterAll(() => browser?.close())

  const press = (name: string) => page.getByRole('button', { name }).click()

  it('leads from the page to Discord and back to the fleet', async () => {
    await page.goto(`${stage.url.origin}/`)
    await press('Sign in with Discord')
    await press(`Authorize as ${PEOPLE.operator}`)
    await page.locator('[data-id=alpha]').waitFor()
    expect(new URL(page.url()).search).toBe('')
    const kept = await context.cookies()
    expect(kept.map(({ name, sameSite }) => [name, sameSite])).toEqual([['ocm_session', 'Strict']])
  })

  it('comes back to the page where somebody does not agree, and can begin again', async () => {
    await context.clearCookies()
    await page.goto(`${stage.url.origin}/`)
    await press('Sign in with Discord')
    await press('Cancel')
    await page.getByRole('alert').getByText('Signing in with Discord was not finished.').waitFor()
    expect(page.url()).not.toContain('refused')
    await press('Sign in with Discord')
    await press(`Authorize as ${PEOPLE.admin}`)
    await page.locator('[data-id=alpha]').waitFor()
  })
})
