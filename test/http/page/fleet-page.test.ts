import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CATALOGUE } from '../../../src/text/catalogue.ts'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { sampleOf } from '../../support/sample.ts'
import { goneRow, incident, row, type StubApi, startStubApi } from './stub-api.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const HOSTILE = '<img src=x onerror="document.title=1">&amp;'
/** Notes of which rows anything is touched, and whether the list itself is. */
const WATCH_ROWS = `{
  globalThis.touched = new Set()
  const nameOf = (node) => {
    const element = node instanceof Element ? node : node.parentElement
    return element.closest('[data-id]')?.dataset.id ?? (element.closest('.rows') ? 'the list' : '')
  }
  new MutationObserver((records) => {
    for (const { target } of records) touched.add(nameOf(target))
  }).observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true })
}`
/** Notes of each picture with rows how many there are, and how high the page is. */
const WATCH_PICTURES = `{
  globalThis.pictures = []
  const look = () => {
    const rows = document.querySelectorAll('.rows .row').length
    if (rows > 0) pictures.push({ rows, height: document.documentElement.scrollHeight })
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}`
const VIOLATIONS = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes: [first] }) => [id, first.html, first.failureSummary].join(' ')))`
const OLD_VERSION = {
  ...{ freshness: 'stale', value: '2026.9.6', source: 'exec', observedAt: 0 },
  reason: { code: 'connect-refused' },
}
const ENDS = [
  ['done', 'done', 200],
  ['partial', 'partly done', 502],
  ['failed', 'failed', 502],
  ['unknown', 'result unknown', 504],
] as const
const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 390, height: 844 }

const LOOKS = [
  ['en', WIDE, 'light'],
  ['en', NARROW, 'light'],
  ['ja', WIDE, 'light'],
  ['ja', NARROW, 'dark'],
  ['zh-CN', WIDE, 'dark'],
  ['zh-CN', NARROW, 'dark'],
] as const
/** The checker takes longer than the rest of the page together. */
const CHECKED = sampleOf(LOOKS)

describe.skipIf(!hasBrowser)('the page of the fleet', { timeout: 60_000 }, () => {
  let browser: Browser
  let stub: StubApi
  const pages: Page[] = []
  const broken: string[] = []

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    stub = await startStubApi()
    stub.world.rows = [row('alpha'), goneRow('gone', { tags: ['test'] }), row('beta', { tags: [] })]
    stub.world.incidents = [incident('I-2', 'alpha', { level: 'warning' }), incident('I-1', 'alpha')]
  })
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
    await stub.close()
    expect(broken.splice(0)).toEqual([])
  })

  async function open(hash = '#/', options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: WIDE, locale: 'en-US', ...options })
    const page = await context.newPage()
    pages.push(page)
    page.setDefaultTimeout(40_000)
    page.on('pageerror', (error) => broken.push(error.message))
    page.on(
      'console',
      (message) => /Content Security|Trusted/.test(message.text()) && broken.push(message.text()),
    )
    await page.goto(hash.startsWith('#') ? stub.url + hash : hash)
    return page
  }
  const rowsOf = (page: Page) => page.locator('.rows .row')
  const idsOf = (page: Page) =>
    page.locator('.rows .row').evaluateAll((rows) => rows.map((one) => one.getAttribute('data-id')))
  const askedFor = (path: string) => stub.asked.filter((one) => one.path === path)

  it('begins with what is wrong and what to press, worst first', async () => {
    const page = await open()
    await expect.poll(() => page.locator('.count[data-state=all]').textContent()).toBe('3registered')
    expect(await page.locator('.count[data-state=unreachable] strong').textContent()).toBe('1')
    const cards = await page
      .locator('.incident')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-incident')))
    expect(cards).toEqual(['I-1', 'I-2'])
    const acts = await page.locator('[data-incident=I-1] .controls button').allTextContents()
    expect(acts).toEqual(['Compact…', 'New session…', 'Prevent…', 'Ack', 'Snooze 1 h', 'Snooze 8 h'])
    expect(await idsOf(page)).toEqual(['gone', 'alpha', 'beta'])
  })

  it('says of what was not read that it is unknown, and why, and never nothing or zero', async () => {
    const page = await open()
    const gone = page.locator('[data-id=gone]')
    await gone.waitFor()
    expect(await gone.locator('.state').textContent()).toContain('nothing accepts SSH connections')
    for (const cell of ['context', 'agents', 'version'])
      expect(await gone.locator(`.${cell}`).textContent()).toBe('unknown')
  })

  it('counts no open incidents before it was told of them', async () => {
    stub.cut(true)
    for (const path of ['/nodes', '/operations/list-incidents'])
      stub.world.answers.set(path, () => [503, { code: 'data-busy', title: 'The data is busy.' }])
    const page = await open()
    await page.getByText('The nodes could not be read.').waitFor()
    expect(await page.locator('#open-incidents').textContent()).toBe('Open incidents')
    stub.world.answers.clear()
    stub.cut(false)
    await page.getByText('Open incidents: 2').waitFor()
  })

  it('says once on the page of a node why it could not be read', async () => {
    const reason = { code: 'connect-refused' }
    const why = CATALOGUE.en['reason.connect-refused'] as string
    const data = { sessions: [], reason, limitedTo: null }
    stub.world.answers.set('/operations/list-sessions', () => [
      200,
      { schema: 'ocm/1', outcome: 'done', data },
    ])
    const finding = { severity: 'critical', text: 'It cannot be reached.', detail: null, next: null }
    const told = {
      findings: [{ ...finding, reason: why }],
      sections: [{ part: 'host', title: 'Machine', facts: [], unread: why }],
      backup: '',
    }
    const node = { id: 'gone', name: 'gone', host: '10.0.0.1', tags: [] }
    const status = { outcome: 'partial', told, data: { node, snapshot: { observedAt: 0 } } }
    stub.world.answers.set('/nodes/gone/status', () => [200, { schema: 'ocm/1', ...status }])
    const page = await open('#/node/gone')
    await page.getByText('It cannot be reached.').waitFor()
    await page.locator('.sessions').waitFor({ state: 'attached' })
    await expect.poll(() => page.locator('.doubt').allTextContents()).toHaveLength(3)
    const text = (await page.locator('article.node').textContent()) ?? ''
    expect(text.split(why)).toHaveLength(2)
  })

  it('shows what nodes and people wrote as text', async () => {
    stub.world.rows = [row('alpha', { name: HOSTILE, stateReason: HOSTILE, recordState: 'maintenance' })]
    stub.world.incidents = [incident('I-1', 'alpha', { acknowledged: { by: HOSTILE, at: 0 } })]
    const page = await open()
    await page.locator('[data-id=alpha]').waitFor()
    expect(await page.locator('.who a').textContent()).toBe(HOSTILE)
    expect(await page.locator('.incident').textContent()).toContain(`${HOSTILE} has it`)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.title()).toBe('ocm: the fleet')
  })

  it('shows the first screen of a long list before the rest, and keeps its room', async () => {
    stub.world.rows = Array.from({ length: 1_000 }, (_, at) => row(`node-${String(at).padStart(4, '0')}`))
    const page = await open('about:blank')
    await page.addInitScript(WATCH_PICTURES)
    await page.goto(stub.url)
    await expect.poll(() => rowsOf(page).count()).toBe(1_000)
    const pictures = await page.evaluate<{ rows: number; height: number }[]>('pictures')
    const [first, last] = [pictures[0], pictures.at(-1)]
    expect(first?.rows).toBeLessThan(1_000)
    expect(last?.rows).toBe(1_000)
    expect(first?.height).toBeGreaterThan(0.8 * (last?.height ?? 0))
    expect(await idsOf(page)).toEqual(stub.world.rows.map(({ id }) => id))
  })

  it('touches of a thousand rows only those that changed', async () => {
    const many = Array.from({ length: 1_000 }, (_, at) => row(`node-${String(at).padStart(4, '0')}`))
    stub.world.rows = many
    stub.world.incidents = []
    const page = await open()
    await expect.poll(() => rowsOf(page).count()).toBe(1_000)
    await page.evaluate(WATCH_ROWS)
    const changed = { freshness: 'fresh', value: '2026.9.7', source: 'rpc', observedAt: 0 }
    stub.send('fleet', { rows: [...many.slice(0, 500), { ...many[700], version: changed }], removed: [] })
    await expect.poll(() => page.locator('[data-id=node-0700] .version').textContent()).toBe('2026.9.7')
    const touched = await page.evaluate<string[]>('[...touched]')
    expect(touched.filter((id) => id !== '')).toEqual(['node-0700'])
    // What is far below is laid out when it comes near.
    expect(
      await page.evaluate(
        `getComputedStyle(document.querySelector('[data-id=node-0999]')).contentVisibility`,
      ),
    ).toBe('auto')
  })

  it('keeps filter, sort and group in the address', async () => {
    const page = await open('#/?q=a&sort=name')
    await expect.poll(() => idsOf(page)).toEqual(['alpha', 'beta'])
    await page.getByRole('searchbox').fill('gone')
    await expect.poll(() => idsOf(page)).toEqual(['gone'])
    expect(page.url()).toContain('q=gone')
    await page.goto(`${stub.url}#/?tag=prod`)
    await expect.poll(() => idsOf(page)).toEqual(['alpha'])
    await page.goto(`${stub.url}#/?group=tag`)
    await expect
      .poll(() => page.locator('.group').allTextContents())
      .toEqual(['#prod · 1 node', '#test · 1 node', 'without a tag · 1 node'])
  })

  it('offers nothing to press to who may only read', async () => {
    stub.world.me = { ...stub.world.me, level: 'viewer', grants: [{ level: 'viewer', tags: null }] }
    const page = await open()
    await page.locator('.incident').first().waitFor()
    expect(await page.locator('[data-act], .acts button, .menu:visible').count()).toBe(0)
    await page.goto(`${stub.url}#/node/alpha`)
    await page.getByText('Logs are for operators').waitFor()
    await page.locator('.session').waitFor()
    expect(await page.locator('[data-act]').count()).toBe(0)
  })

  it('offers acts on the nodes of a tag to who may act on these alone', async () => {
    stub.world.rows = [row('alpha'), row('other', { tags: ['test'] })]
    stub.world.me = {
      ...stub.world.me,
      level: 'operator',
      tags: ['prod'],
      grants: [{ level: 'operator', tags: ['prod'] }],
    }
    const page = await open('#/node/other')
    await page.locator('.session').waitFor()
    expect(await page.locator('[data-act]').count()).toBe(0)
    await page.goto(`${stub.url}#/node/alpha`)
    await page.locator('[data-act=restart-node]').waitFor()
    expect(await page.locator('[data-act=decommission-node]').count()).toBe(0)
  })

  it('says how old it is when the server is silent, and reads all anew when it is back', async () => {
    const page = await open()
    await page.locator('[data-live=live]').waitFor()
    stub.cut(true)
    await page.locator('[data-live=stale]').filter({ hasText: 'last told' }).waitFor()
    stub.world.rows = [row('alpha', { state: 'service-down' })]
    stub.cut(false)
    await page.locator('[data-live=live]').waitFor()
    await expect.poll(() => idsOf(page)).toEqual(['alpha'])
  })

  it('begins anew with what there is to press when roles are taken away', async () => {
    const page = await open()
    await page.locator('[data-act=acknowledge-incident]').first().waitFor()
    stub.world.me = { ...stub.world.me, level: 'viewer', grants: [{ level: 'viewer', tags: null }] }
    stub.cut(false)
    await expect.poll(() => page.locator('[data-act]').count()).toBe(0)
    await page.locator('.incident').first().waitFor()
  })

  it('tells ages by the clock of the server, whatever that of the reader says', async () => {
    const page = await open('#/')
    await expect.poll(() => page.locator('[data-id=alpha] .seen').textContent()).toBe('3 min')
    expect(await page.locator('[data-id=alpha] .backup').textContent()).toBe('2 hr')
  })

  it('signs in by a link, whose secret stays in no address', async () => {
    const me = stub.world.me
    stub.world.me = null
    stub.world.answers.set('/login', ({ body }) => {
      if (body.secret !== 's3cret')
        return [401, { code: 'link-used', title: 'This link was used.', next: 'Ask for a new one.' }]
      stub.world.me = me
      return [200, me]
    })
    const page = await open('#login=wrong')
    await page.getByText('This link was used.').waitFor()
    expect(page.url()).not.toContain('wrong')
    await page.getByLabel('Link or its secret').fill(`${stub.url}#login=s3cret`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await rowsOf(page).first().waitFor()
    expect(askedFor('/login').map(({ body }) => body.secret)).toEqual(['wrong', 's3cret'])
    stub.send('signed-out', {})
    await page.getByText('You are signed out.').waitFor()
  })

  it('tells whoever pastes what is no link that it is none', async () => {
    stub.world.me = null
    stub.world.answers.set('/login', () => [401, { code: 'link-over', title: 'No link.', next: 'Ask anew.' }])
    const page = await open()
    await page.getByLabel('Link or its secret').fill('100% sure')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No link.').waitFor()
  })

  it('keeps what was typed when the run of a plan is refused, and leads on', async () => {
    const told = { mood: 'warning', title: 'As planned?', lead: [], parts: [] }
    const busy = { code: 'node-busy', title: 'It is busy.', next: 'Wait.' }
    for (const name of ['decommission-node', 'trust-node']) {
      stub.world.answers.set(`/operations/${name}/plan`, () => [200, { plan: {}, fingerprint: 'f', told }])
      stub.world.answers.set(`/operations/${name}`, () => [409, busy])
    }
    const page = await open('#/node/alpha')
    const dialog = page.locator('dialog')
    const act = async (name: string) => {
      const menu = page.locator('article summary', { hasText: 'More' }).first()
      if (!(await page.locator(`[data-act=${name}]`).isVisible())) await menu.click()
      await page.locator(`[data-act=${name}]`).click()
    }
    const confirmed = async () => {
      await dialog.getByText('As planned?').waitFor()
      await dialog.locator('[data-act=confirm]').click()
      await dialog.getByText('It is busy.').waitFor()
    }
    await act('decommission-node')
    await page.getByLabel('Why').fill('the lease ends')
    await page.getByLabel('Type alpha to confirm').fill('alpha')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await confirmed()
    expect(await page.getByLabel('Why').inputValue()).toBe('the lease ends')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await confirmed()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    // What asks for nothing is planned anew.
    await act('trust-node')
    await confirmed()
    await dialog.getByRole('button', { name: 'Try again' }).click()
    await confirmed()
  })

  it('asks for the name where an act destroys, and sends what was typed', async () => {
    stub.world.answers.set('/operations/decommission-node/plan', ({ body }) =>
      body.input.confirm === 'alpha'
        ? [
            200,
            {
              plan: {},
              fingerprint: 'f',
              told: { mood: 'warning', title: 'Decommission alpha?', lead: [], parts: [] },
            },
          ]
        : [422, { code: 'id-mistyped', title: 'That is not its id.', next: 'Type alpha.' }],
    )
    const page = await open('#/node/alpha')
    await page.locator('article summary', { hasText: 'More' }).first().click()
    await page.locator('[data-act=decommission-node]').click()
    await page.getByLabel('Type alpha to confirm').fill('alpah')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.getByText('That is not its id.').waitFor()
    await page.getByLabel('Type alpha to confirm').fill('alpha')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.getByText('Decommission alpha?').waitFor()
  })

  it('tells each end of a run by a sign and words of its own', async () => {
    const run = { schema: 'ocm/1', operation: 'backup-node', operationId: 'r1', steps: [], error: null }
    const steps = [{ id: 1, key: 'looking', text: 'Looking at the node' }]
    const page = await open('#/node/alpha')
    const signs = new Set<string | null>()
    for (const [outcome, words, code] of ENDS) {
      stub.world.answers.set('/operations/backup-node', () => [
        202,
        { ...run, state: 'running', outcome: null },
      ])
      stub.world.answers.set('/runs/r1', () => [code, { ...run, steps, state: 'ended', outcome }])
      await page.locator('[data-act=backup-node]').click()
      await page.getByRole('button', { name: 'Do it' }).click()
      const shown = page.locator(`dialog [data-outcome=${outcome}]`)
      await shown.waitFor()
      expect(await shown.textContent()).toContain(words)
      signs.add(await shown.locator('.sign').textContent())
      expect(await page.locator('dialog .steps').textContent()).toBe('Looking at the node')
      await page.keyboard.press('Escape')
      await page.locator('dialog').waitFor({ state: 'detached' })
    }
    expect(signs.size).toBe(ENDS.length)
  })

  it('stops what can be stopped on the way, and says what that means', async () => {
    const run = { schema: 'ocm/1', operation: 'backup-node', operationId: 'r1', steps: [], error: null }
    const going = { ...run, state: 'running', outcome: null }
    stub.world.answers.set('/operations/backup-node', () => [202, going])
    stub.world.answers.set('/runs/r1', () => [202, going])
    stub.world.answers.set('/runs/r1/stop', () => {
      stub.world.answers.set('/runs/r1', () => [202, { ...going, stopping: true }])
      return [202, { ...going, stopping: true }]
    })
    const page = await open('#/node/alpha')
    await page.locator('[data-act=backup-node]').click()
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.locator('dialog [data-act=stop]').click()
    await page.locator('dialog').getByText('The backup is being stopped.').waitFor()
    await page.locator('dialog [data-act=stop]').waitFor({ state: 'detached' })
    stub.world.answers.set('/runs/r1', () => [504, { ...run, state: 'ended', outcome: 'unknown' }])
    await page.locator('dialog [data-outcome=unknown]').waitFor()
  })

  it('shows every node of a run on many, how many are over, and each end once', async () => {
    const run = { schema: 'ocm/1', operation: 'fleet-update', operationId: 'r1', error: null }
    const step = (id: number, node: string, text: string, state: string) => ({
      ...{ id, at: 0, key: `node ${node}`, text: `${node} ${text}`, state },
    })
    const steps = [step(1, 'alpha', 'in progress', 'running'), step(2, 'alpha', 'done', 'done')]
    const going = {
      ...run,
      state: 'running',
      outcome: null,
      steps: [...steps, step(3, 'beta', 'in progress', 'running')],
    }
    const plan = { nodes: ['alpha', 'beta', 'gamma'].map((id) => ({ id })) }
    const told = { title: 'Update 3 nodes?', lead: [], parts: [] }
    stub.world.answers.set('/operations/fleet-update/plan', () => [200, { plan, fingerprint: 'f', told }])
    stub.world.answers.set('/operations/fleet-update', () => [202, going])
    stub.world.answers.set('/runs/r1', () => [202, going])
    const page = await open()
    await page
      .locator('details.menu', { has: page.locator('[data-act=fleet-update]') })
      .locator('summary')
      .click()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('details.menu[open]').count()).toBe(0)
    await page.keyboard.press('Enter')
    await page.locator('[data-act=fleet-update]').click()
    await page.locator('dialog input[type=text], dialog input:not([type])').first().fill('2026.9.6')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.locator('[data-act=confirm]').click()
    const items = page.locator('dialog .steps li')
    await expect
      .poll(() => items.allTextContents())
      .toEqual(['alpha done', 'beta in progress', 'gamma · waits'])
    await page.locator('dialog').getByText('1 of 3 are over').waitFor()
    const rows = ['alpha done', 'beta done', 'gamma done'].map((text) => ({ kind: 'item', text }))
    const end = { title: 'Updated 3 of 3 nodes.', lead: [], parts: [rows] }
    const all = ['alpha', 'beta', 'gamma'].map((id, at) => step(4 + at, id, 'done', 'done'))
    stub.world.answers.set('/runs/r1', () => [
      200,
      { ...run, state: 'ended', outcome: 'done', steps: all, told: end },
    ])
    await page.locator('dialog').getByText('Updated 3 of 3 nodes.').waitFor()
    expect(await page.locator('dialog').getByText('beta done').count()).toBe(1)
    // Another place is no longer about what was asked here.
    await page.evaluate(`location.hash = '#/audit'`)
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  const SILENT: [string, [number, unknown] | null][] = [
    ['never answered', null],
    ['answered by a proxy alone', [502, '<h1>Bad gateway</h1>']],
    ['broken inside of ocm', [500, { code: 'internal', title: 'Something broke.', next: 'See the log.' }]],
  ]
  it.each(SILENT)(
    'calls unknown what was sent and %s, and sends it again under the same key',
    async (_, said) => {
      const run = {
        schema: 'ocm/1',
        operation: 'backup-node',
        operationId: 'r1',
        steps: [],
        error: null,
        told: null,
      }
      stub.world.answers.set('/operations/backup-node', () => said)
      const page = await open('#/node/alpha')
      await page.locator('[data-act=backup-node]').click()
      await page.getByRole('button', { name: 'Do it' }).click()
      await page.locator('dialog [data-outcome=unknown]').waitFor()
      stub.world.answers.set('/operations/backup-node', () => [
        202,
        { ...run, state: 'running', outcome: null },
      ])
      stub.world.answers.set('/runs/r1', () => [200, { ...run, state: 'ended', outcome: 'done' }])
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.locator('dialog [data-outcome=done]').waitFor()
      const keys = askedFor('/operations/backup-node').map(({ headers }) => headers['idempotency-key'])
      expect(keys.length).toBeGreaterThan(1)
      expect(new Set(keys).size).toBe(1)
    },
  )

  it.each(LOOKS)('can be read and used by everybody: %s at %o, %s', async (locale, viewport, colorScheme) => {
    const withChecker = CHECKED.some((one) => one[0] === locale && one[1] === viewport)
    stub.world.rows.push(
      row('full', {
        levels: { context: 'critical', disk: null },
        version: OLD_VERSION,
        name: 'A node with a name that is rather long',
      }),
    )
    const page = await open('#/', { locale, viewport, colorScheme })
    await page.locator('[data-id=full]').waitFor()
    await holds(page, withChecker)
    await page.goto(`${stub.url}#/node/alpha`)
    await page.locator('.session').waitFor()
    await page.locator('.section').first().waitFor()
    await page.locator('td').first().waitFor()
    await holds(page, withChecker)
    await page.locator('[data-act=restart-node]').click()
    await page.locator('dialog').waitFor()
    await holds(page, withChecker)
  })

  it('is no wider than a phone where ids are as long as they may be', async () => {
    stub.world.rows.push(row('n'.repeat(63), { tags: ['t'.repeat(32)] }))
    const page = await open('#/', { viewport: NARROW })
    await page.locator(`[data-id=${'n'.repeat(63)}]`).waitFor()
    await holds(page, false)
    for (const view of ['rules', 'alerts', 'approvals', 'audit', 'checks', `node/${'n'.repeat(63)}`]) {
      await page.goto(`${stub.url}#/${view}`)
      await page.locator('article h1').waitFor()
      await holds(page, false)
    }
  })

  /** Nothing is cut off, and a checker for accessibility has nothing to say. */
  async function holds(page: Page, withChecker: boolean): Promise<void> {
    const wide = 'document.documentElement.scrollWidth - innerWidth'
    expect(await page.evaluate(wide)).toBeLessThanOrEqual(0)
    if (!withChecker) return
    await page.evaluate(AXE)
    expect(await page.evaluate(VIOLATIONS)).toEqual([])
  }
})
