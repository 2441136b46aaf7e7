import { randomUUID } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { Reason } from '../../base/reading.ts'
import type { NodeLink } from '../ports.ts'
import { type Answered, answerTo } from './answered.ts'
import { type ChatEnd, parseChatEnd } from './chat-event.ts'

const SEND_MS = 60_000

/**
 * Says something in a session and waits for what comes of it. The answer is the `chat` event that ends the run:
 * `agent.wait` never resolves for a command (2026.2.17). Without events the end of the work cannot be heard.
 * @param chat.params what is sent besides; every version has to take it
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export async function sendChat(
  link: Pick<NodeLink, 'rpc' | 'events'>,
  chat: { key: string; message: string; params?: object },
  { clock, forMs }: { clock: Clock; forMs: number },
): Promise<Answered<ChatEnd>> {
  const { key, message, params = {} } = chat
  const runId = randomUUID()
  const timer = new AbortController()
  let unsubscribe = () => {}
  const ended = new Promise<Answered<ChatEnd>>((resolve) => {
    const silent = (reason: Reason) => resolve({ answered: false, reason })
    unsubscribe = link.events(
      (event) => {
        const end = parseChatEnd(event)
        if (end === null || end.sessionKey !== key || (end.runId !== null && end.runId !== runId)) return
        resolve({ answered: true, answer: end })
      },
      () => silent({ code: 'connection-lost' }),
    )
    clock.sleep(forMs, timer.signal).then(
      () => silent({ code: 'deadline', params: { ms: forMs } }),
      () => {},
    )
  })
  try {
    const asked = { sessionKey: key, message, idempotencyKey: runId, ...params }
    const sent = await answerTo(link.rpc('chat.send', asked, { deadlineMs: Math.min(SEND_MS, forMs) }))
    return sent.answered ? await ended : sent
  } finally {
    timer.abort()
    unsubscribe()
  }
}
