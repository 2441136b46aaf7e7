import type { Hono } from 'hono'
import { OperatorError } from '../base/errors.ts'
import { type Api, BASE, type Exchange } from './exchange.ts'
import { PAGE_POLICY, type PageFiles, readPageFiles, type Served, serve } from './page-files.ts'
import { pageTexts } from './page-texts.ts'

/** What the page is made of: its files, and its words in each language. */
export interface Page extends PageFiles {
  texts: ReadonlyMap<string, Served>
}

/** Reads what is served to everybody. @throws Error when the files are not there */
export async function readPage(): Promise<Page> {
  return { ...(await readPageFiles()), texts: await pageTexts() }
}

/** The routes that need nobody to be signed in: the page, its files and its words. Nothing of the fleet is in them. */
export function servePage(app: Hono<Api>, page: Page): void {
  const file = (c: Exchange, found: Served | undefined) => {
    if (!found) throw new OperatorError('unknown-route', { path: c.req.path.slice(0, 100) })
    c.header('Content-Security-Policy', PAGE_POLICY)
    c.header('Cross-Origin-Opener-Policy', 'same-origin')
    return serve(c, found)
  }
  app.get('/', (c) => file(c, page.index))
  app.get('/page/:file', (c) => file(c, page.files.get(c.req.param('file'))))
  app.get(`${BASE}/texts/:language`, (c) => file(c, page.texts.get(c.req.param('language'))))
}
