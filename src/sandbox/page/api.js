/** The page's connection to the control server. */

const RETRY_MS = [500, 1000, 2000, 4000]

/** Asks for everything that the page draws. Rejects when the server cannot be reached or refuses. */
export async function fetchState(who, signal) {
  const query = new URLSearchParams({ userId: who.userId, locale: who.locale, channelId: who.channelId })
  const response = await fetch(`/page/state?${query}`, { signal, cache: 'no-store' })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  return response.json()
}

/**
 * Calls one control function. Rejects with the server's own reason.
 * @param {string} method
 * @param {unknown[]} params
 */
export async function call(method, params) {
  const response = await fetch('/page/call', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ method, params }),
  })
  const answer = await response.json().catch(() => null)
  if (answer?.ok === true) return answer.result
  throw new Error(reason(answer?.error) ?? `HTTP ${response.status}`)
}

function reason(error) {
  if (typeof error === 'string') return error
  if (typeof error?.message === 'string') return error.message
  return null
}

/**
 * Follows the version counter and reconnects for ever, also where the browser's own retry gives up.
 * @param {{onVersion: (version: number) => void, onOpen: () => void, onDrop: () => void}} handlers
 */
export function followVersions({ onVersion, onOpen, onDrop }) {
  let failures = 0
  const connect = () => {
    const source = new EventSource('/page/events')
    source.addEventListener('open', () => {
      failures = 0
      onOpen()
    })
    source.addEventListener('message', (event) => {
      const version = JSON.parse(event.data).version
      if (typeof version === 'number') onVersion(version)
    })
    source.addEventListener('error', () => {
      source.close()
      onDrop()
      const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]
      failures += 1
      setTimeout(connect, wait)
    })
  }
  connect()
}
