import { Agent, type IncomingMessage, request } from 'node:http'

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

export async function follow({ api, tokens, count }: Asked & { count: number }): Promise<Readers> {
  const url = new URL(`${api}/stream`)
  const tails = Array.from({ length: count }, () => '')
  const heard = new Map<string, { left: Set<number>; done(): void }>()
  const open = await Promise.all(
    tails.map(async (_tail, index) => {
      const answer = await get(url, { authorization: `Bearer ${tokens[index % tokens.length]}` })
      answer.setEncoding('utf8').on('data', (part: string) => {
        const text = tails[index] + part
        // A name may come in two parts.
        tails[index] = text.slice(-100)
        for (const [name, { left, done }] of heard) {
          if (!text.includes(name)) continue
          left.delete(index)
          if (left.size === 0) done()
        }
      })
      answer.on('error', () => undefined)
      return answer
    }),
  )
  return {
    allHave: (name) =>
      new Promise((resolve) => {
        const left = new Set(tails.keys())
        for (const [index, tail] of tails.entries()) if (tail.includes(name)) left.delete(index)
        const done = () => {
          heard.delete(name)
          resolve(Date.now())
        }
        heard.set(name, { left, done })
        if (left.size === 0) done()
      }),
    close() {
      for (const answer of open) answer.destroy()
    },
  }
}
