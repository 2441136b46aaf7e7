import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PEOPLE, type Sandbox, startSandbox } from '../../../src/sandbox/stage/start-sandbox.ts'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { person, textOf } from '../../support/room.ts'
import { linkFor } from './link.ts'

describe.skipIf(!hasBrowser)('what the page does about ocm itself', { timeout: 90_000 }, () => {
  let sandbox: Sandbox
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const timings = { readyMs: 60, stopMs: 20, restartSecMs: 50 }
    sandbox = await startSandbox({
      nodes: ['alpha', 'beta'].map((id) => ({
        id,
        name: id,
        version: '2026.9.6',
        tags: ['prod'],
        timings,
        agents: [{ id: 'main' }],
      })),
      settings: { OCM_HTTP_LISTEN: '127.0.0.1:0', OCM_LOG_LEVEL: 'silent' },
    })
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
    page.setDefaultTimeout(30_000)
    await page.goto(await linkFor(sandbox, 'admin'))
    await page.locator('[data-id=alpha][data-state=serving]').waitFor()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await sandbox?.close()
  })

  const dialog = () => page.locator('dialog')
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const ended = async (outcome: string) => {
    await dialog().locator(`[data-outcome=${outcome}]`).waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  }

  it('keeps a tag out of the alert channel, says until when, and ends that', async () => {
    await page.getByRole('link', { name: 'Alerts' }).click()
    await page.getByText('Nothing is muted.').waitFor()
    await press('Mute…')
    await press('Do it')
    await dialog()
      .getByLabel(/^For how many minutes/)
      .fill('30')
    await press('Do it')
    // It takes a node or a tag.
    await dialog().locator('[role=alert]').waitFor()
    const tag = dialog().getByLabel(/^Only nodes with this tag/)
    // The tags that nodes have are offered, and one that none has is refused.
    const known = dialog().locator(`datalist[id="${await tag.getAttribute('list')}"] option`)
    expect(await known.evaluateAll((all) => all.map((one) => one.getAttribute('value')))).toEqual(['prod'])
    await tag.fill('prdo')
    await press('Do it')
    await dialog().getByText('Did you mean “prod”?').waitFor()
    await tag.fill('prod')
    await press('Do it')
    await ended('done')
    const mute = page.locator('[data-mute="#prod"]')
    expect(await mute.textContent()).toMatch(/^#prod: muted for another (30|29) min.*, by /)
    expect(sandbox.app.owned.context.incidents.state().mutes).toMatchObject([{ tag: 'prod', nodeId: null }])
    await mute.getByRole('button', { name: 'End: #prod' }).click()
    await page.getByText('Nothing is muted.').waitFor()
  })

  it('mutes one node from its own page', async () => {
    await page.goto(`${page.url().split('#')[0]}#/node/alpha`)
    await page.getByText('More', { exact: true }).click()
    await page.locator('[data-act=mute-alerts]').click()
    await dialog()
      .getByLabel(/^For how many minutes/)
      .fill('5')
    await press('Do it')
    await ended('done')
    await page.getByRole('link', { name: 'Alerts' }).click()
    await page.getByRole('button', { name: 'End: alpha' }).click()
    await page.getByText('Nothing is muted.').waitFor()
  })

  it('tries the alert channel, shows the board there and takes it away', async () => {
    await press('Test it')
    await press('Do it')
    await dialog()
      .getByText(/^Alerts arrive in/)
      .waitFor()
    await ended('done')
    await press('Show the board…')
    await press('Do it')
    await ended('done')
    expect(sandbox.app.owned.context.board.get()).toMatchObject({ on: true, pinned: true })
    await press('Take the board away')
    await press('Do it')
    await ended('done')
    expect(sandbox.app.owned.context.board.get()).toBeNull()
  })

  it('changes the way to the nodes of a tag only where a jump host answers', async () => {
    await page.getByRole('link', { name: 'ocm', exact: true }).click()
    await page.getByLabel('Tag', { exact: true }).selectOption('prod')
    await page.getByText('Many at once', { exact: true }).click()
    await page.locator('[data-act=set-tag-jump]').click()
    await dialog()
      .getByLabel(/^Jump host as/)
      .fill('ops@127.0.0.1:1')
    await press('See the plan')
    await dialog().locator('[role=alert]').waitFor()
    const way = dialog().getByLabel(/^Jump host as/)
    expect(await way.inputValue()).toBe('ops@127.0.0.1:1')
    // There is none that could end.
    await way.fill('-')
    await press('See the plan')
    await dialog()
      .getByText(/already|nothing/i)
      .first()
      .waitFor()
    await page.keyboard.press('Escape')
    expect(sandbox.app.owned.context.registry.jumps()).toEqual({})
  })

  it('says what a second person approves, and goes on without one in an emergency, loudly', async () => {
    await page.getByRole('link', { name: 'Approvals' }).click()
    await page.getByText('No rule asks for a second person.').waitFor()
    await press('New rule…')
    await dialog().getByLabel('What needs an approval').selectOption('set-maintenance')
    await dialog()
      .getByLabel(/^Only on nodes/)
      .fill('prod')
    await press('Do it')
    await ended('done')
    await page.locator('[data-rule=set-maintenance]').filter({ hasText: 'prod' }).waitFor()

    await page.goto(`${page.url().split('#')[0]}#/node/beta`)
    await page.locator('[data-act=set-maintenance]').click()
    await dialog().getByLabel(/^Why/).fill('new disks')
    await press('Do it')
    await dialog().getByText('A second person has to approve this first').waitFor()
    expect(await dialog().locator('.next').textContent()).toMatch(
      /^Somebody .* under “Approvals” within 60 minutes;/,
    )
    await dialog().getByRole('link', { name: 'Approvals' }).click()
    await dialog().waitFor({ state: 'detached' })
    await page.locator('[data-act=override-approval]').click()
    const reason = 'the disk of beta is on fire'
    await dialog()
      .getByLabel(/^Why it cannot wait/)
      .fill(reason)
    await press('Do it')
    await ended('done')
    await page.locator('.approvals > li[data-state=approved]').waitFor()
    const oskar = person(sandbox.discord, PEOPLE.operator)
    await sandbox.discord.until(() => oskar.messages().find((one) => textOf(one).includes(reason)), 25_000)

    await page.goto(`${page.url().split('#')[0]}#/node/beta`)
    await page.locator('[data-act=set-maintenance]').click()
    await dialog().getByLabel(/^Why/).fill('new disks')
    await press('Do it')
    await ended('done')

    await page.getByRole('link', { name: 'Audit' }).click()
    const mark = `Without the approval of a second person: ${reason}`
    const marked = page.locator('.audit > li').filter({ hasText: mark })
    await marked.nth(1).waitFor()
    const [run, decided] = await marked.allTextContents()
    expect(run).toMatch(/maintenance · beta[\s\S]*maintenance of beta until somebody ends it/)
    expect(decided).toMatch(/emergency without approval · beta[\s\S]*maintenance of beta/)
    const rule =
      'approval rule: a second person approves maintenance on nodes with the tag prod, within 60 minutes'
    await page.locator('.audit > li').filter({ hasText: rule }).waitFor()
  })

  it('does not end a rule without a second person', async () => {
    await page.getByRole('link', { name: 'Approvals' }).click()
    await page.getByRole('button', { name: /^End the rule/ }).click()
    await press('Do it')
    await dialog().getByText('A second person has to approve this first').waitFor()
    await page.keyboard.press('Escape')
    expect(sandbox.app.owned.context.approvals.rules()).toHaveLength(1)
    await page
      .getByText(/end of an approval rule: no second person approves maintenance on nodes with the tag prod/)
      .waitFor()
  })
})
