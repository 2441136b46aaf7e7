import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runOperation } from '../../../src/operations/run-operation.ts'
import { setApprovalRule } from '../../../src/operations/set-approval-rule.ts'
import { setMaintenance } from '../../../src/operations/set-maintenance.ts'
import { type Sandbox, startSandbox } from '../../../src/sandbox/stage/start-sandbox.ts'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { actor } from '../../support/fleet.ts'
import { freePort } from '../../support/free-port.ts'
import { linkFor } from './link.ts'

/** What a first visit may carry over the wire. */
const MOST_BYTES = 150_000

describe.skipIf(!hasBrowser)('the page with the real program', { timeout: 90_000 }, () => {
  let sandbox: Sandbox
  let browser: Browser
  let page: Page
  let bytes = 0

  beforeAll(async () => {
    // The page finds the program again where it was.
    const port = await freePort()
    sandbox = await startSandbox({
      nodes: [
        {
          id: 'alpha',
          name: 'Alpha',
          version: '2026.9.6',
          tags: ['prod'],
          timings: { readyMs: 60, stopMs: 20, restartSecMs: 50 },
          agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 40_000 }] }],
        },
        { id: 'gone', name: 'gone', version: '2026.9.6', state: 'down', agents: [{ id: 'main' }] },
      ],
      settings: { OCM_HTTP_LISTEN: `127.0.0.1:${port}`, OCM_LOG_LEVEL: 'silent' },
    })
    browser = await launchBrowser()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
    page.setDefaultTimeout(30_000)
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await sandbox?.close()
  })

  it('signs in by a link and shows every node, within what a slow line carries', async () => {
    await page.goto(await linkFor(sandbox, 'admin'))
    await page.locator('[data-id=alpha][data-state=serving]').waitFor()
    await page.locator('[data-id=gone][data-state=unreachable]').waitFor()
    expect(page.url()).not.toContain('login')
    expect(bytes).toBeLessThan(MOST_BYTES)
  })

  it('restarts a node, from its plan over its steps to its end', async () => {
    await page.locator('[data-id=alpha] .who a').click()
    await page.locator('.section').first().waitFor()
    await page.locator('[data-act=restart-node]').click()
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.getByText('Restart Alpha (alpha)?').waitFor()
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=done]').waitFor()
    expect(await page.locator('dialog .steps li').allTextContents()).toContain('Restarting through systemd')
    await page.keyboard.press('Escape')
    await page.locator('dialog').waitFor({ state: 'detached' })
  })

  it('mends what a check found, from its plan to a look that no longer finds it', async () => {
    chmodSync(join(sandbox.nodes.node('alpha').home, '.openclaw', 'openclaw.json'), 0o644)
    await page.getByRole('button', { name: 'Check now' }).click()
    const finding = page.locator('[data-finding]').filter({ hasText: 'mode 644' })
    await finding.getByRole('button', { name: /^Fix/ }).click()
    await page.getByText('Fix 1 finding on Alpha (alpha)?').waitFor()
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=done]').waitFor()
    await page.keyboard.press('Escape')
    await finding.waitFor({ state: 'detached' })
    await page.getByText('Nothing found (1): alpha').waitFor()
  })

  it('shows who did what, looks through it by what the address says, and links each run', async () => {
    await page.getByRole('link', { name: 'Audit' }).click()
    const rows = page.locator('.audit > li')
    await rows.filter({ hasText: 'restart' }).first().waitFor()
    await page.getByLabel('Node', { exact: true }).fill('alpha')
    await page.getByLabel('Operation', { exact: true }).selectOption('restart-node')
    await page.getByRole('button', { name: 'Show' }).click()
    await expect.poll(() => rows.count()).toBe(1)
    expect(page.url()).toMatch(/#\/audit\?node=alpha&operation=restart-node$/)
    expect(await rows.first().getAttribute('data-outcome')).toBe('done')
    await page.reload()
    await expect.poll(() => rows.count()).toBe(1)
    await rows.first().getByRole('link', { name: /^Run / }).click()
    await page.locator('.audit pre').filter({ hasText: 'alpha' }).waitFor()
    expect(page.url()).toMatch(/#\/audit\?run=[0-9a-f]{12}$/)
    await page.getByRole('button', { name: 'Check the chain' }).click()
    await page.locator('.checked[data-outcome=done]').waitFor()
  })

  it('shows which rules hold for the fleet, a tag or a node, and changes one', async () => {
    await page.getByRole('link', { name: 'Rules' }).click()
    const disk = page.locator('[data-rule=diskWarning]')
    await expect.poll(() => disk.getByRole('spinbutton').inputValue()).toBe('85')
    await page.getByLabel('For', { exact: true }).selectOption('tag:prod')
    await page.locator('article:not([aria-busy])').waitFor()
    await disk.getByRole('spinbutton').fill('70')
    await disk.getByRole('button', { name: /^Save/ }).click()
    await page.getByText('Changed: disk, warning (%) is now 70').waitFor()
    await disk.getByText('set here').waitFor()

    await disk.getByRole('spinbutton').fill('99')
    await disk.getByRole('button', { name: /^Save/ }).click()
    await page.getByText('Notice must be below warning').waitFor()
    await page.getByLabel('For', { exact: true }).selectOption('')
    await expect.poll(() => disk.getByRole('spinbutton').inputValue()).toBe('85')
    await page.getByText('#prod: disk, warning (%) 70').waitFor()

    await page.getByLabel('For', { exact: true }).selectOption('tag:prod')
    await expect.poll(() => disk.getByRole('spinbutton').inputValue()).toBe('70')
    await disk.getByRole('button', { name: /^Inherit/ }).click()
    await page.getByText('Back to what is inherited: disk, warning (%) is 85').waitFor()
    await page.getByRole('link', { name: 'ocm', exact: true }).click()
  })

  it('shows what waits for a second person with its plan, and approves it', async () => {
    const { context } = sandbox.app.owned
    const admin = actor('admin')
    const rule = { operation: 'set-maintenance', tag: 'prod', minutes: 60 }
    await runOperation(context, admin, setApprovalRule, rule)
    const oskar = { ...actor('operator'), face: 'discord' as const, id: '333333333333333333', name: 'Oskar' }
    const input = { node: 'alpha', on: true, reason: 'new disks', minutes: 30 }
    const change = () => runOperation(context, oskar, setMaintenance, input, { reason: 'new disks' })
    await expect(change()).rejects.toMatchObject({ code: 'approval-needed' })
    await page.getByRole('link', { name: 'Approvals' }).click()
    const waiting = page.locator('.approvals > li')
    await waiting.filter({ hasText: 'Oskar asked' }).filter({ hasText: 'new disks' }).waitFor()
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.locator('.approvals > li[data-state=approved]').waitFor()
    expect((await change()).outcome).toBe('done')
    const back = { node: 'alpha', on: false, reason: null, minutes: null }
    const end = () => runOperation(context, oskar, setMaintenance, back)
    await expect(end()).rejects.toMatchObject({ code: 'approval-needed' })
    await page.getByRole('link', { name: 'ocm', exact: true }).click()
    await page.getByRole('link', { name: 'Approvals' }).click()
    await page.getByRole('button', { name: 'Refuse' }).click()
    await page.getByText('No request waits.').waitFor()
  })

  it('goes on when the program was restarted under it', async () => {
    await page.locator('.brand').click()
    await page.locator('[data-id=alpha]').waitFor()
    await sandbox.restartApp()
    // What only the new process can have told.
    await sandbox.app.owned.context.registry.update('alpha', (node) => ({ ...node, name: 'Renamed since' }))
    await page.locator('[data-id=alpha]').filter({ hasText: 'Renamed since' }).waitFor()
    await page.locator('[data-live=live]').waitFor()
  })

  it('ends with the session, and shows nothing to press to who may only read', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('You are signed out.').waitFor()
    await page.goto('about:blank')
    await page.goto(await linkFor(sandbox, 'viewer'))
    await page.locator('[data-id=gone]').waitFor()
    await page.locator('[data-id=alpha]').waitFor()
    expect(await page.locator('[data-act], .acts button').count()).toBe(0)
  })
})
