import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PEOPLE, type Sandbox, startSandbox } from '../../../src/sandbox/stage/start-sandbox.ts'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { linkFor } from './link.ts'

const KEY = 'sk-ant-api03-the-key-of-the-provider'

describe.skipIf(!hasBrowser)('a machine becomes a node in the page', { timeout: 120_000 }, () => {
  let sandbox: Sandbox
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const timings = { readyMs: 60, stopMs: 20, restartSecMs: 40, crashAfterMs: 40 }
    sandbox = await startSandbox({
      nodes: [
        {
          id: 'bare',
          name: 'Bare',
          version: '2026.9.6',
          agents: [],
          bare: true,
          registered: false,
          timings,
        },
        {
          id: 'spare',
          name: 'Spare',
          version: '2026.9.6',
          agents: [{ id: 'main' }],
          registered: false,
          timings,
        },
      ],
      settings: {
        OCM_HTTP_LISTEN: '127.0.0.1:0',
        OCM_LOG_LEVEL: 'silent',
        OCM_BACKUP_FREE_MB: '1',
        OCM_STATUS_DEADLINE_MS: '20000',
      },
    })
    mkdirSync(join(sandbox.folder, 'secrets'))
    writeFileSync(join(sandbox.folder, 'secrets', 'ANTHROPIC_API_KEY'), `${KEY}\n`, { mode: 0o600 })
    browser = await launchBrowser()
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await sandbox?.close()
  })

  async function signIn(role: keyof typeof PEOPLE): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-US' })
    page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(await linkFor(sandbox, role))
    await page.locator('.tools').waitFor()
  }

  const address = (id: string) => {
    const { user, host, sshPort } = sandbox.nodes.node(id)
    return { host: `${user}@${host}`, port: String(sshPort) }
  }
  const fill = (label: RegExp, value: string) => page.locator('dialog').getByLabel(label).fill(value)

  it('is not offered to those who may not', async () => {
    await signIn('operator')
    expect(await page.getByText('New node', { exact: true }).isVisible()).toBe(false)
    await page.context().close()
  })

  it('over its plan and its steps, and goes on after the step that failed was mended', async () => {
    const { gatewayPort, gateway } = sandbox.nodes.node('bare')
    gateway.failStarts(1)
    await signIn('admin')
    await page.getByText('New node', { exact: true }).click()
    await page.locator('[data-act=add-node]').click()
    const { host, port } = address('bare')
    await fill(/^Short id of the node/, 'bare')
    await fill(/^Host name or IP/, host)
    await fill(/^SSH port/i, port)
    await fill(/gateway/i, String(gatewayPort))
    await fill(/^Tags/, 'prod')
    await fill(/^Name of the secret/, 'ANTHROPIC_API_KEY')
    // What does not fit is shown where it was typed, and all that was typed is still there.
    await fill(/^Version of OpenClaw/, 'newest')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page
      .locator('dialog [role=alert]')
      .getByText(/^Version of OpenClaw/)
      .waitFor()
    const wrong = page.locator('dialog input[aria-invalid=true]')
    expect(await wrong.inputValue()).toBe('newest')
    expect(await wrong.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true)
    expect(
      await page
        .locator('dialog')
        .getByLabel(/^Host name or IP/)
        .inputValue(),
    ).toBe(host)
    await wrong.fill('')
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.locator('dialog').getByText(sandbox.nodes.node('bare').fingerprint).waitFor()
    await page.locator('dialog').getByText('openclaw config validate').first().waitFor()
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=failed]').waitFor()
    expect(await page.locator('dialog .controls button').allTextContents()).toEqual([
      'Resume',
      'Keep',
      'Undo',
      'Close',
    ])

    gateway.failStarts(null)
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=done]').waitFor()
    expect(await page.locator('dialog .controls button').allTextContents()).toEqual(['Close'])
    await page.keyboard.press('Escape')
    await page.locator('[data-id=bare][data-state=serving]').waitFor()
    expect(await page.content()).not.toContain(KEY)
  })

  it('also one that runs already, by its host key', async () => {
    await page.getByText('New node', { exact: true }).click()
    await page.locator('[data-act=register-node]').click()
    const { host, port } = address('spare')
    await fill(/^Short id of the node/, 'spare')
    await fill(/^Host name or IP/, host)
    await fill(/^SSH port/i, port)
    await page.getByRole('button', { name: 'See the plan' }).click()
    await page.locator('dialog').getByText(sandbox.nodes.node('spare').fingerprint).waitFor()
    await page.locator('[data-act=confirm]').click()
    await page.locator('dialog [data-outcome=done]').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('[data-id=spare][data-state=serving]').waitFor()
  })
})
