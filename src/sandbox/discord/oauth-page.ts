import type { IncomingMessage, ServerResponse } from 'node:http'
import { formOf, readBytes, sendJson } from './http.ts'
import type { OAuth } from './oauth.ts'
import type { World } from './world.ts'

const PATH = '/oauth2/authorize'
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** The page that asks somebody whether an application may know who they are; here whoever looks says who that is. */
export class OAuthPage {
  readonly #world: World
  readonly #oauth: OAuth

  constructor(world: World, oauth: OAuth) {
    this.#world = world
    this.#oauth = oauth
  }

  /** Returns false when the path is not that of the page. */
  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (url.pathname !== PATH) return false
    try {
      const back = this.#oauth.redirectOf(url.searchParams)
      const form = formOf(request, request.method ?? '', await readBytes(request))
      if (form === null) this.#ask(response, url, back)
      else {
        const userId = form.get('user') ?? ''
        const location = this.#oauth.authorise(userId, url.searchParams, this.#world.users.has(userId))
        response.writeHead(303, { location, 'cache-control': 'no-store' })
        response.end()
      }
    } catch (error) {
      sendJson(response, 400, { message: error instanceof Error ? error.message : String(error) })
    }
    return true
  }

  #ask(response: ServerResponse, url: URL, back: URL): void {
    const people = [...this.#world.users.values()].filter(({ bot }) => !bot)
    const choices = people.map(
      ({ id, name }) => `<p><button name="user" value="${id}">Authorize as ${escaped(name)}</button></p>`,
    )
    const { host } = back
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; base-uri 'none'; form-action 'self' ${back.origin}; frame-ancestors 'none'`,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
    })
    response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<title>Simulated Discord: authorize</title>
<main>
<h1>${escaped(this.#world.bot.name)} wants to know who you are</h1>
<p>It will see your username and avatar. You go back to ${escaped(host)}.</p>
<form method="post" action="${escaped(`${PATH}${url.search}`)}">
${choices.join('\n')}
<p><button name="user" value="">Cancel</button></p>
</form>
<p>Simulated: nothing here leaves this machine.</p>
</main>
</html>
`)
  }
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => ESCAPES[found] ?? '')
}
