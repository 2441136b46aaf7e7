import { DefaultRestOptions, type RESTOptions } from 'discord.js'
import { TOO_MANY_OLD_EDITS } from './discord-errors.ts'

const TOO_MANY_REQUESTS = 429
const BAD_REQUEST = 400

/**
 * How discord.js asks Discord. "Maximum number of edits to messages older than 1 hour reached" comes with the status of a
 * rate limit, and discord.js would repeat the edit for ever; here it becomes the refusal that it is.
 */
export const makeRequest: RESTOptions['makeRequest'] = async (url, init) => {
  const response = await DefaultRestOptions.makeRequest(url, init)
  if (response.status !== TOO_MANY_REQUESTS) return response
  const text = await response.text()
  const status = codeIn(text) === TOO_MANY_OLD_EDITS ? BAD_REQUEST : response.status
  return new Response(text, { status, statusText: response.statusText, headers: [...response.headers] })
}

function codeIn(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && 'code' in body ? body.code : null
  } catch {
    return null
  }
}
