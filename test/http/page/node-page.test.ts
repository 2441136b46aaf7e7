import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { hasBrowser } from '../../support/browser.ts'
import { row, type StubApi, session } from './stub-api.ts'
import { eachWithPage } from './stub-page.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const HOUR_MS = 3_600_000
/** Longer than between two readings of a log that is kept true. */
const A_WHILE_MS = 6_000

describe.skipIf(!hasBrowser)('the page of a node', { timeout: 60_000 }, () => {
  const own = eachWithPage({ viewport: { width: 1280, height: 900 } })
  let stub: StubApi
  let page: Page

  beforeEach(() => {
    ;({ stub, page } = own)
  })

  const envelope = (data: object) => [200, { schema: 'ocm/1', outcome: 'done', data }] as const
  const sessionsAre = (sessions: object[]) =>
    stub.world.answers.set('/operations/list-sessions', () =>
      envelope({ sessions, reason: null, limitedTo: null }),
    )

  it('leaves nothing to see or to press of a node that is gone, and has it again when it is back', async () => {
    await page.goto(`${stub.url}#/node/alpha`)
    await page.locator('.session').waitFor()
    stub.send('fleet', { rows: [], removed: ['alpha'] })
    await page.getByText('There is no node alpha that you may see.').waitFor()
    expect(await page.locator('[data-act]:visible, section:visible').count()).toBe(0)
    stub.send('fleet', { rows: [row('alpha')], removed: [] })
    await page.locator('[data-act=restart-node]').waitFor()
    await page.locator('.session').waitFor()
  })

  describe('its log', () => {
    let said: string[]
    const asked = () => stub.asked.filter(({ path }) => path === '/operations/node-logs')
    const shown = async () => ((await page.locator('pre.log').textContent()) ?? '').split('\n')
    const note = () => page.getByRole('status').filter({ hasText: 'lines' })

    beforeEach(async () => {
      said = ['gateway ready', '<b>ERROR</b> no such tool', 'turn done', 'error: overloaded']
      stub.world.answers.set('/operations/node-logs', () =>
        envelope({ lines: said, source: 'journal', redactions: 1 }),
      )
      await page.clock.install()
      await page.goto(`${stub.url}#/node/alpha`)
      await page.locator('.session').waitFor()
    })

    it('is read when somebody says so, as many lines as they choose, and what it says is text', async () => {
      expect(asked()).toEqual([])
      await page.getByRole('button', { name: 'Read the log' }).click()
      await expect.poll(shown).toEqual(said)
      expect(await page.locator('pre.log b').count()).toBe(0)
      expect(await note().textContent()).toBe('4 of 4 lines · system journal · 1 secret hidden')
      expect(asked().map(({ body }) => body.input)).toEqual([{ node: 'alpha', lines: 100 }])
      said = ['the only one']
      await page.getByLabel('How many lines').selectOption('1000')
      await expect.poll(shown).toEqual(['the only one'])
      expect(asked().at(-1)?.body.input).toEqual({ node: 'alpha', lines: 1_000 })
    })

    it('is searched without asking the node again', async () => {
      await page.getByRole('button', { name: 'Read the log' }).click()
      await expect.poll(shown).toEqual(said)
      await page.getByLabel('Search in these lines').fill('ERROR')
      await expect.poll(shown).toEqual([said[1], said[3]])
      expect(await note().textContent()).toMatch(/^2 of 4 lines/)
      await page.getByLabel('Search in these lines').fill('nothing like it')
      await expect.poll(() => page.locator('pre.log').isVisible()).toBe(false)
      expect(await note().textContent()).toMatch(/^0 of 4 lines/)
      expect(asked()).toHaveLength(1)
    })

    it('is kept true while somebody wants that, and no longer', async () => {
      await page.getByLabel('Keep reading').check()
      await expect.poll(shown).toEqual(said)
      said = [...said, 'one more']
      await page.clock.runFor(A_WHILE_MS)
      await expect.poll(shown).toEqual(said)
      await page.getByLabel('Keep reading').uncheck()
      await page.clock.runFor(A_WHILE_MS)
      // What had been sent before that has come by now, too.
      await page.evaluate(`fetch('/api/ocm/login/ways').then(() => undefined)`)
      const before = asked().length
      await page.clock.runFor(3 * A_WHILE_MS)
      expect(asked()).toHaveLength(before)
      await page.getByLabel('Keep reading').check()
      await expect.poll(() => asked().length).toBeGreaterThan(before)
      await page.goto(`${stub.url}#/`)
      await page.locator('[data-id=alpha]').waitFor()
      const left = asked().length
      await page.clock.runFor(3 * A_WHILE_MS)
      expect(asked()).toHaveLength(left)
    })

    it('says why it could not be read, and stops reading', async () => {
      stub.world.answers.set('/operations/node-logs', () => [
        502,
        { code: 'node-unreachable', title: 'The node cannot be reached.', next: 'Look at the machine.' },
      ])
      await page.getByLabel('Keep reading').click()
      await page.getByRole('alert').getByText('The node cannot be reached.').waitFor()
      expect(await page.getByLabel('Keep reading').isChecked()).toBe(false)
      await page.clock.runFor(3 * A_WHILE_MS)
      expect(asked()).toHaveLength(1)
    })
  })

  describe('its sessions', () => {
    const open = () => page.goto(`${stub.url}#/node/alpha`)
    const historyOf = (used: number[]) =>
      stub.world.answers.set('/operations/show-session', () =>
        envelope({
          history: {
            window: 200_000,
            reserve: 30_000,
            points: used.map((one, at) => ({ at: NOW - HOUR_MS + at * 60_000, used: one })),
          },
        }),
      )

    it('have a meter and a forecast each, and none where nothing grows', async () => {
      const idle = session('agent:main:idle')
      sessionsAre([session(), { ...idle, level: null, forecast: null }])
      await open()
      const [full, other] = [page.locator('.session').nth(0), page.locator('.session').nth(1)]
      await full.waitFor()
      expect(await full.locator('.figure').textContent()).toBe('94%')
      expect(await full.locator('.meter').getAttribute('data-level')).toBe('critical')
      expect(await full.locator('.forecast').textContent()).toBe(
        'full in 10–30 min · about 4 turns left · 12,000 tokens an hour',
      )
      expect(await other.locator('.forecast').count()).toBe(0)
    })

    it('show their curve when it is opened, from what it was to what it is', async () => {
      historyOf([17_000, 85_000, 136_000])
      await open()
      await page.locator('.session summary', { hasText: 'History' }).click()
      const curve = page.getByRole('img', { name: 'Context over time: 3 values, from 10% to 80%' })
      await curve.waitFor()
      expect(await curve.locator('polyline').getAttribute('points')).toBe('0.0,80.2 300.0,45.0 600.0,18.6')
      expect(await page.locator('.history').textContent()).toContain('3 values; age of the first: 1 hr')
    })

    it('say that there are too few values instead of drawing what is none', async () => {
      historyOf([17_000])
      await open()
      await page.locator('.session summary', { hasText: 'History' }).click()
      await page.getByText('Too few values for a curve yet.').waitFor()
      expect(await page.locator('.history svg').count()).toBe(0)
    })
  })
})
