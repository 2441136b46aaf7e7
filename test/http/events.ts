import { type ClientRequest, request } from 'node:http'
import { eventually } from '../support/until.ts'

/** An event as a browser would see it. */
export interface SeenEvent {
  name: string
  id: string | null
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  data: any
}

/** A stream of server-sent events, as far as it has come. */
export interface OpenEvents {
  status: number
  seen: SeenEvent[]
  /** Resolves with the first event of this name that came after `from` others. */
  next(name: string, from?: number): Promise<SeenEvent>
  /** Resolves when it was ended from there. */
  ended: Promise<void>
  sent: ClientRequest
  close(): void
}

/** Opens a stream and resolves with its head. */
export function openEvents(url: URL, headers: Record<string, string>): Promise<OpenEvents> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers }, (answer) => {
      const seen: SeenEvent[] = []
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
        const blocks = text.split('\n\n')
        text = blocks.pop() ?? ''
        for (const block of blocks) seen.push(eventOf(block))
      })
      resolve({
        status: answer.statusCode ?? 0,
        seen,
        next: (name, from = 0) =>
          eventually(() => {
            const found = seen.slice(from).find((one) => one.name === name)
            if (!found) throw new Error(`no ${name} among ${seen.map((one) => one.name).join(', ')}`)
            return found
          }),
        ended: new Promise((over) => answer.once('close', over)),
        sent,
        close: () => sent.destroy(),
      })
      answer.on('error', () => {})
    })
    sent.on('error', reject)
    sent.end()
  })
}

function eventOf(block: string): SeenEvent {
  const field = (name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2)
  const data = field('data')
  return {
    name: field('event') ?? 'message',
    id: field('id') ?? null,
    data: data === undefined ? null : JSON.parse(data),
  }
}
