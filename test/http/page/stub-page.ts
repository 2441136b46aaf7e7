import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { launchBrowser } from '../../support/browser.ts'
import { row, type StubApi, startStubApi } from './stub-api.ts'

/** Gives each test of a suite a page of its own, and a stub with one node that it comes from. */
export function eachWithPage(options: BrowserContextOptions = {}): { page: Page; stub: StubApi } {
  let browser: Browser
  const own = {} as { page: Page; stub: StubApi }
  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    own.stub = await startStubApi()
    own.stub.world.rows = [row('alpha')]
    own.page = await browser.newPage({ locale: 'en-US', ...options })
    own.page.setDefaultTimeout(30_000)
  })
  afterEach(async () => {
    await own.page.close()
    await own.stub.close()
  })
  return own
}
