import { z } from 'zod'
import type { GatewayEvent } from '../ports.ts'

const chatSchema = z.looseObject({
  runId: z.string().optional(),
  sessionKey: z.string().optional(),
  state: z.string().optional(),
  errorKind: z.string().optional(),
  errorMessage: z.string().optional(),
  message: z.looseObject({ content: z.unknown() }).optional(),
})

/** The end of a run as every version broadcasts it; what else `chat` carries is of no use here. */
export interface ChatEnd {
  runId: string | null
  sessionKey: string
  state: 'final' | 'error'
  /** What the assistant said, or why the run failed; untrusted. */
  text: string
  /** The gateway's own class of a failure (2026.9.6), for example `context_length`. */
  errorKind: string | null
}

/** The end of a run that an event tells of; null for every other event. */
export function parseChatEnd({ event, payload }: GatewayEvent): ChatEnd | null {
  const chat = event === 'chat' ? chatSchema.safeParse(payload).data : undefined
  if (chat?.sessionKey === undefined) return null
  const { runId = null, sessionKey, state, errorKind = null, errorMessage = '', message } = chat
  if (state !== 'final' && state !== 'error') return null
  return {
    runId,
    sessionKey,
    state,
    errorKind,
    text: state === 'error' ? errorMessage : textOf(message?.content),
  }
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = z.array(z.looseObject({ text: z.string().optional() })).safeParse(content)
  return parts.success ? parts.data.map(({ text }) => text ?? '').join('') : ''
}
