import type { Browser, CDPSession } from 'playwright-core'
import { launchBrowser } from '../test/support/browser.ts'

/** How a page came up; milliseconds since it was asked for. */
export interface Painted {
  firstPaintMs: number
  /** Until the first picture was seen that was made with rows of the list. */
  screenMs: number
  /** Until every row of the list was there. */
  rowsMs: number
  /** Everything that was transferred until then, as it came over the wire. */
  kb: number
}

const SLOWED_DOWN = 4
/** A browser that has started does nothing by itself: less than a fiftieth of a core, looked at this often. */
const QUIET_SHARE = 0.02
const LOOK_MS = 500
const MOST_LOOKS = 40

/** Where a page has its rows, by CSS selectors. */
export interface Look {
  /** Has each row as a child. */
  list: string
  /** Of the first screen, and there with the first rows. */
  marks: string
}

/** Our own page: with many incidents the first screen is theirs. */
export const OWN_LOOK: Look = { list: '.rows', marks: '.incident h3, [data-id] .who' }

/**
 * Notes when the picture was shown that first had rows, by an element of the first screen that came with them, and when all
 * of them were there; tells the latter, so that nobody has to ask a page that is busy.
 */
const watchRows = (nodes: number, { list, marks }: Look) => `{
  new PerformanceObserver((list) => {
    for (const { renderTime } of list.getEntries()) performance.mark('rows-seen', { startTime: renderTime })
  }).observe({ type: 'element', buffered: true })
  let some = false
  new MutationObserver((_all, watch) => {
    const rows = document.querySelector('${list}')?.childElementCount ?? 0
    if (rows > 0 && !some)
      for (const one of document.querySelectorAll('${marks}')) one.setAttribute('elementtiming', 'row')
    some ||= rows > 0
    if (rows < ${nodes}) return
    watch.disconnect()
    performance.mark('rows-all')
    rowsAreThere('')
  }).observe(document, { childList: true, subtree: true })
}`

/** Opens a link in a new browser with nothing kept, slowed down as Chromium does it by itself. */
export async function paint(link: string, nodes: number, look = OWN_LOOK): Promise<Painted> {
  const browser = await launchBrowser()
  try {
    const context = await browser.newContext()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Runtime.enable')
    await session.send('Runtime.addBinding', { name: 'rowsAreThere' })
    const bytes = countBytes(session)
    await page.addInitScript(watchRows(nodes, look))
    await settled(browser)
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED_DOWN })
    const there = new Promise((resolve) => session.once('Runtime.bindingCalled', resolve))
    await page.goto(link, { waitUntil: 'commit' })
    await there
    const kb = bytes() / 1_024
    const timeOf = (name: string) =>
      page.evaluate<number>(`performance.getEntriesByName('${name}')[0]?.startTime ?? NaN`)
    return {
      firstPaintMs: await timeOf('first-contentful-paint'),
      screenMs: await timeOf('rows-seen'),
      rowsMs: await timeOf('rows-all'),
      kb,
    }
  } finally {
    await browser.close()
  }
}

/** Waits until a browser is done with its own start: nobody opens a page with a program that is just starting. */
async function settled(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession()
  const cpuSeconds = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0)
  }
  let before = await cpuSeconds()
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    await new Promise((wake) => setTimeout(wake, LOOK_MS))
    const now = await cpuSeconds()
    if (now - before < (QUIET_SHARE * LOOK_MS) / 1_000) break
    before = now
  }
  await session.detach()
}

/** Counts what comes over the wire, heads and bodies. */
function countBytes(session: CDPSession): () => number {
  let bytes = 0
  session.on('Network.dataReceived', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  session.on('Network.responseReceived', ({ response }) => {
    bytes += response.encodedDataLength
  })
  return () => bytes
}
