import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LOCALES, type Locale } from '../../../src/base/locale.ts'
import { createInk } from '../../../src/cli/ink.ts'
import type { LintList } from '../../../src/operations/lint-nodes.ts'
import { lintPage } from '../../../src/presenters/lint-nodes.ts'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { sampleOf } from '../../support/sample.ts'
import { row, type StubApi, startStubApi } from './stub-api.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const VIOLATIONS = `axe.run().then(({ violations }) =>
  violations.map(({ id, nodes: [first] }) => [id, first.html, first.failureSummary].join(' ')))`
const LOOKS = LOCALES.flatMap((locale) => [1280, 390].map((width) => [locale, width] as const))
const CHECKED = sampleOf(LOOKS)
const HOSTILE = '/home/oc/<img src=x onerror="document.title=1">'

const mode = { mode: '644', wanted: '600' }
const LIST: LintList = {
  node: null,
  tags: [],
  rows: [
    {
      ...{ id: 'alpha', name: 'alpha', unread: [] },
      findings: [
        {
          ...{ key: 'aaaaaaa1', code: 'open-file', by: 'ocm', fix: "chmod 600 -- '/home/oc/x'" },
          params: { ...mode, path: HOSTILE },
        },
        { key: 'aaaaaaa2', code: 'bind-unset', by: 'ocm', fix: 'openclaw config set', params: {} },
        { key: 'aaaaaaa3', code: 'placeholder', by: 'person', fix: null, params: { path: 'a.token' } },
        {
          ...{ key: 'aaaaaaa4', code: 'clock-skew', by: 'root', fix: 'sudo timedatectl set-ntp true' },
          params: { seconds: 20 },
        },
      ],
    },
    { id: 'beta', name: 'beta', findings: [], unread: [] },
    {
      ...{ id: 'gone', name: 'gone', findings: [] },
      unread: [{ what: 'files', reason: { code: 'connect-refused' } }],
    },
  ],
}
const DRIFT = {
  tags: [],
  groups: [
    {
      ...{ tag: 'prod', nodes: ['alpha', 'beta'], mixed: [] },
      apart: [
        {
          ...{ id: 'alpha', more: 0 },
          differences: [{ path: 'logging.level', has: '"debug"', most: '"info"', secret: false }],
        },
      ],
    },
  ],
  unread: [],
}

describe.skipIf(!hasBrowser)('the checks of the page', { timeout: 60_000 }, () => {
  let browser: Browser
  let stub: StubApi
  let page: Page

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    stub = await startStubApi()
    stub.world.rows = ['alpha', 'beta', 'gone'].map((id) => row(id))
    const answer = (operation: string, data: object, told: object) =>
      [200, { schema: 'ocm/1', operation, outcome: 'partial', operationId: 'op', data, told }] as const
    stub.world.answers.set('/operations/lint-nodes', ({ headers, body }) => {
      const { node = null } = body.input
      const list = { ...LIST, rows: LIST.rows.filter(({ id }) => node === null || id === node) }
      const ink = createInk(headers['accept-language'] as Locale, false, () => 0)
      return answer('lint-nodes', list, lintPage(list, ink))
    })
    const told = { mood: 'warning', title: 'Differences among 2 nodes', lead: [], parts: [] }
    stub.world.answers.set('/operations/fleet-drift', () => answer('fleet-drift', DRIFT, told))
  })
  afterEach(async () => {
    await page?.context().close()
    await stub.close()
  })

  async function open(hash: string, locale: Locale = 'en', width = 1280): Promise<void> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, locale })
    page = await context.newPage()
    page.setDefaultTimeout(40_000)
    await page.goto(stub.url + hash)
    await page.locator('[data-live=live]').waitFor()
  }
  const look = () => page.locator('[data-look]').click()
  const askedFor = (path: string) => stub.asked.filter((one) => one.path === path)

  it('asks no node before it is told to, and shows each finding with who mends it', async () => {
    await open('#/checks')
    expect(askedFor('/operations/lint-nodes')).toEqual([])
    await page.getByLabel('Tag').selectOption('prod')
    await page.getByRole('button', { name: 'Check now' }).click()
    const found = page.locator('[data-finding]')
    await expect.poll(() => found.count()).toBe(4)
    expect(askedFor('/operations/lint-nodes')[0]?.body.input).toEqual({ tags: ['prod'] })
    expect(await found.first().textContent()).toContain(HOSTILE)
    expect(await page.locator('img').count()).toBe(0)
    // What stands there for hours says how old it is.
    await expect.poll(() => page.locator('.look time').allTextContents()).toEqual(['just now', 'just now'])
    // Buttons stand where ocm can do it, and nowhere else.
    const buttons = page.locator('[data-finding] [data-act=fix-lint]')
    expect(await buttons.count()).toBe(2)
    const rest = await page.locator('.look').first().textContent()
    for (const part of ['Nothing found (1): beta', 'Not looked at', 'gone', 'timedatectl'])
      expect(rest).toContain(part)
  })

  it('opens the plan of one finding or of all of a node, and looks again after it was done', async () => {
    await open('#/checks')
    await look()
    const plan = { mood: 'warning', title: 'Fix 1 finding on alpha?', lead: [], parts: [] }
    stub.world.answers.set('/operations/fix-lint/plan', () => [
      200,
      { plan: {}, fingerprint: 'f', told: plan },
    ])
    const run = { schema: 'ocm/1', operation: 'fix-lint', operationId: 'r1', steps: [], error: null }
    stub.world.answers.set('/operations/fix-lint', () => [202, { ...run, state: 'running', outcome: null }])
    stub.world.answers.set('/runs/r1', () => [200, { ...run, state: 'ended', outcome: 'done' }])
    await page.locator('[data-finding=aaaaaaa2] [data-act=fix-lint]').click()
    await page.getByText('Fix 1 finding on alpha?').waitFor()
    expect(askedFor('/operations/fix-lint/plan')[0]?.body.input).toEqual({
      node: 'alpha',
      only: ['aaaaaaa2'],
    })
    const before = askedFor('/operations/lint-nodes').length
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=done]').waitFor()
    await expect.poll(() => askedFor('/operations/lint-nodes').length).toBeGreaterThan(before)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Fix all on alpha' }).click()
    await page.getByText('Fix 1 finding on alpha?').waitFor()
    expect(askedFor('/operations/fix-lint/plan')[1]?.body.input).toEqual({ node: 'alpha', only: [] })
  })

  it('shows on the page of a node what it differs in from those with its tags', async () => {
    await open('#/node/alpha')
    await look()
    await page.locator('.look').getByText('alpha: logging.level is "debug"; most have "info"').waitFor()
    expect(askedFor('/operations/fleet-drift')[0]?.body.input).toEqual({ tags: ['prod'] })
    expect(askedFor('/operations/lint-nodes')[0]?.body.input).toEqual({ node: 'alpha' })
    await page.goto(`${stub.url}#/node/beta`)
    await page.locator('h1', { hasText: 'beta' }).waitFor()
    await look()
    await page.getByText('it is as most are').waitFor()
  })

  it('gives those who may only look nothing to press', async () => {
    stub.world.me = { ...stub.world.me, level: 'operator', grants: [{ level: 'operator', tags: null }] }
    await open('#/checks')
    await look()
    await expect.poll(() => page.locator('[data-finding]').count()).toBe(4)
    expect(await page.locator('[data-act=fix-lint]').count()).toBe(0)
  })

  it.each(LOOKS)('can be read and used by everybody: %s at %d', async (locale, width) => {
    stub.world.me = { ...stub.world.me, language: locale }
    await open('#/checks', locale, width)
    expect(await page.locator('html').getAttribute('lang')).toBe(locale)
    await look()
    await expect.poll(() => page.locator('[data-finding]').count()).toBe(4)
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(width)
    if (!CHECKED.some(([one, size]) => one === locale && size === width)) return
    await page.evaluate(AXE)
    expect(await page.evaluate(VIOLATIONS)).toEqual([])
  })
})
