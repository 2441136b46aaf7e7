/** Asks the API of the server that this page came from. Whatever is refused comes as a {@link Refused}. */

const BASE = '/api/ocm'

/** What the API refused, or that it did not answer at all (status 0). */
export class Refused extends Error {
  /** @param {number} status @param {Record<string, unknown>} problem as RFC 9457 has it */
  constructor(status, problem) {
    super(String(problem.title ?? problem.code ?? status))
    this.status = status
    this.code = String(problem.code ?? '')
    /** The field of an input that does not fit. */
    this.field = problem.code === 'invalid-input' ? String(problem.params?.field ?? '').split('.')[0] : null
    this.next = typeof problem.next === 'string' ? problem.next : null
    this.detail = typeof problem.detail === 'string' ? problem.detail : null
    this.operationId = typeof problem.operationId === 'string' ? problem.operationId : null
  }
}

/**
 * The API for one reader.
 * @param {{language(): string, signedOut(): void}} reader the language of what is answered in words, and who is told
 *   that the session has ended
 */
export function createApi(reader) {
  async function ask(method, path, body, { signal, key } = {}) {
    const headers = { 'X-OCM': '1', 'Accept-Language': reader.language() }
    if (key !== undefined) headers['Idempotency-Key'] = key
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    let response
    try {
      response = await fetch(`${BASE}${path}`, {
        method,
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      })
    } catch (error) {
      if (error.name === 'AbortError') throw error
      throw new Refused(0, { code: 'no-answer' })
    }
    const answer = await bodyOf(response)
    // What an operation ended with is an answer, also when it did not succeed.
    if (response.ok || answer?.schema === 'ocm/1') return answer
    if (response.status === 401 && !path.startsWith('/login')) reader.signedOut()
    // A proxy answers for ocm when it is away, in words of its own.
    if (typeof answer?.code !== 'string') throw new Refused(0, { code: 'no-answer' })
    throw new Refused(response.status, answer)
  }

  return {
    me: () => ask('GET', '/me'),
    texts: (language) => ask('GET', `/texts/${encodeURIComponent(language)}`),
    waysIn: () => ask('GET', '/login/ways'),
    logIn: (secret) => ask('POST', '/login', { secret }),
    logOut: () => ask('POST', '/logout', {}),
    nodes: () => ask('GET', '/nodes?live=false'),
    retired: () => ask('GET', '/nodes?live=false&state=retired'),
    status: (id) => ask('GET', `/nodes/${encodeURIComponent(id)}/status`),
    /** Reads by an operation; resolves with its envelope. */
    read: (name, input, signal) => ask('POST', `/operations/${name}`, { input }, { signal }),
    plan: (name, asked) => ask('POST', `/operations/${name}/plan`, asked),
    /** Begins something. What is sent again under the same key is done once. */
    begin: (name, asked, key = newKey()) => ask('POST', `/operations/${name}`, asked, { key }),
    stop: (id) => ask('POST', `/runs/${encodeURIComponent(id)}/stop`, {}),
    run: (id) => ask('GET', `/runs/${encodeURIComponent(id)}`),
  }
}

async function bodyOf(response) {
  try {
    return await response.json()
  } catch {
    return null
  }
}

/** A key under which something is done once, however often it is sent. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
