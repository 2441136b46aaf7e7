import { launchBrowser } from '../test/support/browser.ts'

/** How a page came up; milliseconds since it was asked for. */
export interface Painted {
  firstPaintMs: number
  /** Until the first rows of the list were seen. */
  screenMs: number
  /** Until every row of the list was there. */
  rowsMs: number
  /** Everything that was transferred until then, as it came over the wire. */
  kb: number
}

const SLOWED_DOWN = 4
/** Notes when the picture was made that first had rows. */
const WATCH_ROWS = `new MutationObserver((_all, watch) => {
  if (document.querySelector('[data-id]') === null) return
  watch.disconnect()
  requestAnimationFrame(() => setTimeout(() => performance.mark('rows-seen')))
}).observe(document, { childList: true, subtree: true })`

/** Opens a link in a new browser with nothing kept, slowed down as Chromium does it by itself. */
export async function paint(link: string, nodes: number): Promise<Painted> {
  const browser = await launchBrowser()
  try {
    const context = await browser.newContext()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED_DOWN })
    let bytes = 0
    session.on('Network.dataReceived', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    session.on('Network.responseReceived', ({ response }) => {
      bytes += response.encodedDataLength
    })
    await page.addInitScript(WATCH_ROWS)
    const began = Date.now()
    await page.goto(link, { waitUntil: 'commit' })
    await page
      .locator('[data-id]')
      .nth(nodes - 1)
      .waitFor({ state: 'attached' })
    const rowsMs = Date.now() - began
    const timeOf = (name: string) =>
      page.evaluate<number>(`performance.getEntriesByName('${name}')[0]?.startTime ?? NaN`)
    const [firstPaintMs, screenMs] = [await timeOf('first-contentful-paint'), await timeOf('rows-seen')]
    return { firstPaintMs, screenMs, rowsMs, kb: bytes / 1_024 }
  } finally {
    await browser.close()
  }
}
