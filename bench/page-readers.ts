import { Agent, type IncomingMessage, request } from 'node:http'
import { createGunzip, type Gunzip } from 'node:zlib'

/** Who asks: an API, and tokens that take turns, because each may ask only so often. */
interface Asked {
  api: string
  tokens: readonly string[]
}

const get = (url: URL, headers: Record<string, string>, agent?: Agent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request(url, { headers, ...(agent ? { agent } : {}) }, resolve)
      .on('error', reject)
      .end()
  })

/** Asks for the list as often as it comes over so many connections; milliseconds of each answer, and the bytes of one. */
export async function askMany({
  api,
  tokens,
  connections,
  ms,
}: Asked & { connections: number; ms: number }): Promise<{ times: number[]; bytes: number }> {
  const url = new URL(`${api}/nodes?live=false`)
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const times: number[] = []
  const end = performance.now() + ms
  let [bytes, turn] = [0, 0]
  const one = async () => {
    while (performance.now() < end) {
      const token = tokens[turn++ % tokens.length] ?? ''
      const began = performance.now()
      const headers = { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip' }
      const answer = await get(url, headers, agent)
      let size = 0
      for await (const part of answer) size += (part as Buffer).length
      if (answer.statusCode !== 200) throw new Error(`the API answered ${answer.statusCode}`)
      times.push(performance.now() - began)
      bytes = size
    }
  }
  await Promise.all(Array.from({ length: connections }, one))
  agent.destroy()
  return { times, bytes }
}

/** Open pages, as far as the server can tell. */
export interface Readers {
  /** Resolves with the time (epoch milliseconds) when the last of them was told of a node with this name. */
  allHave(name: string): Promise<number>
  close(): void
}

/** What one page was sent and has not been looked at yet, and when it came. */
interface Page {
  answer: IncomingMessage
  came: { at: number; bytes: Buffer }[]
  gunzip: Gunzip
  /** A name may come in two parts. */
  tail: string
}

/** So long nothing is looked at after a change: a hundred pages that are read by one process would be late for each other. */
const LEFT_ALONE_MS = 500
const LONGEST_NAME = 100
/** Data of an event is JSON without line breaks. */
const END_OF_EVENT = '\n\n'

/** Opens pages that take what comes compressed, as browsers do, and note only when it came. They are open once they have the fleet. */
export async function follow({ api, tokens, count }: Asked & { count: number }): Promise<Readers> {
  const url = new URL(`${api}/stream`)
  const pages = await Promise.all(
    Array.from({ length: count }, async (_page, index): Promise<Page> => {
      const authorization = `Bearer ${tokens[index % tokens.length]}`
      const answer = await get(url, { authorization, 'accept-encoding': 'gzip' })
      const page: Page = { answer, came: [], gunzip: createGunzip(), tail: '' }
      answer.on('error', () => undefined)
      answer.on('data', (bytes: Buffer) => page.came.push({ at: Date.now(), bytes }))
      return page
    }),
  )
  const allHave = async (text: string) => {
    const left = new Set(pages)
    let last = 0
    while (left.size > 0) {
      await new Promise((wake) => setTimeout(wake, LEFT_ALONE_MS))
      for (const page of pages) {
        const at = await lookThrough(page, text)
        if (at !== null && left.delete(page)) last = Math.max(last, at)
      }
    }
    return last
  }
  await allHave(END_OF_EVENT)
  return {
    allHave,
    close() {
      for (const { answer, gunzip } of pages) {
        answer.destroy()
        gunzip.destroy()
      }
    },
  }
}

/** Reads what came to a page; when the first of it with the name came, or null. */
async function lookThrough(page: Page, name: string): Promise<number | null> {
  let found: number | null = null
  for (const { at, bytes } of page.came.splice(0)) {
    const text = page.tail + (await inflated(page.gunzip, bytes))
    if (text.includes(name)) found ??= at
    page.tail = text.slice(-LONGEST_NAME)
  }
  return found
}

/** What a stream says with these bytes more. */
function inflated(gunzip: Gunzip, bytes: Buffer): Promise<string> {
  const parts: Buffer[] = []
  const take = (part: Buffer) => parts.push(part)
  gunzip.on('data', take)
  return new Promise((resolve, reject) => {
    gunzip.write(bytes, (error) => {
      gunzip.off('data', take)
      if (error) reject(error)
      else resolve(Buffer.concat(parts).toString())
    })
  })
}
